"""One field of one record is odd, ten thousand times: `python -m tests.frames.odd_records`.

Each case takes a catalogue in which every field is filled, and nulls, removes or changes in kind
one field of one record, a craft's or a docking event's. All other rows have to be there, unchanged,
in all tables, in `check`, in the measures and in what a report displays; a finding has to name the
record and the path.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from typing import Any

import polars as pl

import spacecraft_analysis as sa
from spacecraft_analysis.frames.schema import (
    CRAFT,
    DAY,
    DURATION,
    EVENTS,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    Column,
    RecordKind,
)
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.frames.validation import NOT_DECLARED, RESPELLED, UNREADABLE
from spacecraft_analysis.report import payloads
from tests.records import agency, config, craft, docking, family, flight, landing, snapshot

FEW = 5
"""The craft in the catalogue of a single case."""
_EVENT = 500_000
# Of no craft, flight, configuration or event.
_OTHER_ID = 70_007
_RESPELLED = (float(_OTHER_ID), str(_OTHER_ID))
_OTHERS: tuple[Any, ...] = (
    *(None, True, _OTHER_ID, *_RESPELLED),
    *(1.5, "text", "", [], {}, [5], {"a": 1}),
)
REMOVED = object()
_KINDS = {INTEGER: int, NUMBER: float, FLAG: bool}


def whole(nth: int) -> dict[str, Any]:
    """The record of a craft with two flights; no object in it is null, no list empty."""
    # No two records share an object, so that one can be changed alone.
    return json.loads(_text(nth))


@cache
def _text(nth: int) -> str:
    days = [f"{1960 + nth % 60}-0{month}-01T00:00:00Z" for month in (1, 2, 3, 4)]
    ended = nth % 5 != 1
    flights = [
        flight(10 * nth, days[0], days[1], landing=landing(), duration="P31D"),
        flight(
            *(10 * nth + 1, days[2], days[3] if ended else None),
            **{"landing": landing(url="https://ll/landings/3/"), "turn_around_time": "P28D"},
        ),
    ]
    of = config(
        100_000 + nth,
        f"Model {nth}",
        **{"family": [family(nth, f"Family {nth}", parent=(50, "Root"))], "image": _image(nth)},
        **{"agency": agency(), "height": 8.1, "diameter": 4, "fastest_turnaround": "P28D"},
        **{"maiden_flight": "2010-01-01", "crew_capacity": 3, "human_rated": True},
        **{"flight_life": "210 days", "capability": "Ferries", "payload_capacity": 6000},
    )
    return json.dumps(
        craft(
            nth,
            **{"flights": flights, "spacecraft_config": of, "image": _image(nth)},
            **{"flights_count": 2, "mission_ends_count": 2 if ended else 1, "in_space": not ended},
            **{"fastest_turnaround": "P28D", "status": {"id": 1 + nth % 2, "name": "Active"}},
        )
    )


def whole_event(nth: int) -> dict[str, Any]:
    """The docking of that craft's first flight, at a port that no other craft docks at."""
    return json.loads(_event_text(nth))


@cache
def _event_text(nth: int) -> str:
    one = docking(
        _EVENT + nth,
        whole(nth),
        **{"docking": f"{1960 + nth % 60}-01-03T00:00:00Z", "departure": None},
    )
    place = {"id": 1000 + nth, "url": "https://ll/", "name": f"Station {nth}", "image": None}
    one["docking_location"] |= {"id": nth, "name": f"Port {nth}", "spacestation": place}
    payload = {"id": 1000 + nth, "payload": {"id": nth, "name": f"Station {nth}"}}
    other = {"id": 1000 + nth, "spacecraft": {"id": 2000 + nth, "name": f"Station {nth}"}}
    targets = {
        "space_station_target": place,
        "flight_vehicle_target": other,
        "payload_flight_target": payload,
    }
    kept = [*targets][nth % 3]
    one |= dict.fromkeys(targets) | {kept: targets[kept]}
    one |= {"departure": f"{1960 + nth % 60}-01-20T00:00:00Z", "space_station_chaser": place}
    return json.dumps(one | {"payload_flight_chaser": payload})


def _image(nth: int) -> dict[str, Any]:
    return {
        **{"id": nth, "name": "A picture", "image_url": "https://a", "thumbnail_url": "https://b"},
        **{"credit": "Someone", "single_use": True},
        "license": {"id": 1, "name": "Unknown", "priority": 9, "link": "https://l"},
        "variants": [{"id": 4, "type": {"id": 1, "name": "Wide"}, "image_url": "https://c"}],
    }


@dataclass(frozen=True)
class Case:
    """One field of one record, and what stands there instead."""

    of: RecordKind
    record: int
    place: tuple[str | int, ...]
    value: Any

    @classmethod
    def any(cls, rng: random.Random, record: int) -> Case:
        """Any case of a craft's record, or of its docking event."""
        of = rng.choice([CRAFT, CRAFT, EVENTS])
        place = rng.choice([*places(WHOLE[of](record))])
        kept = value_at(WHOLE[of](record), place)
        others = [one for one in _OTHERS if json.dumps(one) != json.dumps(kept)]
        # As often removed or nulled as of another kind.
        value = rng.choice([REMOVED, None, rng.choice(others), rng.choice(others)])
        return cls(of, record, place, value)

    @property
    def path(self) -> str:
        """The field's path as the data dictionary has it."""
        keys = ("[]" if isinstance(key, int) else f".{key}" for key in self.place)
        return "".join(keys).removeprefix(".")

    def change(self, record: dict[str, Any]) -> None:
        """Makes a whole record the odd one."""
        *parents, key = self.place
        at = value_at(record, tuple(parents))
        if self.value is not REMOVED:
            at[key] = self.value
        else:
            del at[key]

    def __str__(self) -> str:
        """What is odd, in words."""
        what = "removed" if self.value is REMOVED else f"set to {json.dumps(self.value)}"
        return f"{self.path} of {self.of.listed} {self.record} {what}"


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each value inside a value."""
    if at:
        yield at
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, child in inner:
        yield from places(child, (*at, key))


def value_at(value: Any, place: tuple[str | int, ...]) -> Any:
    """The value at a path inside a value."""
    for key in place:
        value = value[key]
    return value


WHOLE = {CRAFT: whole, EVENTS: whole_event}
LEAVES: dict[RecordKind, dict[str, Column]] = {
    of: {
        table.path(column): column
        for table in reversed(TABLES)
        if table.of is of
        for column in table.own
    }
    for of in WHOLE
}


def expected(case: Case) -> str | None:
    """The rule by which `check` has to name the case; null where nothing is wrong with it."""
    leaves = LEAVES[case.of]
    if case.path in leaves:
        return _expected_of_leaf(leaves[case.path], case.value)
    above, _, key = case.path.rpartition(".")
    if above in leaves:
        # An object where any plain value may be, read by its name.
        plain = isinstance(case.value, str | int | float)
        return None if key != "name" or plain else NOT_DECLARED
    under = re.compile(rf"{re.escape(case.path)}(\[\])?\.")
    inside = [column for path, column in leaves.items() if under.match(path)]
    is_item = isinstance(case.place[-1], int)
    is_optional = all(column.optional for column in inside)
    if not inside or ((is_item or is_optional) and case.value is REMOVED):
        return None
    if case.value is None and not is_item:
        return None if all(column.nullable for column in inside) else NOT_DECLARED
    if is_optional and isinstance(case.value, dict):
        return None
    is_list = isinstance(value_at(WHOLE[case.of](case.record), case.place), list)
    return None if is_list and case.value == [] else NOT_DECLARED


def _expected_of_leaf(column: Column, value: Any) -> str | None:
    if (value is None and column.nullable) or (value is REMOVED and column.optional):
        return None
    if column.lenient and isinstance(value, str | int | float) and value is not REMOVED:
        return None
    dtype = column.value_type
    if dtype in _KINDS:
        if type(value) is _KINDS[dtype] or (dtype == NUMBER and type(value) is int):
            return None
        return RESPELLED if value in _RESPELLED and dtype != FLAG else NOT_DECLARED
    if not isinstance(value, str):
        return NOT_DECLARED
    return UNREADABLE if value and dtype in (DURATION, INSTANT, DAY) else None


MEASURES: dict[str, tuple[Callable[[sa.Snapshot], pl.DataFrame], Callable[[Any], Any] | None]] = {
    "turnarounds": (lambda data: sa.turnarounds(data.flights), sa.turnaround_chart),
    "turnaround_by_family": (
        lambda data: sa.turnaround_by_family(data.flights),
        sa.turnaround_by_family_chart,
    ),
    "turnaround_survival": (
        lambda data: sa.turnaround_survival(data.flights),
        sa.turnaround_survival_chart,
    ),
    "utilisation_by_family": (
        lambda data: sa.utilisation_by_family(data.spacecraft, data.flights, data.dockings),
        sa.utilisation_chart,
    ),
    "in_orbit": (lambda data: sa.in_orbit(data.flights), sa.in_orbit_chart),
    "times_to_dock": (lambda data: sa.times_to_dock(data.flights, data.dockings), None),
    "time_to_dock_by_family": (
        lambda data: sa.time_to_dock_by_family(data.flights, data.dockings),
        None,
    ),
    "station_occupancy": (lambda data: sa.station_occupancy(data.dockings), None),
}


@dataclass(frozen=True)
class World:
    """Everything that is made of a catalogue of so many craft."""

    frames: dict[str, pl.DataFrame]

    @classmethod
    def of(cls, count: int, *cases: Case) -> World:
        """What is made of it where some records are odd."""
        numbers = range(1, count + 1)
        records = {of: {nth: make(nth) for nth in numbers} for of, make in WHOLE.items()}
        for case in cases:
            case.change(records[case.of][case.record])
        data = snapshot(*records[CRAFT].values(), docking_events=records[EVENTS].values())
        tables = {
            # First of all, since `check` keeps the tables from warning.
            "findings": sa.check(data),
            **{table.name: getattr(data, table.name) for table in TABLES},
        }
        return cls(tables | {name: of(data) for name, (of, _) in MEASURES.items()})

    def display(self) -> None:
        """Shows all of it as a report does."""
        for frame in self.frames.values():
            payloads.table(frame)
        for name, (_, chart) in MEASURES.items():
            if chart:
                chart(self.frames[name]).to_dict(validate=False)
        sa.fleet_timeline_chart(self.frames["flights"]).to_dict(validate=False)

    def beside(self, records: set[int]) -> dict[str, pl.DataFrame]:
        """All rows that say nothing of some records, nor of all together."""
        own = {
            "docking_id": {_EVENT + record for record in records},
            "spacecraft_id": records,
            "config_id": {100_000 + record for record in records},
            "target_name": {f"Station {record}" for record in records},
            "family": {f"{word} {record}" for word in ("Family", "Model") for record in records},
        }
        odd = {
            **dict.fromkeys(("spacecraft_id", "docking_id", "config_id"), (_OTHER_ID,)),
            "family": ("Root", "text", str(_OTHER_ID), "all"),
            "target_name": ("text", str(_OTHER_ID)),
        }
        rows = {}
        for name, frame in self.frames.items():
            keys = [key for key in own if key in frame.columns][: 2 if name == "findings" else 1]
            # A finding is of a craft or of an event; nothing else has no name of its own.
            named = frame.filter(pl.any_horizontal(pl.col(keys).is_not_null()))
            others = named.filter(
                ~pl.col(key).is_in([*own[key], *odd[key]]).fill_null(False) for key in keys
            )
            # Years in which nobody was in space begin with the first launch of all.
            days = {"in_orbit": "craft_days", "station_occupancy": "docked_days"}.get(name)
            rows[name] = others.filter(pl.col(days) > 0) if days else others
        return rows

    def told(self, case: Case) -> list[tuple[str, str | None, str]]:
        """Rule, column and explanation of each finding that the record's structure has."""
        ids = [case.record + (_EVENT if case.of is EVENTS else 0)]
        ids += [_OTHER_ID, None] if case.path == "id" else []
        of = pl.col(case.of.owner.name).is_in(ids, nulls_equal=True)
        rules = pl.col("rule").is_in([NOT_DECLARED, RESPELLED, UNREADABLE])
        columns = ("rule", "column", "explanation")
        return self.frames["findings"].filter(of, rules).select(columns).rows()


def faults(count: int, *cases: Case, shown: bool = False) -> list[str]:
    """What is not as it has to be in a catalogue where some records are odd, each once.

    Args:
        count: How many craft it has.
        cases: What is odd.
        shown: Whether it is displayed too, which takes longest.
    """
    try:
        world = World.of(count, *cases)
        if shown:
            world.display()
    except Exception as error:
        return [f"{'; '.join(map(str, cases))}: {error!r}"]
    records = {case.record for case in cases}
    right, odd = right_world(count).beside(records), world.beside(records)
    found = [
        f"{'; '.join(map(str, cases))}: other rows of {name} differ"
        for name in right
        if not right[name].equals(odd[name])
    ]
    return found + [fault for case in cases for fault in _untold(case, world)]


@cache
def right_world(count: int) -> World:
    """The world without any odd record."""
    return World.of(count)


def _untold(case: Case, world: World) -> Iterator[str]:
    rule, told = expected(case), world.told(case)
    if rule is None and told:
        yield f"{case}: nothing is wrong, but told is {told}"
    where = case.path.removesuffix(".name") if rule else ""
    if rule and not any(one == rule and where in words for one, _, words in told):
        yield f"{case}: not told as {rule}, but {told}"


def one(seed: int) -> list[str]:
    """What is not as it has to be in the case of a number."""
    case = Case.any(random.Random(seed), random.Random(seed).randrange(1, FEW + 1))
    return faults(FEW, case, shown=seed % 10 == 0)


def main() -> int:
    """The number of cases in which something is not as it has to be."""
    parser = argparse.ArgumentParser(prog="python -m tests.frames.odd_records", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    asked = parser.parse_args()
    numbers = range(asked.first, asked.first + asked.cases)
    # Polars has threads of its own, which a forked process would wait for.
    with get_context("spawn").Pool() as pool:
        failed = 0
        for number, found in zip(numbers, pool.imap(one, numbers, chunksize=20), strict=True):
            failed += bool(found)
            for fault in found:
                print(f"case {number}: {fault}", flush=True)
    print(f"{asked.cases:,} cases, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
