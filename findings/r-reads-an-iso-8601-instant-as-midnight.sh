#!/usr/bin/env bash
# Tool and version: R 4.2.2.
# Behaviour: `as.POSIXct` drops the time of an instant in ISO 8601, without a warning, because its
#   default formats have a blank where ISO 8601 has a `T`. With a blank, the time is read.
# Output seen: "2020-11-16T00:27:17Z" gives 2020-11-16 00:00:00, "2020-11-16 00:27:17Z" 00:27:17.
# Why it matters: read.csv leaves the instants of an exported CSV as text, and this is the usual
#   next step; each launch then is at midnight, and turnarounds are up to a day off. readr and
#   data.table read the column right.
# Needs: Rscript (Debian 12: r-base-core).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >check.R <<'R'
stopifnot("needs R 4.2.2" = paste(R.version$major, R.version$minor, sep = ".") == "4.2.2")
options(warn = 2)
read <- function(text) format(as.POSIXct(text, tz = "UTC"), "%Y-%m-%d %H:%M:%S")
seen <- c(read("2020-11-16T00:27:17Z"), read("2020-11-16 00:27:17Z"))
expected <- c("2020-11-16 00:00:00", "2020-11-16 00:27:17")
cat("seen:", seen, sep = "\n  ")
if (!identical(seen, expected)) stop("changed; expected: ", paste(expected, collapse = ", "))
R
Rscript check.R
