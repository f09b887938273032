"""Launch Library 2.3.0 on an ephemeral port of 127.0.0.1, for as long as a test needs it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from tests.ll2_server.faults import Fault, Larger, Offset
from tests.ll2_server.rows import DockingEvent, Spacecraft, store
from tests.ll2_server.throttle import Ledger
from tests.ll2_server.wsgi import HttpServer

Endpoint = Literal["spacecraft", "docking_events"]


@dataclass
class SeenRequest:
    """A request that arrived; `status` is null where it got no answer."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int | None = None

    @property
    def endpoint(self) -> str:
        """What stands behind the version."""
        return "".join(self.path.split("/")[2:3])


class Server:
    """A context manager that answers at `base_url` while it is open.

    Whatever a test sets, the next request sees.
    """

    def __init__(self, records: list[dict], docking_events: Sequence[dict] = ()) -> None:
        # Requests in so many seconds for each IP address; None for any number.
        self.quota: int | None = None
        self.period = 3600
        # The keys known, each with its own quota.
        self.tokens: dict[str, int | None] = {}
        # Whether `api-throttle/` exists.
        self.throttle_endpoint = True
        # The largest page.
        self.max_limit = 100
        # The `Date` header: "now", any other text as it stands, or None for none.
        self.date: str | None = "now"
        self.requests: list[SeenRequest] = []
        self.on_request: Callable[[int], object] | None = None
        self.on_docking_request: Callable[[int], object] | None = None
        self.ledger = Ledger()
        self.rng = random.Random(0)
        self._arrivals = Lock()
        self._faults: list[tuple[str, Fault]] = []
        self.set_records(records)
        self.set_docking_events(docking_events)

    def __enter__(self) -> Self:
        """Listen."""
        self._http = HttpServer(self)
        self._thread = Thread(target=self._http.serve_forever, args=(0.001,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._http.close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """Where the API is, with the version and a slash at its end."""
        return f"http://127.0.0.1:{self._http.server_port}/2.3.0/"

    def set_records(self, records: list[dict]) -> None:
        """Replace the catalogue: the next request sees the new one."""
        self.spacecraft_catalogue = store(Spacecraft, records)
        self.records = records

    def set_docking_events(self, events: Sequence[dict]) -> None:
        """Replace the docking events: the next request sees the new ones."""
        self.docking_catalogue = store(DockingEvent, list(events))

    @property
    def spacecraft_requests(self) -> list[SeenRequest]:
        """The requests for spacecraft, in the order of their arrival."""
        return self._requests_to("spacecraft")

    @property
    def docking_requests(self) -> list[SeenRequest]:
        """The requests for docking events, in the order of their arrival."""
        return self._requests_to("docking_events")

    @property
    def paid_requests(self) -> list[SeenRequest]:
        """The requests that cost, in the order of their arrival."""
        return self._requests_to("spacecraft", "docking_events")

    def _requests_to(self, *endpoints: str) -> list[SeenRequest]:
        return [request for request in self.requests if request.endpoint in endpoints]

    def fault(
        self,
        when: "int | Literal['every'] | Offset | Larger",
        kind: str,
        *,
        endpoint: Endpoint = "spacecraft",
        **parameters: Any,
    ) -> None:
        """Have something go wrong with a request to an endpoint that costs.

        Args:
            when: the nth such request from now on, "every" one, the page at an `Offset`, or
                all pages that are `Larger`.
            kind: what goes wrong: a function in `faults` or `delivery`.
            endpoint: the requests that are meant.
            parameters: what that function takes.
        """
        after = len(self._requests_to(endpoint))
        self._faults.append((endpoint, Fault(when, kind, parameters, after=after)))

    def clear_faults(self) -> None:
        """Have nothing go wrong any more."""
        self._faults.clear()

    def arrived(self, url: str, headers: dict[str, str]) -> tuple[SeenRequest, list[Fault]]:
        """Note a request; return it with the faults that are due."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        seen = SeenRequest(parts.path, query, headers)
        with self._arrivals:
            self.requests.append(seen)
            ordinal = len(self._requests_to(seen.endpoint))
            faults = [
                fault
                for endpoint, fault in self._faults
                if endpoint == seen.endpoint and fault.concerns(ordinal, query)
            ]
        listeners = {"spacecraft": self.on_request, "docking_events": self.on_docking_request}
        if listener := listeners.get(seen.endpoint):
            listener(ordinal)
        return seen, faults
