"""Random odd records: hundreds here, ten thousand by `python -m tests.frames.odd_records`."""

import random
import re

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import SchemaError, Snapshot
from spacecraft_analysis.frames.schema import CRAFT, EVENTS, RecordKind
from tests.frames.odd_records import LEAVES, REMOVED, WHOLE, Case, faults, one, places
from tests.records import snapshot

# Hundreds of random records.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_odd_records_among_three_hundred(seed: int) -> None:
    """Each is told by record and path, and no other row is touched by any of them."""
    rng = random.Random(seed)
    cases = [Case.any(rng, record) for record in rng.sample(range(1, 301), 100)]
    # Which of them a record without its id is, nobody can say.
    known = [case for case in cases if case.path not in ("id", "spacecraft_config.id")]
    assert faults(300, *known) == []


@pytest.mark.parametrize("seed", range(20))
def test_one_odd_record(seed: int) -> None:
    """Alone in a small catalogue it is told too, and a report can show all of it."""
    assert one(seed) == []


def gone_from_all(of: RecordKind, path: str) -> Snapshot:
    """Nine craft and their dockings, of one kind of which all lack what is at a path."""
    records = {kind: [make(nth) for nth in range(1, 10)] for kind, make in WHOLE.items()}
    for nth, record in enumerate(records[of], 1):
        for place in [*places(record)]:
            case = Case(of, nth, place, REMOVED)
            if case.path == path:
                case.change(record)
    return snapshot(*records[CRAFT], docking_events=records[EVENTS])


DECLARED = sorted(
    {
        (of.listed, leaf[: word.end()])
        for of, leaves in LEAVES.items()
        for leaf, column in leaves.items()
        if not column.optional
        for word in re.finditer(r"\w+", leaf)
    }
    - {(CRAFT.listed, "flights")}
)


@pytest.mark.parametrize(("listed", "path"), DECLARED)
def test_a_field_gone_from_all_records(listed: str, path: str) -> None:
    """The error names it."""
    of = next(kind for kind in WHOLE if kind.listed == listed)
    with pytest.raises(SchemaError, match=re.escape(path)):
        sa.check(gone_from_all(of, path))


def test_flights_gone_from_all_records() -> None:
    """Without them records are those of normal mode, and whoever asks for flights is told."""
    with pytest.raises(SchemaError, match="have no flights"):
        _ = gone_from_all(CRAFT, "flights").flights
