"""The token goes to LL2 and nowhere else, whatever a server repeats."""

import json
import logging
import pickle
import re
import signal
import threading
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import http
from tests.launch_library import response

pytestmark = pytest.mark.slow

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f01a2b3c4d"
ZERO_WIDTH = "\u200b"

# The ways in which a server can write the token.
SPELLINGS = {
    "plain": TOKEN,
    "upper": TOKEN.upper(),
    "zero-width": ZERO_WIDTH.join(TOKEN),
    "NUL": "\0".join(TOKEN),
    "spaced": " ".join(TOKEN),
    "split": f"{TOKEN[:17]}\r\n\t{TOKEN[17:]}",
    "padded": f"{' ' * 170}{TOKEN}",
    "cut": TOKEN[:39],
    "escaped": "".join(f"\\u00{ord(letter):02x}" for letter in TOKEN),
    "escaped twice": "".join(f"\\\\u00{ord(letter):02x}" for letter in TOKEN),
}


def shows(text: str) -> bool:
    """Return whether eight characters of the token in a row can be read in a text."""
    unescaped = re.sub(r"\\+u00(..)", lambda found: chr(int(found[1], 16)), text)
    compact = re.sub(r"\\x..|\\u200b|[^!-~]", "", unescaped).lower()
    return any(TOKEN[at : at + 8] in compact for at in range(len(TOKEN) - 7))


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield all that an error holds, with its causes and the requests that they carry."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield repr((str(current), current.args, vars(current)))
        for name in ("request", "response"):
            yield repr(getattr(getattr(current, name, None), "__dict__", ""))
        waiting += [current.__cause__, current.__context__]
        waiting += [one for one in current.args if isinstance(one, BaseException)]


def shown_locals(error: BaseException | None) -> str:
    """Return the local variables of an error and its causes, but for the test's own."""
    shown = ""
    cause = error
    while cause:
        stack = traceback.TracebackException.from_exception(cause, capture_locals=True).stack
        shown += "".join(str(frame.locals) for frame in stack if frame.filename != __file__)
        cause = cause.__cause__ or cause.__context__
    return shown


def page(**fields: Any) -> str:
    """Return a page of one record, with other fields than LL2 sends."""
    record = {"id": 1, "name": fields.pop("name", "x"), "flights": []}
    return json.dumps({"count": 1, "next": None, "results": [record]} | fields, ensure_ascii=False)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "place", ["error", "page", "header", "location", "status", "count", "next", "name"]
)
def test_token_that_a_server_repeats(answering, library, cache_dir, caplog, place, spelling):
    """In whatever part of a response the token is, no error, log or cached page has it."""
    caplog.set_level(logging.DEBUG)
    text = SPELLINGS[spelling]
    in_header = re.sub(r"[^ -~]", "", text)
    answer = {
        "error": lambda: response("500 No", body=f"<html>{text}"),
        "page": lambda: response(body=f"<html>{text}"),
        "header": lambda: response("500 No", f"Retry-After: {in_header}\r\n"),
        "location": lambda: response("302 Found", f"Location: http://127.0.0.1:1/{in_header}\r\n"),
        "status": lambda: f"HTTP/{in_header} 200\r\n\r\n",
        "count": lambda: response(body=page(count=text)),
        "next": lambda: response(body=page(next=text, count=2)),
        "name": lambda: response(body=page(name=text).replace("\\\\u", "\\u")),
    }[place]()
    error = None
    with answering(answer) as base_url:
        try:
            library(base_url=base_url, token=TOKEN).fetch()
        except sa.LaunchLibraryError as raised:
            error = raised
    # A part of the token may be a text of the record's own.
    assert error or spelling == "cut"
    assert not shows(" ".join([*texts_of(error), shown_locals(error)]))
    assert not shows(caplog.text)
    if spelling != "cut":
        assert not any(shows(file.read_text("latin-1")) for file in cache_dir.iterdir())


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        *(("status", {"code": 500}), ("throttled", {"wait": 1}), ("reset", {}), ("stall", {})),
        *(("broken_off", {}), ("gzip_bomb", {"size": 2_000_000}), ("count_off", {})),
    ],
    ids=str,
)
def test_token_is_in_no_error_variable_file_or_log(
    server, library, cache_dir, caplog, monkeypatch, kind, parameters
):
    """Whatever fails, the token is in no error, no local variable that shows, no log, no file."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(http, "_LARGEST_BODY", 2**20)
    server.tokens[TOKEN] = None
    server.fault("every", kind, **parameters)
    with pytest.raises(sa.LaunchLibraryError) as caught:
        library(token=TOKEN, patience=timedelta(seconds=0.2)).fetch()
    assert server.spacecraft_requests[0].headers["Authorization"] == f"Token {TOKEN}"
    assert not shows(" ".join([*texts_of(caught.value), shown_locals(caught.value), caplog.text]))
    assert not any(TOKEN.encode() in file.read_bytes() for file in cache_dir.iterdir())


def test_token_is_in_no_variable_of_a_body_that_is_too_large(answering, library, monkeypatch):
    """What was received of a body that is too large is at hand in no frame that is shown."""
    monkeypatch.setattr(http, "_LARGEST_BODY", 60)
    too_large = pytest.raises(sa.AnswerError, match="larger than")
    with answering(response(body=TOKEN * 2)) as base_url, too_large as caught:
        library(base_url=base_url, token=TOKEN).fetch()
    assert not shows(shown_locals(caught.value))


def test_token_is_in_no_variable_of_an_interrupted_request(server, short_patience):
    """Ctrl-C in the middle of a request shows no frame that has the token at hand."""
    server.tokens[TOKEN] = None
    server.fault("every", "stall")
    main = threading.main_thread().ident or 0
    server.on_request["spacecraft"] = lambda _: signal.pthread_kill(main, signal.SIGINT)
    # A shell lets what it starts in the background ignore Ctrl-C, these tests too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            short_patience(token=TOKEN).fetch()
    finally:
        signal.signal(signal.SIGINT, before)
    shown = shown_locals(caught.value)
    assert "'patience'" in shown
    assert not shows(shown)


def test_token_is_nowhere_after_a_fetch(server, library, cache_dir, tmp_path, caplog):
    """After a good fetch the token is in no repr, log, snapshot and cached page."""
    caplog.set_level(logging.DEBUG)
    server.tokens[TOKEN] = 15
    with_token = library(token=TOKEN)
    plan, snapshot = with_token.plan(), with_token.fetch()
    file = snapshot.write(tmp_path / "snapshot.json")
    values = [vars(with_token), with_token, plan, snapshot, snapshot.query, snapshot.url]
    assert not shows(repr([*values, caplog.text]))
    assert "requested http" in caplog.text
    files = [file, *cache_dir.iterdir()]
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)


def test_token_is_in_no_pickle(library):
    """What is pickled can end in a file: a library with a token refuses, any other can be."""
    with_token = library(token=TOKEN)
    with pytest.raises(TypeError, match=r"token is never written.*LL2_TOKEN"):
        pickle.dumps(with_token)
    again = pickle.loads(pickle.dumps(library()))
    assert repr(again) == repr(with_token)


def test_log_of_a_download(server, library, caplog):
    """Each request, retry, wait and cached page is INFO, what was given up a WARNING."""
    caplog.set_level(logging.INFO, "spacecraft_analysis")
    server.fault(2, "throttled", wait=0)
    server.fault(4, "short_page")
    library(wait=True).fetch()
    counts = {
        words: sum(words in record.getMessage() for record in caplog.records)
        for words in ("status 200", "status 429", "the rate limit is reached; continuing at")
    }
    assert counts == {
        "status 200": len(server.requests) - 1,
        "status 429": 1,
        "the rate limit is reached; continuing at": 1,
    }
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.getMessage().startswith("the pages received contradict each other (a page has")
    caplog.clear()
    library().fetch()
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 3
    assert all(message.startswith("using the cached page http") for message in messages)


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_clock_that_is_far_off(server, library, caplog, date):
    """A Date that is more than a day off is a WARNING, and our own time is used."""
    server.date = date
    before = datetime.now(timezone.utc)
    snapshot = library().fetch(limit=3)
    assert before <= snapshot.retrieved_at <= datetime.now(timezone.utc)
    assert "is more than a day off and not used" in caplog.text
