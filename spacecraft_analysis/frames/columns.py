"""How a column is declared, and the groups of columns that several tables have.

A column's name is its LL2 path joined by `_`, with three shortenings: `spacecraft_config` becomes
`config`, `spacecraft_config.family[]` becomes `family`, and a word that the path has said already
is not said again (`image.image_url` is `image_url`). A list stays a list under a plural name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from spacecraft_analysis.frames.declaration import (
    DAY,
    FLAG,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
)


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
