"""What a table declares: its columns, and the tree of JSON fields that they are read from.

A column's name is its LL2 path joined by `_`, with a few shortenings: `spacecraft_config` becomes
`config`, its `family[]` becomes `family`, `launch_service_provider` becomes `provider`, and a word
that the path has already is not repeated (`image.image_url` is `image_url`). A list of objects
becomes one list per leaf, under a plural name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import msgspec
import polars as pl

VERSION = "2.3.0"
"""The version of Launch Library 2 whose records are declared."""

TEXT, INTEGER, NUMBER, FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
DURATION, INSTANT, DAY = pl.Duration("us"), pl.Datetime("us", "UTC"), pl.Date()
KINDS: dict[pl.DataType, str] = {
    INTEGER: "a whole number",
    NUMBER: "a number",
    FLAG: "true or false",
    TEXT: "text",
    DURATION: "an ISO 8601 duration",
    INSTANT: "an ISO 8601 date and time",
    DAY: "an ISO 8601 date",
}
"""What LL2 sends for a value of each type, in words."""
DEGREES = "degrees"
_NOT_TEXT = (INTEGER, NUMBER, FLAG)
_ADDRESS = re.compile(r"image|_link$|(^|_)urls?$")


class Column(NamedTuple):
    """One column of a table: where its values come from and what they mean.

    Attributes:
        name: The column's name.
        path: The field's path from the object that is the table's row, or with `of_craft` from the
            spacecraft record around it; empty for a derived column.
        dtype: The column's type.
        meaning: What a value means, for the data dictionary.
        nullable: Whether LL2 may send null.
        optional: Whether LL2 may leave the field out.
        unit: The unit of a number.
        of_craft: Whether a flight has a copy of the column from its spacecraft.
        lenient: Whether any plain value is accepted, as text: no source settles its JSON kind.
        is_copy: Whether another table has the same value from a better source.
    """

    name: str
    path: str
    dtype: pl.DataType
    meaning: str
    nullable: bool = True
    optional: bool = False
    unit: str | None = None
    of_craft: bool = False
    lenient: bool = False
    is_copy: bool = False

    @property
    def value_type(self) -> pl.DataType:
        """The type of one value: of the column, or of the items of its lists."""
        # Polars types `List.inner` as possibly a class; ours are always instances.
        return self.dtype.inner if isinstance(self.dtype, pl.List) else self.dtype  # type: ignore[return-value]


class RecordKind(NamedTuple):
    """What LL2 lists on a page: spacecraft, or docking events."""

    id_column: str
    """The column with the record's id, which identifies its rows in all tables."""
    snapshot_attribute: str
    """The attribute of a snapshot that has such records as received."""


CRAFT = RecordKind("spacecraft_id", ".records")
EVENTS = RecordKind("docking_id", ".docking_events")
CONFIGURATION, FLIGHTS_LIST = "spacecraft_config", "flights"
"""The parts of a spacecraft's record that are rows of tables of their own."""
SHARED_OBJECTS = (CONFIGURATION, "image")
"""The objects that LL2 repeats, letter by letter, in the records of many spacecraft."""


class Table(msgspec.Struct, frozen=True, eq=False, dict=True):
    """One table: what a row is, where in the record its object is, and its columns."""

    name: str
    grain: str
    root: str
    columns: tuple[Column, ...]
    record_kind: RecordKind = CRAFT

    @classmethod
    def ordered(
        cls, name: str, grain: str, root: str, first: str, *columns: Column, of: RecordKind = CRAFT
    ) -> Table:
        """Return a table that begins with some columns, named in one text, then has the others.

        Addresses and pictures come last; `retrieved_at` ends every table.
        """
        by_name = {column.name: column for column in columns}
        begin = [by_name[name] for name in first.split()]
        rest = [column for column in columns if column not in begin]
        rest.sort(key=lambda column: bool(_ADDRESS.search(column.name)))
        return cls(name, grain, root, (*begin, *rest, RETRIEVED_AT), of)

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns' names and types; the same for any data."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def own(self) -> list[Column]:
        """The columns read from the row's own object."""
        return [column for column in self.columns if column.path and not column.of_craft]

    def path(self, column: Column) -> str:
        """Return the column's path from LL2's record; empty for a derived column."""
        own = column.path and self.root and not column.of_craft
        return f"{self.root}.{column.path}" if own else column.path


class Fields(msgspec.Struct, eq=False, dict=True):
    """The declared fields of one JSON object, at any depth; `parts` are inner values left as text.

    `path` leads to it; that of a list's items ends in `[]`.
    """

    path: str = ""
    leaves: dict[str, Column] = {}
    objects: dict[str, Fields] = {}
    lists: dict[str, Fields] = {}
    parts: tuple[str, ...] = ()

    @cached_property
    def prefix(self) -> str:
        """How the paths of the object's fields begin."""
        return f"{self.path}." if self.path else ""

    @cached_property
    def names(self) -> set[str]:
        """The keys of the object's declared fields, and of one that any object may have."""
        return {*self.leaves, *self.objects, *self.lists, "response_mode"}

    @cached_property
    def texts(self) -> set[str]:
        """The keys of the object's fields that LL2 sends as text."""
        return {key for key, column in self.leaves.items() if column.value_type not in _NOT_TEXT}

    @cached_property
    def times(self) -> list[tuple[str, pl.DataType]]:
        """The keys of the object's texts of times, and the types that these are read as."""
        types = ((key, column.value_type) for key, column in self.leaves.items())
        return [(key, dtype) for key, dtype in types if dtype in (DURATION, INSTANT, DAY)]

    @cached_property
    def nullable(self) -> bool:
        """Whether LL2 may send null for the object, or for the list of such objects."""
        return all(column.nullable for column in self.columns())

    @cached_property
    def optional(self) -> bool:
        """Whether LL2 may leave the object, or the list of such objects, out."""
        return all(column.optional for column in self.columns())

    def columns(self) -> Iterator[Column]:
        """Yield the columns read from the object, at any depth."""
        yield from self.leaves.values()
        for child in (*self.objects.values(), *self.lists.values()):
            yield from child.columns()

    def paths(self) -> Iterator[str]:
        """Yield the path of each field at any depth, and that of a list's items after its own."""
        yield from (f"{self.prefix}{name}" for name in self.leaves)
        for child in (*self.objects.values(), *self.lists.values()):
            yield from dict.fromkeys((child.path.removesuffix("[]"), child.path))
            yield from child.paths()


@cache
def fields_of(*tables: Table) -> Fields:
    """Return the fields of a record that the tables read, all of one kind."""
    record = Fields()
    for table in tables:
        for column in table.own:
            *parents, leaf = table.path(column).split(".")
            node = record
            for part in parents:
                children = node.lists if part.endswith("[]") else node.objects
                node = children.setdefault(part.removesuffix("[]"), Fields(f"{node.prefix}{part}"))
            node.leaves.setdefault(leaf, column)
    return record


@cache
def record_fields(table: Table) -> Fields:
    """Return the fields of a record as `fields_of`, with the parts of a spacecraft's as text."""
    fields = fields_of(table)
    if table.record_kind is not CRAFT:
        return fields
    objects = {name: inner for name, inner in fields.objects.items() if name not in SHARED_OBJECTS}
    return Fields("", fields.leaves, objects, fields.lists, (*SHARED_OBJECTS, FLIGHTS_LIST))


_SHORTER = {
    "spacecraft_config.family[]": "family[]",
    "spacecraft_config": "config",
    "launch_service_provider": "provider",
    "rocket.configuration": "rocket",
    "families[]": "family[]",
    "variants[]": "variant[]",
}


def _name(path: str) -> str:
    is_list = "[]" in path
    for long, short in _SHORTER.items():
        path = path.replace(long, short)
    words: list[str] = []
    for part in path.replace("[]", "").split("."):
        for earlier in words:
            part = part.removeprefix(f"{earlier}_")
        words.append(part)
    return "_".join(words) + ("s" if is_list else "")


def column(path: str, dtype: pl.DataType, meaning: str, name: str = "", **more: Any) -> Column:
    """Return the column of a path, named after it; a length or mass has its unit in the name."""
    unit = more.get("unit")
    name = name or _name(path) + (f"_{unit}" if unit and unit != DEGREES else "")
    return Column(name, path, pl.List(dtype) if "[]" in path else dtype, meaning, **more)


def agency(path: str, of: str, *, nullable: bool = True) -> list[Column]:
    """Return the columns of an agency, whose id may be null."""
    return [
        column(f"{path}.id", INTEGER, f"LL2's id of {of}", nullable=nullable),
        column(f"{path}.url", TEXT, f"LL2's address of {of}"),
        column(f"{path}.name", TEXT, f"Name of {of}"),
        column(f"{path}.abbrev", TEXT, f"Abbreviation of {of}"),
        column(f"{path}.type.id", INTEGER, f"Id of the type of {of}"),
        column(f"{path}.type.name", TEXT, f"Type, such as Government or Commercial, of {of}"),
    ]


def image(path: str, whose: str) -> list[Column]:
    """Return the columns of an image."""
    of = f"the image of {whose}"
    return [
        column(f"{path}.id", INTEGER, f"LL2's id of {of}"),
        column(f"{path}.name", TEXT, f"Name of {of}"),
        column(f"{path}.image_url", TEXT, f"Address of {of}"),
        column(f"{path}.thumbnail_url", TEXT, f"Address of a small version of {of}"),
        column(f"{path}.credit", TEXT, f"Credit of {of}"),
        column(f"{path}.license.id", INTEGER, f"Id of the licence of {of}"),
        column(f"{path}.license.name", TEXT, f"Licence of {of}"),
        column(f"{path}.license.priority", INTEGER, f"Priority of the licence of {of}"),
        column(f"{path}.license.link", TEXT, f"Address of the licence's text of {of}"),
        column(f"{path}.single_use", FLAG, f"Whether one object alone may use the file of {of}"),
        column(f"{path}.variants[].id", INTEGER, f"Ids of the variants of {of}"),
        column(f"{path}.variants[].type", TEXT, f"Types of the variants of {of}", lenient=True),
        column(f"{path}.variants[].image_url", TEXT, f"Addresses of the variants of {of}"),
    ]


def family(path: str) -> list[Column]:
    """Return the columns of a configuration's families, as LL2 lists them."""
    of = "the families of the configuration"
    return [
        column(f"{path}.id", INTEGER, f"Ids of {of}; null where LL2 sends no list"),
        column(f"{path}.name", TEXT, f"Names of {of}"),
        column(f"{path}.description", TEXT, f"Descriptions of {of}"),
        *agency(f"{path}.manufacturer", f"the manufacturer of {of}"),
        column(f"{path}.parent.id", INTEGER, f"Id of the parent of {of}"),
        column(f"{path}.parent.name", TEXT, f"Name of the parent of {of}"),
        column(f"{path}.maiden_flight", DAY, f"Days of the first flight of {of}"),
    ]


def configuration(path: str) -> list[Column]:
    """Return the columns of a configuration in both modes, families aside."""
    prefix = f"{path}." if path else ""
    of = "the configuration"
    return [
        column(f"{prefix}name", TEXT, f"Name of {of}", nullable=False),
        column(f"{prefix}type.id", INTEGER, f"Id of the type of {of}", nullable=False),
        column(f"{prefix}type.name", TEXT, f"Type of {of}, such as Capsule or Mass Simulator"),
        column(f"{prefix}in_use", FLAG, f"Whether {of} is still in use", nullable=False),
        *agency(f"{prefix}agency", f"the agency behind {of}", nullable=False),
        column(f"{prefix}url", TEXT, f"LL2's address of {of}"),
        *image(f"{prefix}image", of),
    ]


def derived(name: str, dtype: pl.DataType, meaning: str) -> Column:
    """Return a column that no field holds, calculated from others; a flag is never null."""
    return Column(name, "", dtype, meaning, nullable=dtype != FLAG)


DERIVED_FAMILY = (
    derived(
        "family",
        TEXT,
        "The most specific family: the one that is no other listed family's parent, among equals "
        "the lowest id; with none, the configuration's name",
    ),
    derived("family_root", TEXT, "The family at the top of that family's tree, else the same"),
    derived(
        "family_is_config",
        FLAG,
        "True where LL2 lists no family and the configuration's name stands in",
    ),
)
RETRIEVED_AT = Column(
    "retrieved_at", "", INSTANT, "When LL2 sent the page that this row comes from", nullable=False
)
