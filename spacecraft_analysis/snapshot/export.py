"""The tables of a snapshot for other tools: a Data Package, a DuckDB database or a workbook."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.errors import SnapshotError, redacted
from spacecraft_analysis.frames.formats import FORMATS, not_installed, with_durations, workbook
from spacecraft_analysis.frames.schema import DURATION, Column, Table
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.paths import local_path, write_atomic
from spacecraft_analysis.snapshot.snapshot import SAMPLE, Snapshot, missing_tables, require_snapshot

_PACKAGE = "datapackage.json"
_NAME = "spacecraft-analysis"
# How the names of temporary folders begin, also of those that a killed export has left.
_TEMPORARY = f".{_NAME}-"
_TITLE = "Flights of crew and cargo spacecraft, from Launch Library 2"
_LL2 = "https://ll.thespacedevs.com/"
# Most mission ends of the bundled sample; its README lists all sources.
_GCAT = {
    "title": "General Catalog of Artificial Space Objects, Jonathan C. McDowell (CC BY)",
    "path": "https://planet4589.org/space/gcat",
}
_PROFILES = "https://datapackage.org/profiles/2.0"
# The types of a Data Package's field.
_TYPES: dict[Any, str] = {
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Boolean: "boolean",
    pl.String: "string",
    pl.Date: "date",
    pl.Datetime: "datetime",
    pl.Duration: "duration",
    pl.List: "array",
}
_UNITS = {"seconds": "s", "days": "d"}
# Each table after those that it refers to.
_PARENTS_FIRST = ("configurations", "spacecraft", "flights", "dockings")


class Exported(NamedTuple):
    """What `export` wrote, and what it left out."""

    path: Path
    tables: tuple[str, ...]
    left_out: tuple[str, ...]
    """A sentence for each table, key or foreign key that the snapshot does not have."""


class _ExportTable(NamedTuple):
    """One table with the keys that its rows hold."""

    table: Table
    frame: pl.DataFrame
    key: str | None
    references: dict[str, Table]
    """The columns with another table's key, and that table."""


def export(
    snapshot: Snapshot,
    path: str | os.PathLike[str],
    *,
    format: str = "csv",
    durations: str | None = None,
) -> Exported:
    """Write the tables of a snapshot for other tools, with types, units, meanings and keys.

    A path without a suffix is a folder: it becomes a Data Package (version 2 of the standard), a
    CSV or Parquet file a table and a `datapackage.json` that describes them. `.duckdb` is a DuckDB
    database (extra `duckdb`) with instants as TIMESTAMP in UTC, lists, keys, and the meanings as
    comments. `.xlsx` is a workbook (extra `excel`) with a sheet a table and one for the meanings;
    durations are days there, and instants have "UTC" in their header.

    No type for durations is shared by all tools, so they are numbers of seconds, in columns whose
    names end in `_seconds`. `pl.duration(seconds="time_docked_seconds")` makes durations of them.
    Lists are JSON text in CSV and Excel. In CSV, text that a spreadsheet would take for a formula
    has an apostrophe in front.

    A folder must be new, empty or an earlier export: then the files that its `datapackage.json`
    names are replaced. Any target is complete or unchanged. The same snapshot gives the same
    bytes (not in DuckDB).

    Args:
        snapshot: Any snapshot. Tables that it lacks are left out, and so are keys and foreign keys
            that its rows do not hold, such as flights that are not in a selection.
        path: Where to: a folder, or a file that ends in `.duckdb` or `.xlsx`.
        format: `csv` or `parquet`, in a folder.
        durations: `seconds` (the default, but `days` in a workbook), `days`, `iso` (ISO 8601 text)
            or `native` (the format's own type).

    Returns:
        The path, the names of the written tables, and a sentence for each thing left out.

    Raises:
        TypeError: The first argument is not a snapshot.
        ValueError: The path has another suffix, or `format` or `durations` is unknown or does not
            fit it.
        SnapshotError: The folder has other files, something can't be written, a text is too long
            for Excel, or a library is not installed. The message says what to do.
        SchemaError: The records can't be read as tables.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> import spacecraft_analysis as sa
        >>> with TemporaryDirectory() as folder:
        ...     written = export(sa.load("sample"), f"{folder}/spacecraft")
        ...     flights = pl.read_csv(written.path / "flights.csv")
        >>> flights.filter(spacecraft_name="Space Shuttle Columbia")["duration_seconds"].sum()
        25982847
    """
    require_snapshot(snapshot)
    path = local_path(path)
    write = {".duckdb": _write_duckdb, ".xlsx": _write_workbook}.get(path.suffix)
    if format not in ("csv", "parquet"):
        raise ValueError(f"format={format!r}: expected csv or parquet")
    if write is None and path.suffix and not path.is_dir():
        raise ValueError(
            f"{redacted(path)}: an export is a folder, or a file that ends in .duckdb or .xlsx"
        )
    if write is not None and format != "csv":
        raise ValueError(f"{redacted(path)}: format={format!r} is for a folder")
    is_workbook = path.suffix == ".xlsx"
    if is_workbook and durations not in (None, "days"):
        raise ValueError(f"durations={durations!r}: a workbook has days; leave durations out")
    durations = durations or ("days" if is_workbook else "seconds")
    data, left_out = _tables_of(snapshot)
    try:
        if write is None:
            _write_package(snapshot, data, path, format, durations)
        else:
            write(snapshot, data, path, durations)
    except OSError as error:
        # The error itself would name a temporary file.
        reason = error.strerror or error
        raise SnapshotError(f"{path} can't be written: {reason}. Choose another path") from error
    return Exported(path, tuple(one.table.name for one in data), tuple(left_out))


def _tables_of(snapshot: Snapshot) -> tuple[list[_ExportTable], list[str]]:
    """Return the tables with the keys that hold, and a sentence for each thing left out."""
    missing = missing_tables(snapshot)
    left_out = [
        f"no {name}: the snapshot was fetched without {argument}"
        for name, argument in missing.items()
    ]
    frames = {table: getattr(snapshot, table.name) for table in TABLES if table.name not in missing}
    keys = {}
    for table, frame in frames.items():
        key = frame.columns[0]
        if frame[key].is_duplicated().any():
            left_out.append(f"no key of {table.name}: {key} is not unique")
        else:
            keys[key] = table
    data = []
    for table, frame in frames.items():
        references = {}
        for name in [name for name in frame.columns[1:] if name in keys]:
            count = frame.drop_nulls(name).join(frames[keys[name]], on=name, how="anti").height
            if count:
                rows = f"{count} row" + ("s refer" if count > 1 else " refers")
                thing = keys[name].name.removesuffix("s")
                left_out.append(
                    f"no foreign key {table.name}.{name}: {rows} to a {thing} that is not there"
                )
            else:
                references[name] = keys[name]
        key = frame.columns[0]
        data.append(_ExportTable(table, frame, key if key in keys else None, references))
    return data, left_out


def _unit(column: Column, durations: str) -> str | None:
    return _UNITS.get(durations) if column.dtype == DURATION else column.unit


def _write_package(
    snapshot: Snapshot, data: list[_ExportTable], folder: Path, format: str, durations: str
) -> None:
    replaced = _named_in(folder)
    made: dict[str, bytes] = {}
    resources = []
    for one in data:
        content = FORMATS[f".{format}"](one.frame, durations)
        made[f"{one.table.name}.{format}"] = content
        resources.append(_resource(one, content, format, durations))
    is_from_ll2 = snapshot.url.startswith(("https://", "http://"))
    sources = [{"title": "Launch Library 2", "path": snapshot.url if is_from_ll2 else _LL2}]
    if snapshot.url.startswith(SAMPLE):
        sources.append(_GCAT)
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": _NAME,
        "title": _TITLE,
        "created": _instant(snapshot.retrieved_at),
        "sources": sources if is_from_ll2 else [{"title": snapshot.url}, *sources],
        "snapshot": {
            "url": snapshot.url,
            "query": snapshot.query,
            "is_selection": snapshot.is_selection,
            "sha256": snapshot.sha256,
            "docking_events_sha256": snapshot.docking_events_sha256,
        },
        "resources": resources,
    }
    # Last, so that it never describes files that are not there yet.
    made[_PACKAGE] = json.dumps(package, ensure_ascii=False, indent=2).encode() + b"\n"
    taken = [name for name in made if name not in replaced and (folder / name).exists()]
    if taken:
        raise SnapshotError(
            f"{folder / taken[0]} is not of an earlier export, and would be overwritten; choose "
            "another folder"
        )
    _replace(folder, made, replaced)


def _resource(one: _ExportTable, content: bytes, format: str, durations: str) -> dict[str, Any]:
    written = with_durations(one.frame, durations)
    fields = []
    for column, (name, dtype) in zip(one.table.columns, written.schema.items(), strict=True):
        kind = "duration" if column.dtype == DURATION and dtype == pl.String else ""
        field = {
            "name": name,
            "type": kind or _TYPES[dtype.base_type()],
            "description": column.meaning,
            "unit": _unit(column, durations),
        }
        fields.append({name: value for name, value in field.items() if value})
    profile = f"{_PROFILES}/tableschema.json"
    schema: dict[str, Any] = {"$schema": profile, "fields": fields, "missingValues": [""]}
    if one.key:
        schema["primaryKey"] = [one.key]
    if one.references:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": other.name, "fields": [name]}}
            for name, other in one.references.items()
        ]
    return {
        "name": one.table.name,
        "title": one.table.grain,
        "type": "table",
        "path": f"{one.table.name}.{format}",
        "format": format,
        "mediatype": {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}[format],
        **({"encoding": "utf-8"} if format == "csv" else {}),
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _named_in(folder: Path) -> set[str]:
    """Return the names of an earlier export's files in the folder; a new or empty one has none."""
    if not folder.exists() or (folder.is_dir() and set(folder.iterdir()) <= _left_in(folder)):
        return set()
    with suppress(OSError, ValueError, KeyError, TypeError):
        package = json.loads((folder / _PACKAGE).read_bytes())
        if package["name"] == _NAME:
            possible = {f"{table.name}.{end}" for table in TABLES for end in ("csv", "parquet")}
            named = {resource["path"] for resource in package["resources"]} & possible
            return {name for name in {_PACKAGE, *named} if (folder / name).is_file()}
    raise SnapshotError(f"{folder} is not an earlier export, and not empty; choose another folder")


def _left_in(folder: Path) -> set[Path]:
    """Return the temporary folders of exports that were killed."""
    return {*folder.glob(f"{_TEMPORARY}*")}


def _replace(folder: Path, made: dict[str, bytes], replaced: set[str]) -> None:
    """Put all files into the folder, or leave it as it was."""
    is_new = not folder.exists()
    if is_new:
        folder.parent.mkdir(parents=True, exist_ok=True)
    for left in _left_in(folder):
        shutil.rmtree(left)
    # On the same disk as the target.
    beside = folder.parent if is_new else folder
    with TemporaryDirectory(dir=beside, prefix=_TEMPORARY) as temporary:
        new, old = Path(temporary, "new"), Path(temporary, "old")
        new.mkdir()
        for name, content in made.items():
            (new / name).write_bytes(content)
        if is_new:
            os.replace(new, folder)
            return
        old.mkdir()
        with ExitStack() as undo:
            for name in replaced:
                shutil.copy2(folder / name, old / name)
                undo.callback(os.replace, old / name, folder / name)
            for name in made:
                if name not in replaced:
                    undo.callback((folder / name).unlink, missing_ok=True)
                os.replace(new / name, folder / name)
            for name in replaced - made.keys():
                (folder / name).unlink()
            undo.pop_all()


def _write_duckdb(snapshot: Snapshot, data: list[_ExportTable], path: Path, durations: str) -> None:
    try:
        import duckdb
    except ImportError as error:
        raise not_installed("duckdb", "duckdb", error) from error
    try:
        with (
            TemporaryDirectory(dir=path.parent, prefix=_TEMPORARY) as temporary,
            duckdb.connect() as connection,
        ):
            if path.exists():
                _refuse_other_tables(connection, path)
            made = Path(temporary, "made.duckdb")
            # Without a version the file would open in no DuckDB before 2.0.
            connection.execute(f"ATTACH {_quoted(made)} AS made (STORAGE_VERSION 'v1.2.0')")
            connection.execute("USE made")
            for one in sorted(data, key=lambda one: _PARENTS_FIRST.index(one.table.name)):
                _fill(connection, one, Path(temporary, f"{one.table.name}.parquet"), durations)
                source = f"{one.table.grain}; {snapshot.url}, sha256 {snapshot.sha256}"
                table = one.table.name
                connection.execute(f"COMMENT ON TABLE {table} IS {_quoted(source)}")
            connection.execute("USE memory")
            connection.execute("DETACH made")
            os.replace(made, os.path.realpath(path))
    except duckdb.Error as error:
        raise SnapshotError(f"{path} can't be written: {error}. Choose another path") from error


def _fill(connection: Any, one: _ExportTable, parquet: Path, durations: str) -> None:
    """Create a table with its keys and comments, from a Parquet file of its rows."""
    # DuckDB takes a frame only with pyarrow; instants without a zone are UTC in any session.
    frame = with_durations(one.frame, durations)
    frame.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None)).write_parquet(parquet)
    columns = [
        f'to_microseconds("{name}") AS "{name}"' if dtype == pl.Duration else f'"{name}"'
        for name, dtype in frame.schema.items()
    ]
    rows = f"SELECT {', '.join(columns)} FROM read_parquet({_quoted(parquet)})"  # noqa: S608
    described = connection.execute(f"DESCRIBE {rows}").fetchall()
    lines = [f'"{name}" {kind}' for name, kind, *_ in described]
    if one.key:
        lines.append(f'PRIMARY KEY ("{one.key}")')
    for name, other in one.references.items():
        lines.append(f'FOREIGN KEY ("{name}") REFERENCES {other.name} ("{name}")')
    connection.execute(f"CREATE TABLE {one.table.name} ({', '.join(lines)})")
    connection.execute(f"INSERT INTO {one.table.name} {rows}")
    for column, name in zip(one.table.columns, frame.columns, strict=True):
        unit = _unit(column, durations)
        meaning = f"{column.meaning} ({unit})" if unit else column.meaning
        connection.execute(f'COMMENT ON COLUMN {one.table.name}."{name}" IS {_quoted(meaning)}')


def _refuse_other_tables(connection: Any, path: Path) -> None:
    """Raise SnapshotError if the database has another table or view than those of an export."""
    connection.execute(f"ATTACH {_quoted(path)} AS old (READ_ONLY)")
    described = connection.execute(
        "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'old' UNION ALL "
        "SELECT view_name, comment FROM duckdb_views() WHERE database_name = 'old' AND NOT internal"
    ).fetchall()
    connection.execute("DETACH old")
    ours = {(table.name, table.grain) for table in TABLES}
    if not {(name, str(comment).partition(";")[0]) for name, comment in described} <= ours:
        raise SnapshotError(f"{path} is not an earlier export; choose another path")


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _write_workbook(
    snapshot: Snapshot, data: list[_ExportTable], path: Path, durations: str
) -> None:
    sheets = {one.table.name: with_durations(one.frame, durations) for one in data}
    meanings = [
        (one.table.name, name, _unit(column, durations), column.meaning)
        for one in data
        for column, name in zip(one.table.columns, sheets[one.table.name].columns, strict=True)
    ]
    names = ("table", "column", "unit", "meaning")
    retrieved = f"{snapshot.url}, {_instant(snapshot.retrieved_at)}, sha256 {snapshot.sha256}"
    sheets["meanings"] = pl.DataFrame(meanings, names, orient="row")
    write_atomic(path, workbook(sheets, title=_TITLE, comments=retrieved))
