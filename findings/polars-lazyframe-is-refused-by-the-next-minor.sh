#!/usr/bin/env bash
# Tool and version: Polars 2.0.0 and 2.1.0.
# Behaviour: a LazyFrame serialised in the binary format, which is the default, can't be read by
#   the next minor release, nor the other way round. The deprecated JSON format of the same query
#   passes, and so does the binary format of a DataFrame.
# Output seen: reading 2.0.0's files, 2.1.0 raises ComputeError for the binary LazyFrame, and gives
#   the rows of the other two.
# Why it matters: a saved query looks like a convenient way to keep a selection of flights. It lasts
#   until the next upgrade, so a selection is kept as a snapshot and the query as code.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 2.0.0 2.1.0; do
    python3 -m venv "venv-$version"
    "venv-$version/bin/pip" install --quiet "polars==$version"
done

venv-2.0.0/bin/python -W ignore -c "
import polars as pl
frame = pl.DataFrame({'flights': [1, 2]})
query = frame.lazy().filter(pl.col('flights') > 1)
query.serialize('lazy.bin')
query.serialize('lazy.json', format='json')
frame.serialize('frame.bin')"

venv-2.1.0/bin/python -W ignore - <<'PYTHON'
import polars as pl

readers = {
    "lazy binary": lambda: pl.LazyFrame.deserialize("lazy.bin").collect(),
    "lazy JSON": lambda: pl.LazyFrame.deserialize("lazy.json", format="json").collect(),
    "frame": lambda: pl.DataFrame.deserialize("frame.bin"),
}
seen = {}
for name, read in readers.items():
    try:
        seen[name] = read().rows()
    except pl.exceptions.ComputeError as error:
        seen[name] = str(error).splitlines()[0]
expected = {"lazy binary": "deserialization failed", "lazy JSON": [(2,)], "frame": [(1,), (2,)]}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
