"""Spacecraft records as JSON text, from LL2 or made by hand; decoded where someone asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Record = dict[str, Any]
# A text, which may hold anything, or what Python writes for a number that JSON has not.
_TEXT_OR_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity|NaN')
_LARGE = {"Infinity": "1e999"}


def json_text(value: Any, **how: Any) -> str:
    """The value as JSON; what is beyond every float, so that Python has it infinite, is 1e999.

    Raises:
        TypeError: It holds something that JSON has not.
    """
    try:
        return json.dumps(value, allow_nan=False, **how)
    except ValueError:
        text = json.dumps(value, **how)
    try:
        return _TEXT_OR_NUMBER.sub(lambda it: it[0] if it[0][0] == '"' else _LARGE[it[0]], text)
    except KeyError as error:
        raise TypeError(f"{error.args[0]} is no number that JSON has") from None


def _encoded(value: Any) -> bytes:
    """The value as compact JSON in UTF-8."""
    compact = {"separators": (",", ":")}
    try:
        return json_text(value, ensure_ascii=False, **compact).encode()
    except UnicodeEncodeError:
        # Half a character is JSON as an escape alone.
        return json_text(value, **compact).encode()


@dataclass(frozen=True)
class Records:
    """The records of a snapshot, as pages: JSON objects that list them under `results`.

    Frames are made straight of the text. A Python object for each record is made at the first
    look at `decoded`.
    """

    pages: tuple[bytes, ...]
    count: int

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Records that are there as Python objects; their text is made of them.

        Raises:
            TypeError: They hold something that JSON has not.
        """
        decoded = list(records)
        made = cls((_encoded({"results": decoded}),), len(decoded))
        made.__dict__["decoded"] = decoded
        return made

    @cached_property
    def decoded(self) -> list[Record]:
        """The records as Python objects, as LL2 sent them."""
        return [record for page in self.pages for record in json.loads(page)["results"]]

    @cached_property
    def texts(self) -> list[bytes]:
        """The JSON text of each record, as LL2 sent it, on one line."""
        from spacecraft_analysis.frames.decode import texts_on

        try:
            texts = [text for page in self.pages for text in texts_on(page)]
        except ValueError:
            # Half a character, which Python takes for one.
            texts = [_encoded(record) for record in self.decoded]
        # In JSON an end of a line is a blank like any other.
        return [text.replace(b"\r", b" ").replace(b"\n", b" ") for text in texts]

    def take(self, positions: Sequence[int]) -> Records:
        """The records at some positions, in the order of these."""
        texts = [self.texts[at] for at in positions]
        return Records((b'{"results":[' + b",".join(texts) + b"]}",), len(texts))

    @cached_property
    def are_detailed(self) -> bool:
        """Whether the records carry flights; `response_mode` is no guide, it can lie."""
        from spacecraft_analysis.frames.decode import has_flights

        try:
            return not self.count or any(has_flights(page) for page in self.pages)
        except ValueError:
            # Not all of them are objects: the table that is asked for will say so.
            return any(isinstance(one, dict) and "flights" in one for one in self.decoded)

    @cached_property
    def found_out(self) -> dict[Any, Any]:
        """What was found out about them, for who asks again; nobody does while all are proven.

        By kind of record: what `structure_of` gives. And of all that were proven: which
        configurations they tell of.
        """
        return {}
