"""What can go wrong on the way, over real HTTP: never a partial answer, and always an end."""

import copy
import http.client
import json
import logging
import pickle
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import http
from spacecraft_analysis.launch_library.http import Secret
from tests.conftest import SMALL, Answering, Library
from tests.launch_library.test_cache import walks
from tests.ll2_server import LaunchLibraryServer, Offset

# Hundreds of pulls over HTTP.
pytestmark = pytest.mark.slow

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"

NO_PAGE: list[tuple[str, dict[str, Any], str]] = [
    ("html", {}, "got HTML"),
    ("truncated", {}, "no whole JSON"),
    ("empty", {}, "got nothing at all"),
    ("bare_list", {}, "a JSON list"),
    ("invalid_utf8", {}, "no whole JSON"),
    ("results_missing", {}, "without a list of results"),
    ("results_not_list", {}, "without a list of results"),
    ("results_not_list", {"value": None}, "without a list of results"),
    ("null_record", {"index": 3}, "number 4 of the page"),
    ("record_without_id", {}, "number 1 of the page"),
    ("count_text", {}, "a count that is no number"),
    ("count_off", {"by": -1000}, "a count that is no number"),
    ("count_off", {"by": 10**9}, "a count that no catalogue"),
    ("html", {"text": '{"count": 1, "results": [{"id": NaN}]}'}, "no whole JSON"),
    ("html", {"text": '{"count": 1, "results": [{"id": true}]}'}, "without a whole number as id"),
    ("html", {"text": '{"count": 1, "results": [{"id": 1, "name": "\\ud800"}]}'}, "no whole"),
    ("html", {"text": '{"count": 1, "results": [{"id": 1, "x": "\ud800"}]}'}, "no whole JSON"),
    ("html", {"text": "[" * 100_000}, "no whole JSON"),
    ("html", {"text": '\ufeff{"count": 0, "results": []}'}, "no whole JSON"),
    ("html", {"text": '{"count": 0, "results": 5, "results": []}'}, "no whole JSON"),
    ("status", {"code": 400}, "check its arguments"),
    ("status", {"code": 401}, "without a token: check LL2_TOKEN"),
    ("status", {"code": 403}, "without a token: check LL2_TOKEN"),
    ("status", {"code": 404}, "Check base_url"),
    ("status", {"code": 500}, "try again later"),
    ("status", {"code": 204}, "status 204.*check base_url"),
    ("status", {"code": 304}, "status 304.*check base_url"),
    ("redirect", {"to": "/elsewhere/"}, "Redirects"),
]


@pytest.fixture
def elsewhere() -> Iterator[LaunchLibraryServer]:
    """Another server, that nobody should ask."""
    with LaunchLibraryServer(SMALL[:1]) as server:
        yield server


@pytest.mark.parametrize(("kind", "parameters", "words"), NO_PAGE, ids=str)
def test_no_page(
    server: LaunchLibraryServer,
    library: Library,
    kind: str,
    parameters: dict[str, Any],
    words: str,
) -> None:
    """Anything but a page is an AnswerError: what was asked, what came, what to do; never kept."""
    server.set_records(SMALL[:5])
    server.fault(1, kind, **parameters)
    with pytest.raises(sa.AnswerError, match=words) as caught:
        library().fetch()
    assert f"asked {server.base_url}spacecraft/?" in str(caught.value)
    assert len(str(caught.value)) < 700
    assert library().fetch().records == SMALL[:5]
    assert len(server.spacecraft_requests) == 2


def test_refused_token(server: LaunchLibraryServer, library: Library) -> None:
    """A token that LL2 does not know is an AnswerError that says where it comes from."""
    with pytest.raises(sa.AnswerError, match="refused the token: check LL2_TOKEN"):
        library(token=TOKEN).fetch()


LIES: list[tuple[str, dict[str, Any]]] = [
    ("repeated_page", {}),
    ("short_page", {}),
    ("short_page", {"missing": 100}),
    ("count_off", {"by": 1}),
    ("count_off", {"by": -1}),
    ("count_off", {"by": 100}),
]
# The first page may well be the first page.
PLACES = [
    (*lie, when)
    for lie in LIES
    for when in ("every", Offset(0), Offset(100), Offset(200))
    if (lie[0], when) != ("repeated_page", Offset(0))
]


@pytest.mark.parametrize(("kind", "parameters", "when"), PLACES, ids=str)
def test_pages_that_do_not_fit(
    server: LaunchLibraryServer,
    library: Library,
    kind: str,
    parameters: dict[str, Any],
    when: Any,
) -> None:
    """Pages that do not add up are an IncompleteError; nothing of them spoils the next fetch."""
    server.fault(when, kind, **parameters)
    with pytest.raises(sa.IncompleteError, match=r"have \d+ .* want \d+") as caught:
        library().fetch()
    assert f"asked {server.base_url}spacecraft/?" in str(caught.value)
    assert f"have {caught.value.have} " in str(caught.value)
    assert f"want {caught.value.want}," in str(caught.value)
    server.clear_faults()
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert len(server.spacecraft_requests) == 3


def test_smaller_pages_than_asked_for(server: LaunchLibraryServer, library: Library) -> None:
    """A server that gives fewer records on a page than asked for is found out."""
    server.max_limit = 50
    with pytest.raises(sa.IncompleteError):
        library().fetch()


@pytest.mark.parametrize("limit", [None, 50])
def test_page_that_errs_once_is_read_again(
    server: LaunchLibraryServer, library: Library, limit: int | None
) -> None:
    """A page that does not fit is read once more, alone, and then fits."""
    server.fault(1, "short_page")
    assert library().fetch(limit=limit).records == SMALL[:limit]
    assert len(server.spacecraft_requests) == (4 if limit is None else 2)


def test_page_that_errs_is_not_kept(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A page that does not fit leaves the cache at once, whatever comes after it."""
    server.fault(2, "short_page")
    server.fault(3, "throttled")
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    assert [list(walk["pages"].values()) for walk in walks(cache_dir)] == [[[0, 100]]]


@pytest.mark.parametrize("ordinal", [1, 2, 3])
@pytest.mark.parametrize("change", ["grow", "shrink", "replace"])
def test_catalogue_that_changes_once(
    server: LaunchLibraryServer, library: Library, change: str, ordinal: int
) -> None:
    """A record that comes or goes meanwhile costs a second reading; the result is the new state."""
    new = SMALL[-1] | {"id": SMALL[-1]["id"] + 1}
    after = {
        "grow": [*SMALL, new],
        "shrink": SMALL[:120] + SMALL[121:],
        "replace": [*SMALL[:120], *SMALL[121:], new],
    }[change]

    def change_before(request: int) -> None:
        if request == ordinal:
            server.set_records(after)

    server.on_request = change_before
    assert library().fetch().records == after
    assert len(server.spacecraft_requests) <= 6


def test_catalogue_that_grows_a_page_while_it_is_read_again(
    server: LaunchLibraryServer, library: Library
) -> None:
    """A page that comes on top of the one just read is no reason to walk upwards, past changes."""
    states = {
        2: SMALL[:200],
        3: SMALL[:201],
        # The count stays the same, and the row that was first on the last page is skipped.
        4: SMALL[:150] + SMALL[151:202],
    }
    server.set_records(SMALL[:199])
    server.on_request = lambda ordinal: ordinal in states and server.set_records(states[ordinal])
    with pytest.raises(sa.IncompleteError):
        library().fetch()


def test_catalogue_that_loses_a_page(server: LaunchLibraryServer, library: Library) -> None:
    """When the last page vanishes before it is read, the result is what is left."""
    server.on_request = lambda ordinal: ordinal == 2 and server.set_records(SMALL[:200])
    assert library().fetch().records == SMALL[:200]


def test_catalogue_that_keeps_changing(server: LaunchLibraryServer, library: Library) -> None:
    """A catalogue that changes at each request is given up, after one second reading."""
    server.on_request = lambda ordinal: server.set_records(SMALL[: 230 - ordinal])
    with pytest.raises(sa.IncompleteError):
        library().fetch()
    assert len(server.spacecraft_requests) <= 6


def test_next_is_never_followed(
    server: LaunchLibraryServer, library: Library, elsewhere: LaunchLibraryServer
) -> None:
    """Where `next` points is of no interest: the second page is asked of the same server."""
    page = {"count": 230, "next": f"{elsewhere.base_url}spacecraft/", "results": SMALL[:100]}
    server.fault(Offset(0), "html", text=json.dumps(page))
    assert library().fetch().records == SMALL
    assert elsewhere.requests == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(
    server: LaunchLibraryServer, library: Library, elsewhere: LaunchLibraryServer, code: int
) -> None:
    """A redirect is an error that names the place, and nobody is asked there."""
    server.tokens[TOKEN] = None
    server.fault("every", "redirect", to=f"{elsewhere.base_url}spacecraft/", code=code)
    with pytest.raises(sa.AnswerError, match=elsewhere.base_url):
        library(token=TOKEN).fetch()
    assert elsewhere.requests == []


def test_redirect_of_the_allowance_is_never_followed(
    answering: Answering, library: Library, elsewhere: LaunchLibraryServer
) -> None:
    """Nor does a redirect from `/api-throttle/` carry the token anywhere."""
    place = f"Location: {elsewhere.base_url}api-throttle/"
    with answering(f"HTTP/1.1 302 Found\r\n{place}\r\nContent-Length: 0\r\n\r\n") as base_url:
        assert library(base_url=base_url, token=TOKEN).plan().allowance_left is None
    assert elsewhere.requests == []


@pytest.mark.parametrize("kind", ["huge", "gzip_bomb"])
def test_body_without_end(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A body that is larger than any page, on the line or unpacked, is refused, and asked once."""
    monkeypatch.setattr(http, "LARGEST_BODY", 2 * 2**20)
    server.fault("every", kind, size=20_000_000)
    with pytest.raises(sa.AnswerError, match="larger than 2 MB"):
        library().fetch()
    assert len(server.spacecraft_requests) == 1


def test_compression_that_is_none(answering: Answering, library: Library) -> None:
    """A body that is not compressed as it says is an AnswerError."""
    head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n"
    with answering(f"{head}{{}}") as base_url, pytest.raises(sa.AnswerError, match="compressed"):
        library(base_url=base_url).fetch()


@pytest.mark.parametrize(
    ("status", "error"), [("500 No", sa.AnswerError), ("429 No", sa.ThrottledError)]
)
@pytest.mark.parametrize("charset", ["idna", "undefined"])
def test_charset_that_decodes_nothing(
    answering: Answering, library: Library, status: str, error: type[Exception], charset: str
) -> None:
    """An answer that names a codec that only raises is read as what it is: UTF-8 or nothing."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset={charset}\r\n"
    with (
        answering(f"{head}Content-Length: 2\r\n\r\n[]") as base_url,
        pytest.raises(error, match="asked http"),
    ):
        library(base_url=base_url).fetch()


@pytest.mark.parametrize("charset", ["idna", "undefined"])
def test_charset_of_a_page_does_not_matter(
    answering: Answering, library: Library, charset: str
) -> None:
    """JSON is UTF-8, whatever its headers say."""
    page = '{"count": 0, "results": []}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset={charset}\r\n"
    with answering(f"{head}Content-Length: {len(page)}\r\n\r\n{page}") as base_url:
        assert library(base_url=base_url).fetch().count == 0


@pytest.mark.parametrize(
    "noise", ["", "\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 9999 X\r\n\r\n"]
)
def test_no_http_at_all(answering: Answering, hasty: Library, noise: str) -> None:
    """A server that does not speak HTTP is an AnswerError."""
    with answering(noise) as base_url, pytest.raises(sa.AnswerError, match="can't be reached"):
        hasty(base_url=base_url).fetch()


def test_nobody_there(hasty: Library) -> None:
    """A port where nobody listens is an AnswerError that says why, and what to look at."""
    reason = r"can't be reached or broke off \(Failed to establish .*refused\).*Check the network"
    with pytest.raises(sa.AnswerError, match=reason):
        hasty(base_url="http://127.0.0.1:1/2.3.0/").fetch()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_no_proxy_there(hasty: Library, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """A proxy that can't be reached is an AnswerError, whatever it speaks."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"{scheme}://127.0.0.1:1")
    with pytest.raises(sa.AnswerError, match="can't be reached"):
        hasty(base_url="http://192.0.2.1/2.3.0/").fetch()


def test_connection_that_breaks(server: LaunchLibraryServer, hasty: Library) -> None:
    """A connection that is torn down is named in the system's own words."""
    server.fault("every", "reset")
    with pytest.raises(sa.AnswerError, match=r"broke off \(\[Errno \d+\] Connection reset"):
        hasty().fetch()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("status", {"code": 502}),
        ("status", {"code": 503}),
        ("status", {"code": 503, "headers": {"Retry-After": "1"}}),
    ],
    ids=str,
)
def test_server_that_was_down_is_asked_once_more(
    server: LaunchLibraryServer, library: Library, kind: str, parameters: dict[str, Any]
) -> None:
    """What did not work at all is asked once more as it is, a little later."""
    server.fault(2, kind, **parameters)
    assert library(patience=timedelta(seconds=1.5)).fetch().records == SMALL
    assert [request.query["limit"] for request in server.spacecraft_requests] == ["100"] * 4
    assert server.spacecraft_requests[1].query == server.spacecraft_requests[2].query


@pytest.mark.parametrize("code", [502, 503])
def test_server_that_is_down(server: LaunchLibraryServer, hasty: Library, code: int) -> None:
    """A server that stays down is an AnswerError after the second time."""
    server.fault("every", "status", code=code)
    with pytest.raises(sa.AnswerError, match=f"status {code}.*seems to be down"):
        hasty().fetch()
    assert len(server.spacecraft_requests) == 2


def test_server_that_is_down_for_long(server: LaunchLibraryServer, library: Library) -> None:
    """A Retry-After beyond the patience with a page is not waited for."""
    server.fault("every", "status", code=503, headers={"Retry-After": "121"})
    with pytest.raises(sa.AnswerError, match="status 503"):
        library().fetch()
    assert len(server.spacecraft_requests) == 1


@pytest.mark.parametrize("kind", ["cookie", "stall", "drip_body"])
def test_nothing_is_left_running(server: LaunchLibraryServer, library: Library, kind: str) -> None:
    """After a fetch no thread of ours waits for the server, however it ended."""
    server.fault("every", kind)
    with suppress(sa.AnswerError):
        library(patience=timedelta(seconds=0.1)).fetch()
    ours = [thread for thread in threading.enumerate() if thread.name == "asking Launch Library 2"]
    assert ours == []


@pytest.mark.parametrize("token", [None, TOKEN])
def test_nothing_of_the_users_goes_out_but_the_token(
    server: LaunchLibraryServer,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    token: str | None,
) -> None:
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
    assert len(sent) > 4
    assert {headers.get("Authorization") for headers in sent} == {token and f"Token {token}"}
    assert not any("Cookie" in headers for headers in sent)


def test_a_proxy_of_the_environment_is_used(
    answering: Answering, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names is asked in the place of the server."""
    body = '{"count": 1, "results": [{"id": 7}]}'
    with answering(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}") as proxy:
        monkeypatch.setenv("http_proxy", proxy.removesuffix("2.3.0/"))
        monkeypatch.setenv("no_proxy", "")
        answer = library(base_url="http://nobody.invalid/2.3.0/").fetch(mode="normal")
    assert answer.records == [{"id": 7}]


@pytest.mark.parametrize("kind", ["html", "reset", "stall", "huge"])
def test_token_stays_inside_the_wire(
    server: LaunchLibraryServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Neither an answer nor an error bears the signed request."""
    monkeypatch.setattr(http, "LARGEST_BODY", 2 * 2**20)
    server.fault("every", kind)
    carrier: Any
    with http.Wire(Secret(TOKEN)) as wire:
        try:
            url = f"{server.base_url}spacecraft/"
            carrier = wire.get(url, timedelta(seconds=0.3), lambda _: None)
        except http.NoAnswer as error:
            carrier = error
    assert server.spacecraft_requests[0].headers["Authorization"] == f"Token {TOKEN}"
    assert TOKEN not in repr((carrier, vars(carrier), wire))


def words_of(error: BaseException | None) -> Iterator[str]:
    """Yield all that an error says, with its causes and the requests that they carry."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield repr((str(current), current.args, vars(current)))
        for name in ("request", "response"):
            yield repr(vars(getattr(current, name, None) or object.__new__(Empty)))
        waiting += [current.__cause__, current.__context__]
        waiting += [one for one in current.args if isinstance(one, BaseException)]


class Empty:
    """Nothing to look at."""


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("status", {"code": 401, "detail": f"Invalid token {TOKEN}."}),
        ("status", {"code": 500, "headers": {"X-Token": TOKEN}}),
        ("html", {"text": f"<html>{TOKEN}</html>"}),
        ("html", {"text": json.dumps({"count": 1, "results": [{"id": 1, "name": TOKEN}]})}),
        ("redirect", {"to": f"http://127.0.0.1:1/?key={TOKEN}"}),
        ("throttled", {"retry_after": TOKEN}),
        ("reset", {}),
        ("stall", {}),
        ("broken_off", {}),
        ("gzip_bomb", {"size": 70_000_000}),
        ("count_off", {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_token_is_in_no_error_file_or_log(
    server: LaunchLibraryServer,
    hasty: Library,
    cache_dir: Path,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    parameters: dict[str, Any],
) -> None:
    """Whatever fails, the token is in no error, none of its causes, no log and no file."""
    caplog.set_level(logging.DEBUG)
    server.tokens[TOKEN] = None
    server.fault("every", kind, **parameters)
    with pytest.raises(sa.LaunchLibraryError) as caught:
        hasty(token=TOKEN).fetch()
    assert server.spacecraft_requests[0].headers["Authorization"] == f"Token {TOKEN}"
    assert TOKEN not in " ".join([*words_of(caught.value), caplog.text])
    assert all(TOKEN.encode() not in file.read_bytes() for file in cache_dir.iterdir())


def shown_locals(error: BaseException) -> str:
    """Return the local variables of an error and its causes, but for the test's own."""
    told = ""
    cause: BaseException | None = error
    while cause:
        stack = traceback.TracebackException.from_exception(cause, capture_locals=True).stack
        told += "".join(str(frame.locals) for frame in stack if frame.filename != __file__)
        cause = cause.__cause__ or cause.__context__
    return told


@pytest.mark.parametrize("kind", ["html", "status", "throttled", "reset"])
def test_token_is_in_no_local_variable_that_shows(
    server: LaunchLibraryServer, hasty: Library, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A traceback that lists local variables, as a notebook's can, shows no token."""
    monkeypatch.setenv("LL2_TOKEN", TOKEN)
    server.tokens[TOKEN] = None
    server.fault("every", kind, **({"code": 500} if kind == "status" else {}))
    with pytest.raises(sa.LaunchLibraryError) as caught:
        hasty().fetch()
    assert TOKEN not in shown_locals(caught.value)


def test_token_is_in_no_local_variable_of_an_interrupted_request(
    server: LaunchLibraryServer, hasty: Library
) -> None:
    """Ctrl-C in the middle of a request shows no frame that has the token at hand."""
    server.tokens[TOKEN] = None
    server.fault("every", "stall")
    main = threading.main_thread().ident or 0
    server.on_request = lambda _: signal.pthread_kill(main, signal.SIGINT)
    # A shell lets what it starts in the background ignore Ctrl-C, these tests too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            hasty(token=TOKEN).fetch()
    finally:
        signal.signal(signal.SIGINT, before)
    shown = shown_locals(caught.value)
    assert "'patience'" in shown
    assert TOKEN not in shown


def test_token_is_not_printed_by_http_client(
    server: LaunchLibraryServer,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Python's own switch that prints what is sent does not print the token."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    server.tokens[TOKEN] = None
    library(token=TOKEN).fetch()
    assert TOKEN not in capsys.readouterr().out


def test_token_is_nowhere_after_a_fetch(
    server: LaunchLibraryServer,
    library: Library,
    cache_dir: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After a good fetch the token is in no repr, log, snapshot and kept page."""
    caplog.set_level(logging.DEBUG)
    server.tokens[TOKEN] = 15
    asked = library(token=TOKEN)
    plan, snapshot = asked.plan(), asked.fetch()
    file = snapshot.write(tmp_path / "snapshot.json")
    told = [
        vars(asked),
        asked,
        plan,
        str(plan),
        snapshot,
        snapshot.query,
        snapshot.url,
        caplog.text,
    ]
    assert TOKEN not in repr(told)
    files = [file, *cache_dir.iterdir()]
    assert all(TOKEN.encode() not in file.read_bytes() for file in files)


def test_token_is_in_no_pickle(library: Library) -> None:
    """What is pickled can end in a file: a library with a token refuses, any other can be."""
    asked = library(token=TOKEN)
    with pytest.raises(TypeError, match=r"token is never written.*LL2_TOKEN"):
        pickle.dumps(asked)
    assert repr(copy.deepcopy(asked)) == repr(pickle.loads(pickle.dumps(library()))) == repr(asked)
