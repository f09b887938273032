"""Records as JSON text, as received from LL2 or made by hand; decoded on request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames.decode import has_flights, texts_on

Record = dict[str, Any]
_NOT_STRICT = (
    "the records hold text or a number that strict JSON does not allow, such as half of a "
    "surrogate pair, NaN, or a number beyond the range of a float, which is not supported"
)


def json_text(value: Any, **options: Any) -> str:
    """Return the value as JSON, letters as they are.

    Raises:
        TypeError: It holds an object that JSON has no type for.
        SnapshotError: It holds text or a number that strict JSON does not allow.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, **options)
        text.encode()
    except ValueError as error:
        raise SnapshotError(f"{_NOT_STRICT}: {error}") from error
    return text


def from_json(text: bytes) -> Any:
    """Return what JSON text holds.

    Raises:
        SnapshotError: It is not strict JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"{_NOT_STRICT}: {error}") from error


@dataclass(frozen=True)
class Records:
    """The records of a snapshot, as pages: JSON objects that list them under `results`.

    Frames are made from the text. Python objects are made on the first use of `decoded`.
    """

    pages: tuple[bytes, ...]
    count: int

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Return records that are Python objects; their text is made from them.

        Raises:
            TypeError: They hold an object that JSON has no type for.
            SnapshotError: They hold text or a number that strict JSON does not allow.
        """
        decoded = list(records)
        text = json_text({"results": decoded}, separators=(",", ":"))
        made = cls((text.encode(),), len(decoded))
        made.__dict__["decoded"] = decoded
        return made

    @cached_property
    def decoded(self) -> list[Record]:
        """The records as Python objects, as received."""
        return [record for page in self.pages for record in from_json(page)["results"]]

    @cached_property
    def texts(self) -> list[bytes]:
        """The JSON text of each record, as received, on one line."""
        texts = [text for page in self.pages for text in texts_on(page)]
        # In JSON an end of a line is a blank like any other.
        return [text.replace(b"\r", b" ").replace(b"\n", b" ") for text in texts]

    def take(self, positions: Sequence[int]) -> Records:
        """Return the records at some positions, in the order of these."""
        texts = [self.texts[at] for at in positions]
        return Records((b'{"results":[' + b",".join(texts) + b"]}",), len(texts))

    @cached_property
    def are_detailed(self) -> bool:
        """Whether the records carry flights; `response_mode` is no guide, it can be wrong."""
        try:
            return not self.count or any(has_flights(page) for page in self.pages)
        except ValueError:
            # Not all of them are objects, which the requested table will report.
            return any(isinstance(one, dict) and "flights" in one for one in self.decoded)
