"""What a declaration says: columns, tables, and the tree of JSON fields that they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

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


def plain_text(value: Any) -> Any:
    """The text of a plain value, or of an object's name; anything else as it is."""
    named = value.get("name") if isinstance(value, dict) else value
    return str(named) if isinstance(named, str | int | float) else value


def _name(path: str) -> str:
    parts = path.replace("spacecraft_config.family[]", "family[]").split(".")
    said: list[str] = []
    for part in parts:
        word = {"spacecraft_config": "config"}.get(part, part.removesuffix("[]"))
        if part == "variants[]":
            word = "variant"
        for earlier in said:
            word = word.removeprefix(f"{earlier}_")
        said.append(word)
    name = "_".join(said)
    return f"{name}s" if "[]" in path else name


def column(path: str, dtype: pl.DataType, meaning: str, name: str = "", **more: Any) -> Column:
    unit = more.get("unit")
    name = name or _name(path) + (f"_{unit}" if unit else "")
    return Column(name, path, pl.List(dtype) if "[]" in path else dtype, meaning, **more)


def inside(parent: str, columns: Iterable[Column], of: str, **more: Any) -> list[Column]:
    """The same columns, found inside another object."""
    return [
        column(
            f"{parent}.{one.path}",
            one.dtype,
            f"{one.meaning} of {of}",
            lenient=one.lenient,
            **({"nullable": one.nullable} | more),
        )
        for one in columns
    ]


_AGENCY = (
    column("id", INTEGER, "LL2's id", nullable=False),
    column("url", TEXT, "LL2's address"),
    column("name", TEXT, "Name"),
    column("abbrev", TEXT, "Abbreviation"),
    column("type.id", INTEGER, "Id of the type"),
    column("type.name", TEXT, "Type, such as Government or Commercial,"),
)
_IMAGE = (
    column("id", INTEGER, "LL2's id"),
    column("name", TEXT, "Name"),
    column("image_url", TEXT, "Address"),
    column("thumbnail_url", TEXT, "Address of a small version"),
    column("credit", TEXT, "Credit"),
    column("license.id", INTEGER, "Id of the licence"),
    column("license.name", TEXT, "Licence"),
    column("license.priority", INTEGER, "Priority of the licence"),
    column("license.link", TEXT, "Address of the licence's text"),
    column("single_use", FLAG, "Whether one object alone uses it, said"),
)
_IMAGE_VARIANTS = (
    column("id", INTEGER, "Ids of the variants"),
    column("type", TEXT, "Types of the variants", lenient=True),
    column("image_url", TEXT, "Addresses of the variants"),
)
_PARENT = (column("id", INTEGER, "Id"), column("name", TEXT, "Name"))


def image(path: str, of: str) -> list[Column]:
    what = f"the image of {of}"
    return [
        *inside(path, _IMAGE, what, nullable=True),
        *inside(f"{path}.variants[]", _IMAGE_VARIANTS, what, nullable=True),
    ]


def family(path: str) -> list[Column]:
    of = "each family of the configuration"
    return [
        column(f"{path}.id", INTEGER, f"Ids of {of}; null where LL2 sends no list"),
        column(f"{path}.name", TEXT, f"Names of {of}"),
        column(f"{path}.description", TEXT, f"Descriptions of {of}"),
        *inside(f"{path}.manufacturer", _AGENCY, f"the manufacturer of {of}", nullable=True),
        *inside(f"{path}.parent", _PARENT, f"the parent of {of}"),
        column(f"{path}.maiden_flight", DAY, f"Days of the first flight of {of}"),
    ]


DERIVED_FAMILY = (
    column(
        "",
        TEXT,
        "The most specific family: the one that is no other listed family's parent, among equals "
        "the lowest id; with none, the configuration's name",
        name="family",
    ),
    column(
        "", TEXT, "The family at the top of that family's tree, else the same", name="family_root"
    ),
    column(
        "",
        FLAG,
        "True where LL2 lists no family and the configuration's name stands in",
        name="family_is_config",
        nullable=False,
    ),
)
RETRIEVED_AT = column(
    "", INSTANT, "When LL2 sent the page that this row comes from", name="retrieved_at",
    nullable=False,
)  # fmt: skip


def configuration(path: str) -> list[Column]:
    """What LL2 says of a configuration in both modes, families aside."""
    at = f"{path}." if path else ""
    of = "the configuration"
    return [
        column(f"{at}url", TEXT, f"LL2's address of {of}"),
        column(f"{at}name", TEXT, f"Name of {of}", nullable=False),
        column(f"{at}type.id", INTEGER, f"Id of the type of {of}", nullable=False),
        column(f"{at}type.name", TEXT, f"Type of {of}, such as Capsule or Mass Simulator"),
        *inside(f"{at}agency", _AGENCY, f"the agency behind {of}"),
        column(f"{at}in_use", FLAG, f"Whether {of} is still in use", nullable=False),
        *image(f"{at}image", of),
    ]


# What LL2 sends only in detailed mode; without these a detailed record is a normal one.
DETAILED_CONFIG = (
    *("capability", "history", "details", "maiden_flight", "height", "diameter", "human_rated"),
    *("crew_capacity", "payload_capacity", "payload_return_capacity", "flight_life", "wiki_link"),
    *("info_link", "spacecraft_flown", "total_launch_count", "successful_launches"),
    *("failed_launches", "attempted_landings", "successful_landings", "failed_landings"),
    "fastest_turnaround",
)


AGENCY_DETAILS = (
    *("featured", "country", "description", "administrator", "founding_year", "launchers"),
    *("spacecraft", "parent", "image", "logo", "social_logo"),
)


FAMILY_DETAILS = (
    *("spacecraft_flown", "total_launch_count", "successful_launches", "failed_launches"),
    *("attempted_landings", "successful_landings", "failed_landings"),
)


PARENT_DETAILS = ("description", "manufacturer", "parent", "maiden_flight", *FAMILY_DETAILS)
