#!/usr/bin/env bash
# Tool and version: Day.js 1.11.23 with its duration plugin, iso8601-duration 2.1.4, Luxon 3.7.2.
# Behaviour: Day.js writes -38 minutes as `-PT38M` and reads that text as +38 minutes, without an
#   error; iso8601-duration drops the sign, too. Luxon keeps it.
# Output seen: {"dayjs writes":"-PT38M","dayjs reads":38,"iso8601-duration":38,"luxon":-38}
# Why it matters: Launch Library 2 writes negative durations in this form where the stored times
#   are wrong. In a page that uses one of the two they turn into plausible positive ones.
# Needs: node 20 and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent dayjs@1.11.23 iso8601-duration@2.1.4 luxon@3.7.2

cat >check.mjs <<'JAVASCRIPT'
import dayjs from "dayjs";
import duration from "dayjs/plugin/duration.js";
import { parse, toSeconds } from "iso8601-duration";
import { Duration } from "luxon";

dayjs.extend(duration);
const text = dayjs.duration(-38, "minutes").toISOString();
const seen = {
  "dayjs writes": text,
  "dayjs reads": dayjs.duration(text).asMinutes(),
  "iso8601-duration": toSeconds(parse(text)) / 60,
  luxon: Duration.fromISO(text).as("minutes"),
};
const expected = {
  "dayjs writes": "-PT38M",
  "dayjs reads": 38,
  "iso8601-duration": 38,
  luxon: -38,
};
console.log("seen:", JSON.stringify(seen));
if (JSON.stringify(seen) !== JSON.stringify(expected)) {
  console.log("changed; expected:", JSON.stringify(expected));
  process.exit(1);
}
JAVASCRIPT
node check.mjs
