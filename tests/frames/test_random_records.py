"""Random odd records: hundreds here, ten thousand by `python -m tests.frames.odd_records`."""

import random
import re
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import SchemaError
from tests.frames import odd_records
from tests.frames.odd_records import LEAVES, Case, faults, places, whole
from tests.records import snapshot


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_odd_records_among_three_hundred(seed: int) -> None:
    """Each is told by record and path, and no other row is touched by any of them."""
    rng = random.Random(seed)
    cases = [Case.of(rng, record) for record in rng.sample(range(1, 301), 100)]
    # Which of them a record without its id is, nobody can say.
    known = [case for case in cases if case.path not in ("id", "spacecraft_config.id")]
    assert faults(300, *known) == []


@pytest.mark.parametrize("seed", range(20))
def test_one_odd_record(seed: int) -> None:
    """Alone in a small catalogue it is told too, and a report can show all of it."""
    assert odd_records.one(seed) == []


def gone_from_all(path: str) -> list[dict[str, Any]]:
    """Whole records of which all lack what is at a path."""
    records = [whole(nth) for nth in range(1, 5)]
    for nth, record in enumerate(records, 1):
        for place in [*places(record)]:
            case = Case(nth, place, odd_records.REMOVED)
            if case.path == path:
                case.change(record)
    return records


DECLARED = sorted({path[: word.end()] for path in LEAVES for word in re.finditer(r"\w+", path)})


@pytest.mark.parametrize("path", [path for path in DECLARED if path != "flights"])
def test_a_field_gone_from_all_records(path: str) -> None:
    """The error names it."""
    with pytest.raises(SchemaError, match=re.escape(path)):
        sa.check(snapshot(*gone_from_all(path)))


def test_flights_gone_from_all_records() -> None:
    """Without them records are those of normal mode, and whoever asks for flights is told."""
    with pytest.raises(SchemaError, match="have no flights"):
        _ = snapshot(*gone_from_all("flights")).flights
