"""What can go wrong with a response, over real HTTP: never a partial answer, always an end."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import http
from tests.launch_library import SMALL, response
from tests.ll2_server import Offset, Server
from tests.ll2_server.modes import normal

# Hundreds of downloads over HTTP.
pytestmark = pytest.mark.slow

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"

NOT_A_PAGE: list[tuple[str, dict[str, Any], str]] = [
    ("body", {}, "received HTML"),
    ("truncated", {}, "not valid JSON"),
    ("body", {"text": ""}, "received an empty body"),
    ("body", {"text": "[]"}, "Expected `object`, got `array`"),
    ("body", {"text": '{"count": 1}'}, "missing required field `results`"),
    ("body", {"text": '{"count": 1, "results": null}'}, "Expected `array`, got `null`"),
    ("body", {"text": '{"count": 1, "results": [{"id": 1}, null]}'}, r"`\$.results\[1\]`"),
    ("body", {"text": '{"count": 1, "results": [{}]}'}, "missing required field `id`"),
    ("body", {"text": '{"count": "1", "results": []}'}, r"got `str` - at `\$.count`"),
    # Only a whole number of 64 bits is an id.
    *(
        ("body", {"text": f'{{"count": 1, "results": [{{"id": {id}}}]}}'}, r"`\$.results\[0\].id`")
        for id in ("null", "3.0", '"3"', "true", "1e3", 2**63)
    ),
    ("count_off", {"by": -1000}, "Expected `int` >= 0"),
    ("count_off", {"by": 10**9}, "Expected `int` <= 100000"),
    ("body", {"text": '{"count": 1, "results": [{"id": NaN}]}'}, "not valid JSON"),
    ("body", {"text": '{"count": 1, "results": [{"id": 1, "flights": "\\ud800"}]}'}, "not valid"),
    ("body", {"text": '{"count": 1, "results": [{"id": 1, "x": "\ud800"}]}'}, "not valid JSON"),
    ("body", {"text": "[" * 100_000}, "not valid JSON"),
    ("body", {"text": '\ufeff{"count": 0, "results": []}'}, "not valid JSON"),
    ("body", {"text": '{"count": 0, "results": 5, "results": []}'}, "Expected `array`"),
    ("status", {"code": 400}, "check its arguments"),
    ("status", {"code": 401}, "without a token: check LL2_TOKEN"),
    ("status", {"code": 403}, "without a token: check LL2_TOKEN"),
    ("status", {"code": 404}, "check that base_url"),
    ("status", {"code": 500}, "try again later"),
    ("status", {"code": 204}, "status 204.*check base_url"),
    ("status", {"code": 304}, "status 304.*check base_url"),
    ("redirect", {"to": "/elsewhere/"}, "redirects"),
]


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """Another server, which no request should reach."""
    with Server(SMALL[:1]) as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "parameters", "words"), NOT_A_PAGE, ids=lambda value: str(value)[:60]
)
def test_not_a_page(server, library, kind, parameters, words):
    """Anything but a page is an AnswerError: what was requested, what received, what to do."""
    server.set_records(SMALL[:5])
    server.fault(1, kind, **parameters)
    with pytest.raises(sa.AnswerError, match=words) as caught:
        library().fetch()
    assert f"requested {server.base_url}spacecraft/?" in str(caught.value)
    assert len(str(caught.value)) < 700
    assert library().fetch().records == SMALL[:5]
    assert len(server.spacecraft_requests) == 2


LIES: list[tuple[str, dict[str, Any]]] = [
    ("ignored", {"parameter": "offset"}),
    ("short_page", {}),
    ("short_page", {"missing": 100}),
    ("count_off", {"by": 1}),
    ("count_off", {"by": -1}),
    ("count_off", {"by": 100}),
    # As if there were two full pages: only their `next` shows that there is a third.
    ("count_off", {"by": -30}),
]
# The first page may well be the first page.
PLACES = [
    (*lie, when)
    for lie in LIES
    for when in ("every", Offset(0), Offset(130), Offset(31))
    if (lie[0], when) != ("ignored", Offset(0))
]


@pytest.mark.parametrize(("kind", "parameters", "when"), PLACES, ids=str)
def test_pages_that_do_not_fit(server, library, kind, parameters, when):
    """Pages that do not add up are an IncompleteError; nothing of them spoils the next fetch."""
    server.fault(when, kind, **parameters)
    with pytest.raises(sa.IncompleteError, match="changed during the download") as caught:
        library().fetch()
    assert f"requested {server.base_url}spacecraft/?" in str(caught.value)
    assert re.search(r"[0-9]+ of [0-9]+ spacecraft after two attempts", str(caught.value))
    server.clear_faults()
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert len(server.spacecraft_requests) == 3


@pytest.mark.parametrize("limit", [None, 50])
def test_page_that_errs_once_is_read_again(server, library, limit):
    """A page with a record too few is noticed at once, and all is read once more."""
    server.fault(1, "short_page")
    assert library().fetch(limit=limit).records == SMALL[:limit]
    assert len(server.spacecraft_requests) == (4 if limit is None else 2)


def test_next_is_never_followed(server, library, elsewhere):
    """`next` is not followed: the second page is requested from the same server."""
    page = {"count": 230, "next": f"{elsewhere.base_url}spacecraft/", "results": SMALL[:100]}
    server.fault(Offset(0), "body", text=json.dumps(page))
    assert library().fetch().records == SMALL
    assert elsewhere.requests == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(server, library, elsewhere, code):
    """A redirect is an error that names the place, to which nothing is sent."""
    server.tokens[TOKEN] = None
    server.fault("every", "redirect", to=f"{elsewhere.base_url}spacecraft/", code=code)
    with pytest.raises(sa.AnswerError, match=elsewhere.base_url):
        library(token=TOKEN).fetch()
    assert elsewhere.requests == []


@pytest.mark.parametrize("kind", ["huge", "gzip_bomb"])
def test_body_without_end(server, library, monkeypatch, kind):
    """A body larger than any page, as sent or decompressed, is refused and requested once."""
    monkeypatch.setattr(http, "_LARGEST_BODY", 2 * 2**20)
    server.fault("every", kind, size=20_000_000)
    with pytest.raises(sa.AnswerError, match="larger than 2 MB"):
        library().fetch()
    assert len(server.spacecraft_requests) == 1


def test_compression_that_is_none(answering, library):
    """A body that is not compressed as it says is an AnswerError."""
    answer = response(headers="Content-Encoding: gzip\r\n", body="{}")
    with answering(answer) as base_url, pytest.raises(sa.AnswerError, match="decompressing"):
        library(base_url=base_url).fetch()


@pytest.mark.parametrize(
    "noise", ["", "\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 9999 X\r\n\r\n"]
)
def test_no_http_at_all(answering, short_patience, noise):
    """A server that does not speak HTTP is an AnswerError."""
    with answering(noise) as base_url, pytest.raises(sa.AnswerError, match="can't be reached"):
        short_patience(base_url=base_url).fetch()


def test_nobody_there(short_patience):
    """A port where nobody listens is an AnswerError that says why, and what to look at."""
    reason = r"can't be reached or broke off \(Failed to establish .*refused\).*check the network"
    with pytest.raises(sa.AnswerError, match=reason):
        short_patience(base_url="http://127.0.0.1:1/2.3.0/").fetch()


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}], ids=str)
def test_server_that_was_down_gets_one_more_request(server, library, headers):
    """An unavailable server gets the same request once more, a little later."""
    server.fault(2, "status", code=503, headers=headers)
    assert library(patience=timedelta(seconds=1.5)).fetch().records == SMALL
    assert [request.query["limit"] for request in server.spacecraft_requests] == ["100"] * 4
    assert server.spacecraft_requests[1].query == server.spacecraft_requests[2].query


@pytest.mark.parametrize("code", [502, 503])
def test_server_that_is_down(server, short_patience, code):
    """A server that stays down is an AnswerError after the second time."""
    server.fault("every", "status", code=code)
    with pytest.raises(sa.AnswerError, match=f"status {code}.*LL2 is down") as caught:
        short_patience().fetch()
    assert caught.value.temporary
    assert len(server.spacecraft_requests) == 2


def test_server_that_is_down_for_long(server, library):
    """A Retry-After beyond the patience with a page is not waited for."""
    server.fault("every", "status", code=503, headers={"Retry-After": "121"})
    with pytest.raises(sa.AnswerError, match="status 503"):
        library().fetch()
    assert len(server.spacecraft_requests) == 1


@pytest.mark.parametrize(
    ("variable", "scheme"),
    [("http_proxy", "http"), ("HTTP_PROXY", "http"), ("all_proxy", "socks5")],
)
def test_dead_proxy_is_named_by_its_variable(short_patience, monkeypatch, variable, scheme):
    """A proxy that can't be reached is named by what sets it, without its password."""
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(variable, f"{scheme}://me:secret@127.0.0.1:1")
    with pytest.raises(sa.AnswerError, match=rf"{variable} names a proxy: check it") as caught:
        short_patience(base_url="http://192.0.2.1/2.3.0/").fetch()
    assert caught.value.temporary
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_only_the_token_is_sent(server, library, monkeypatch, tmp_path, token):
    """A password that ~/.netrc has for any host is not sent, and neither is a cookie."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    server.tokens[TOKEN] = None
    server.fault("every", "cookie")
    library(token=token).fetch()
    library(token=token).plan(limit=3)
    sent = [request.headers for request in server.requests]
    assert len(sent) == 4
    assert {headers.get("Authorization") for headers in sent} == {token and f"Token {token}"}
    assert not any("Cookie" in headers for headers in sent)


@pytest.mark.parametrize("query", [{}, {"mode": "normal"}, {"limit": 1}], ids=str)
@pytest.mark.parametrize("requested", ["2.3.0", "2.2.0", "2.4.0"])
def test_another_version(server, library, requested, query):
    """Records whose url names another version are an AnswerError, also where base_url names it."""
    sent = "2.2.0" if requested == "2.3.0" else requested
    url = f"https://ll.thespacedevs.com/{sent}/spacecraft/7/"
    server.fault("every", "set_field", field="url", value=url)
    words = rf"records of LL2 {sent} .*where {requested} was requested; .* supports 2\.3\.0"
    with pytest.raises(sa.AnswerError, match=words):
        library(base_url=server.base_url.replace("2.3.0", requested)).fetch(**query)
    assert len(server.spacecraft_requests) == 1
    server.clear_faults()
    assert library().fetch(limit=1).count == 1


@pytest.mark.parametrize("query", [{}, {"limit": 1}, {"limit": 150}], ids=str)
@pytest.mark.parametrize("count", [1, 2, 3, 230])
def test_records_of_normal_mode(server, library, query, count):
    """Records without flights where detailed ones were requested are an AnswerError."""
    server.set_records([normal(record) for record in SMALL[:count]])
    words = r"without flights though mode=detailed was requested.*this package supports 2\.3\.0"
    with pytest.raises(sa.AnswerError, match=words):
        library().fetch(**query)
    assert len(server.spacecraft_requests) == 1
    assert library().fetch(**query, mode="normal").count > 0


def test_last_page_of_one_odd_record(server, library):
    """A single record without flights on the last page costs nothing."""
    records = [*SMALL[:200], normal(SMALL[200])]
    server.set_records(records)
    assert library().fetch().records == records
