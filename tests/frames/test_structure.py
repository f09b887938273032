"""Odd records: what the fast proof accepts the walk accepts too, and what becomes of the rest."""

import json
import subprocess
import sys
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spacecraft_analysis as sa
from spacecraft_analysis.frames.decode import Proof, is_proven
from spacecraft_analysis.frames.flatten import flatten
from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.schema import CRAFT, RecordKind
from spacecraft_analysis.frames.tables import (
    CONFIGURATIONS,
    FLIGHTS,
    KNOWN,
    SPACECRAFT,
    TABLES,
)
from spacecraft_analysis.frames.validation import UNREADABLE, Structure, Walk
from tests.ll2_server import LaunchLibraryServer
from tests.records import (
    RETRIEVED,
    config,
    craft,
    docking,
    family,
    flight,
    landing,
    snapshot,
)

IMAGE = {
    **{"id": 1, "name": "A picture", "image_url": "https://a", "thumbnail_url": "https://b"},
    **{"credit": None, "single_use": True},
    "license": {"id": 1, "name": "Unknown", "priority": 9, "link": None},
    "variants": [{"id": 4, "type": {"id": 1, "name": "Wide"}, "image_url": "https://c"}],
}


def whole(of: RecordKind = CRAFT) -> dict[str, Any]:
    """A record in which no object and no list is null or empty."""
    return _whole_craft() if of is CRAFT else _whole_event()


def _whole_event() -> dict[str, Any]:
    one = docking(1, _whole_craft())
    payload = {"id": 5, "payload": {"id": 6, "name": "Payload"}}
    others = {
        "flight_vehicle_target": one["flight_vehicle_chaser"],
        "space_station_chaser": one["space_station_target"],
        **dict.fromkeys(("payload_flight_target", "payload_flight_chaser"), payload),
    }
    return json.loads(json.dumps(one | others))


def _whole_craft() -> dict[str, Any]:
    families = [family(7, "Dragon 2", parent=(6, "Dragon")), family(6, "Dragon")]
    flights = [flight(1, "2020-01-01T00:00:00Z", "2020-01-03T00:00:00Z", landing=landing())]
    of = config(family=families, image=IMAGE, height=8.1, fastest_turnaround="P3D")
    # No two records share an object, so that one can be changed alone.
    return json.loads(json.dumps(craft(1, image=IMAGE, spacecraft_config=of, flights=flights)))


def page(*records: Any) -> bytes:
    return json.dumps({"count": len(records), "results": records}).encode()


def read(table: Any, *pages: bytes) -> pl.DataFrame:
    count = sum(len(json.loads(page)["results"]) for page in pages)
    sent = pl.Series([RETRIEVED] * count, dtype=pl.Datetime("us", "UTC"))
    return flatten(table, Records(pages, count), sent)


def not_here(number: int) -> bytes:
    raise AssertionError(f"page {number} was not proven")


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of each value inside a value."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [at, *(place for key, child in inner for place in places(child, (*at, key)))][
        0 if at else 1 :
    ]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@st.composite
def changed(draw: st.DrawFn, of: RecordKind) -> dict[str, Any]:
    """A whole record in which one value is another one, or is not there."""
    record = whole(of)
    *parents, key = draw(st.sampled_from(places(record)))
    at: Any = record
    for part in parents:
        at = at[part]
    if draw(st.booleans()):
        at[key] = draw(ANYTHING)
    else:
        del at[key]
    return record


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@given(data=st.data())
def test_the_proof_and_the_walk_agree(table: Any, data: st.DataObject) -> None:
    """Whatever is changed: what the proof refuses the walk tells, and mended it is proven."""
    record = data.draw(changed(table.of))
    walk = Walk((table,), KNOWN[table.of])
    walk.record(record, "record 1")
    odd = [one for one in walk.notices if one.rule != UNREADABLE]
    text = page(whole(table.of), record)
    # The proof is of bytes: half a character in what no table reads is enough to fail.
    assert is_proven(table, text) <= (not odd)
    mended = Structure(Records((text,), 2), table.of).mended(0)
    assert read(table, text).equals(read(table, mended))
    assert (read(table, text).height, bool(odd)) != (0, False)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_sample_is_proven(table: Any) -> None:
    """Records as LL2 sends them need no walk; what no table reads does not matter."""
    sample = sa.load("sample")
    text = sample.text if table.of is CRAFT else Records.of(sample.docking_events)
    assert all(is_proven(table, page) for page in text.pages)
    assert is_proven(table, page(whole(table.of) | {"new_field": [1, {"a": None}]}))


def test_a_configuration_is_read_once() -> None:
    """What many spacecraft repeat is written once, and each of them has its own all the same."""
    two, one = config(2, name="Two"), config(1, name="One")
    configs = [two, one, two, two]
    records = [craft(nth, spacecraft_config=of) for nth, of in enumerate(configs)]
    pages = [page(*records[:3]), page(records[3])]
    proof = Proof(SPACECRAFT, not_here)
    numbers = [one.spacecraft_config for page in pages for one in proof.proven(page)]
    assert (numbers, len(proof.configurations)) == ([0, 1, 0, 0], 2)
    assert read(SPACECRAFT, *pages)["config_name"].to_list() == ["Two", "One", "Two", "Two"]


COLD = """
import sys
from datetime import datetime, timezone
import polars as pl
from spacecraft_analysis.frames import Records, decode
from spacecraft_analysis.frames.schema import CRAFT
from spacecraft_analysis.frames.flatten import flatten
from spacecraft_analysis.frames.tables import TABLES
records = Records((sys.stdin.buffer.read(),) * 21, 21)
sent = pl.Series([datetime.now(timezone.utc)] * 21)
sys.setswitchinterval(1e-6)
for _ in range(20):
    for cached in (decode._decoder, decode._page_of, decode._configuration_of):
        cached.cache_clear()
    print(*(flatten(table, records, sent).height for table in TABLES if table.of is CRAFT))
"""


def test_two_threads_begin_at_once() -> None:
    """Many pages are proven by threads that need the same decoder, which none has made yet."""
    done = subprocess.run([sys.executable, "-c", COLD], input=page(whole()), capture_output=True)
    assert (done.returncode, done.stdout.split()) == (0, [b"21"] * 60), done.stderr.decode()


def test_only_what_a_table_reads_must_be_there() -> None:
    """A fault in the flights keeps nobody from the spacecraft."""
    record = whole()
    del record["flights"][0]["launch"]
    text = page(record)
    assert (is_proven(SPACECRAFT, text), is_proven(FLIGHTS, text)) == (True, False)
    assert is_proven(CONFIGURATIONS, text)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_no_table_reads_may_be_any_number(table: Any) -> None:
    """A number larger than any column's is a fault only where a column is made of it."""
    text = page(whole(table.of)).replace(b'"id": ', b'"new_field": 1e400, "id": ')
    assert read(table, text).equals(read(table, page(whole(table.of))))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_key_told_twice_is_the_last(table: Any) -> None:
    """Of two equal keys in an object the frames read the one that `.records` shows."""
    text = page(whole(table.of)).replace(b'"name": ', b'"name": "Not this", "name": ')
    assert json.loads(text)["results"] == [whole(table.of)]
    assert read(table, text).equals(read(table, page(whole(table.of))))


@pytest.mark.parametrize(("number", "read"), [(2**63, 2.0**63), (10**30, 1e30), (7, 7.0)], ids=str)
def test_numbers_of_any_size(number: int, read: float) -> None:
    """A whole number where a measure is expected is that number, however large."""
    told = snapshot(craft(1, spacecraft_config=config(height=number))).configurations
    assert told["height_m"].to_list() == [read]


def test_no_object_is_made_for_a_record(server: LaunchLibraryServer, library: Any) -> None:
    """A fetch and its frames go from text to columns; only `.records` makes Python objects."""
    fetched = library().fetch()
    assert fetched.spacecraft.height == fetched.count == 230
    assert fetched.configurations.height > 1
    assert fetched.flights.is_empty()
    assert "decoded" not in vars(fetched.text)
    assert len(fetched.records) == 230
    assert "decoded" in vars(fetched.text)
