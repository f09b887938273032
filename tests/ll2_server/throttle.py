"""Callers, and their rate limits."""

from types import SimpleNamespace
from typing import Any

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

# DRF's throttle has no way to say "unlimited"; no test sends so many in an hour.
UNLIMITED = 1_000_000


class Ledger(dict[str, list[float]]):
    """When each caller called, the newest first, in the shape of the cache of DRF's throttles."""

    def set(self, key: str, value: list[float], _timeout: float) -> None:
        """Keep the calls under `key`; the throttle drops the old ones itself."""
        self[key] = value


class KeyAuthentication(TokenAuthentication):
    """Accepts the server's `tokens`, and requests without a key."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the caller and the key shown, or null for a caller without one."""
        self.tokens = request.server.tokens
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        """Return the caller to whom `key` belongs."""
        if key not in self.tokens:
            raise AuthenticationFailed("Invalid token.")
        return SimpleNamespace(is_authenticated=True), key


class Allowance(SimpleRateThrottle):
    """So many calls a period for each IP address, or for each key."""

    def __init__(self) -> None:
        """Wait for a request to learn the rate from: each server has its own."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether the caller has a call left, and count this one."""
        self.read_rate(request)
        return super().allow_request(request, view)

    def read_rate(self, request: Request) -> None:
        """Take the rate and the ledger of the server that `request` came in by."""
        server = request.server
        quota = server.quota if request.auth is None else server.tokens[request.auth]
        self.num_requests = UNLIMITED if quota is None else quota
        self.duration = server.period
        self.rate = f"{self.num_requests}/{self.duration}"
        self.cache = server.ledger

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return the caller's key, or else the IP address."""
        return request.auth or self.get_ident(request)

    def use(self, request: Request) -> dict[str, Any]:
        """Return what the caller has used so far, as LL2 reports it, without using any."""
        self.read_rate(request)
        ident = self.get_cache_key(request, None)
        self.now = self.timer()
        self.history = [at for at in self.cache.get(ident, []) if at > self.now - self.duration]
        full = len(self.history) >= self.num_requests
        return {
            "your_request_limit": self.num_requests,
            "limit_frequency_secs": self.duration,
            "current_use": len(self.history),
            "next_use_secs": round(self.wait() or 0) if full else 0,
            "ident": ident,
        }
