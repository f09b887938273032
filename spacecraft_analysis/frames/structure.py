"""Records that are not as declared: mended and told; an API that has changed: refused.

Pages are proven to be as declared in one go by `proof`. Only those that are not, and records that
are checked, are walked field by field.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import NamedTuple

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.declaration import CRAFT, VERSION, RecordKind, Table, fields_of
from spacecraft_analysis.frames.known import KNOWN
from spacecraft_analysis.frames.records import Record, Records, json_text
from spacecraft_analysis.frames.tables import SPACECRAFT, TABLES
from spacecraft_analysis.frames.walk import NOT_DECLARED, Came, Notice, Walk

_IN_ADDRESS = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
# So many further paths a message names.
_NAMED = 4


class Noticed(NamedTuple):
    """What is odd in records that all the same can be read."""

    of: RecordKind
    notices: list[Notice]
    unknown: dict[str, int | None]
    """For each path that no declaration knows, the id of the first record that has it."""


class Structure:
    """What some records are, beside what the tables made of them declare.

    Args:
        records: As LL2 sent them.
        of: What they are records of.
    """

    def __init__(self, records: Records, of: RecordKind) -> None:
        self._records = records
        self._pages = records.pages
        self._of = of
        self._walks: dict[int, Walk] = {}
        self._mended: dict[int, bytes] = {}

    def mended(self, nth: int) -> bytes:
        """A page with the declared fields alone: odd ones are null, and so a record without id."""
        if nth not in self._mended:
            self._mended[nth] = json_text({"results": self._walk(nth)}).encode()
        return self._mended[nth]

    def refuse_changed(self, table: Table) -> None:
        """Nothing, unless a field that the table reads is as declared in none of the records.

        Raises:
            SchemaError: The message names the path, what came, and the API's version.
        """
        if self._changed(table):
            # A page that was proven may have right what is right nowhere else.
            self._walk_others()
        if changed := self._changed(table):
            (path, came), *others = changed.items()
            named = ", ".join(path for path, _ in others[:_NAMED])
            more = f" (nor {named}{', …' if len(others) > _NAMED else ''})" if others else ""
            raise SchemaError(
                f"{came.example}, and {path or 'a record'} is as declared in none of "
                f"{len(came.odd)} records{more}. {self._version()} Look at them in "
                f"{self._of.listed}"
            )

    def count_odd(self) -> int:
        """How many fields of all records are not as declared; 0 while no page had to be mended."""
        if not self._mended:
            return 0
        from spacecraft_analysis.frames.proof import is_proven

        for nth in {*range(len(self._pages))} - {*self._walks}:
            if not all(is_proven(table, self._pages[nth]) for table in self._tables):
                self._walk(nth)
        return sum(notice.rule == NOT_DECLARED for notice in self._notices())

    def noticed(self) -> Noticed:
        """What is odd in any of the records."""
        from spacecraft_analysis.frames.sound import is_sound

        for nth, page in enumerate(self._pages):
            if nth not in self._walks and not is_sound(self._tables, KNOWN[self._of], page):
                self._walk(nth)
        unknown: dict[str, int | None] = {}
        for _, walk in sorted(self._walks.items()):
            unknown = walk.unknown | unknown
        return Noticed(self._of, self._notices(), unknown)

    @cached_property
    def _tables(self) -> list[Table]:
        """What is made of such records."""
        # Looking for flights takes a while, and proven pages need no walk.
        normal = self._of is CRAFT and not self._records.are_detailed
        return [SPACECRAFT] if normal else [table for table in TABLES if table.of is self._of]

    def _notices(self) -> list[Notice]:
        return [notice for _, walk in sorted(self._walks.items()) for notice in walk.notices]

    def _walk_others(self) -> None:
        for nth in range(len(self._pages)):
            if nth not in self._walks:
                self._walk(nth)

    def _walk(self, nth: int) -> list[Record | None]:
        walk = Walk(self._tables, KNOWN[self._of])
        page = f" of page {nth + 1}" if len(self._pages) > 1 else ""
        records = json.loads(self._pages[nth])["results"]
        kept = [walk.record(record, f"record {at + 1}{page}") for at, record in enumerate(records)]
        self._walks[nth] = walk
        return kept

    def _changed(self, table: Table) -> dict[str, Came]:
        """What came at the paths of the table where, as far as was walked, nothing is right."""
        paths = ("", *fields_of(table).paths())
        walks = [*self._walks.values()]
        came = {path: Came.together(walk.came[path] for walk in walks) for path in paths}
        return {path: one for path, one in came.items() if one.is_changed}

    def _version(self) -> str:
        """Which API the records are of, as they say themselves, and what to do about it."""
        told = {
            found[1]
            for page in self._pages
            for record in json.loads(page)["results"]
            if isinstance(record, dict) and (found := _IN_ADDRESS.search(str(record.get("url"))))
        }
        if told - {VERSION}:
            versions = " and ".join(sorted(told))
            return (
                f"Their url names LL2 {versions}, and tables are made of {VERSION}: set base_url "
                f"to one that ends in /{VERSION}/ and fetch anew."
            )
        return "LL2 has changed since: a newer version of this package may read it."


def structure_of(records: Records, of: RecordKind) -> Structure:
    """What the records are, beside what the tables made of this kind of record declare."""
    # Threads that ask at once get the same one.
    made: Structure = records.found_out.setdefault(of, Structure(records, of))
    return made
