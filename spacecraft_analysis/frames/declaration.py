"""What a declaration says: columns, tables, and the tree of JSON fields that they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

import polars as pl

VERSION = "2.3.0"
"""Of Launch Library 2: the records that are declared are this one's."""

TEXT, INTEGER, NUMBER, FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
DURATION, INSTANT, DAY = pl.Duration("us"), pl.Datetime("us", "UTC"), pl.Date()


@dataclass(frozen=True)
class Column:
    """One column of a table: where it comes from and what it means.

    `path` starts at the object that is the table's row, or with `of_craft` at the spacecraft
    record around it; it is empty for a column that we derive. `lenient` marks the few fields
    whose JSON kind no source settles: any plain value is kept as text. `repeats` marks what
    another table has too, and more surely.
    """

    name: str
    path: str
    dtype: pl.DataType
    meaning: str
    nullable: bool = True
    unit: str | None = None
    of_craft: bool = False
    lenient: bool = False
    repeats: bool = False

    @cached_property
    def value_type(self) -> pl.DataType:
        """The type of one value: of the column, or of the items of its lists."""
        # Polars types `List.inner` as possibly a class; ours are always instances.
        return self.dtype.inner if isinstance(self.dtype, pl.List) else self.dtype  # type: ignore[return-value]


CONFIGURATION = "spacecraft_config"


@dataclass(frozen=True)
class RecordKind:
    """What LL2 lists on a page: one record of it becomes a row of each of some tables, or more."""

    owner: Column
    """Made of the record's own id: whose row it is, in each of the tables."""
    listed: str
    """Where a snapshot shows such records as LL2 sent them."""


CRAFT = RecordKind(
    Column("spacecraft_id", "id", INTEGER, "Whose row it is", nullable=False),
    ".records",
)
EVENTS = RecordKind(
    Column("docking_id", "id", INTEGER, "Whose row it is", nullable=False),
    ".docking_events",
)


@dataclass(frozen=True, eq=False)
class Table:
    """One table: what a row is, where in the record its object is, and its columns."""

    name: str
    grain: str
    root: str
    columns: tuple[Column, ...]
    of: RecordKind = CRAFT

    @property
    def schema(self) -> pl.Schema:
        """The columns' names and types; the same for any data."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def own(self) -> list[Column]:
        """The columns read from the row's own object."""
        return [column for column in self.columns if column.path and not column.of_craft]

    def path(self, column: Column) -> str:
        """The column's path from LL2's record; empty if we derive it."""
        own = column.path and self.root and not column.of_craft
        return f"{self.root}.{column.path}" if own else column.path


@dataclass
class Fields:
    """The declared fields of one JSON object, at any depth."""

    leaves: dict[str, Column] = field(default_factory=dict)
    objects: dict[str, Fields] = field(default_factory=dict)
    lists: dict[str, Fields] = field(default_factory=dict)

    @cached_property
    def names(self) -> set[str]:
        """The keys that an object must have."""
        return {*self.leaves, *self.objects, *self.lists}

    @cached_property
    def may_be_null(self) -> bool:
        """Whether null may stand for the whole object, or for the list of such objects."""
        return all(column.nullable for column in self.columns())

    def columns(self) -> Iterator[Column]:
        """The columns made of the object, at any depth."""
        yield from self.leaves.values()
        for child in (*self.objects.values(), *self.lists.values()):
            yield from child.columns()

    def paths(self, at: str = "") -> Iterator[str]:
        """The path of each field, at any depth, and of the items of a list, which ends in `[]`."""
        yield from (f"{at}{name}" for name in self.leaves)
        for mark, children in (("", self.objects), ("[]", self.lists)):
            for name, child in children.items():
                yield from dict.fromkeys((f"{at}{name}", f"{at}{name}{mark}"))
                yield from child.paths(f"{at}{name}{mark}.")


@cache
def fields_of(*tables: Table) -> Fields:
    """The fields of a record that the tables, all of one kind, read; of two that of the first."""
    owner = tables[0].of.owner
    record = Fields({owner.path: owner})
    for table in tables:
        _add(record, ((table.path(column), column) for column in table.own))
    return record


def _add(record: Fields, columns: Iterable[tuple[str, Column]]) -> None:
    for path, column in columns:
        *parents, leaf = path.split(".")
        at = record
        for part in parents:
            group = at.lists if part.endswith("[]") else at.objects
            at = group.setdefault(part.removesuffix("[]"), Fields())
        at.leaves.setdefault(leaf, column)
