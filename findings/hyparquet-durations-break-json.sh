#!/usr/bin/env bash
# Tool and version: hyparquet 1.33.0, reading a Parquet file of Polars 2.1.0.
# Behaviour: a duration is a BigInt of microseconds, so `JSON.stringify` of the rows raises a
#   TypeError, and so does arithmetic with a number. An instant is a Date, as one would expect.
# Output seen: 36 hours are 129600000000n; "Do not know how to serialize a BigInt".
# Why it matters: a page that reads an exported table in the browser, the usual place for hyparquet,
#   fails at the first duration. Columns of seconds are plain numbers. (The file is written without
#   zstd, Polars' default, which needs the package hyparquet-compressors.)
# Needs: python3 with venv and pip; node 20 and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet polars==2.1.0
npm init --yes >/dev/null
npm install --silent hyparquet@1.33.0

venv/bin/python -c "
from datetime import datetime, timedelta, timezone
import polars as pl
pl.DataFrame({
    'launch': [datetime(1981, 4, 12, 12, 0, 3, tzinfo=timezone.utc)],
    'time_in_space': [timedelta(hours=36)],
}).write_parquet('flights.parquet', compression='snappy')"

cat >check.mjs <<'JAVASCRIPT'
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

const [row] = await parquetReadObjects({ file: await asyncBufferFromFile("flights.parquet") });
const attempt = (action) => {
  try {
    return action();
  } catch (error) {
    return error.name;
  }
};
const seen = {
  launch: row.launch.toISOString(),
  duration: `${typeof row.time_in_space} ${row.time_in_space}`,
  json: attempt(() => JSON.stringify(row)),
  hours: attempt(() => row.time_in_space / 3_600_000_000),
};
const expected = {
  launch: "1981-04-12T12:00:03.000Z",
  duration: "bigint 129600000000",
  json: "TypeError",
  hours: "TypeError",
};
console.log("seen:", JSON.stringify(seen));
if (JSON.stringify(seen) !== JSON.stringify(expected)) {
  console.log("changed; expected:", JSON.stringify(expected));
  process.exit(1);
}
JAVASCRIPT
node check.mjs
