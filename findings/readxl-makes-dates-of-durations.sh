#!/usr/bin/env bash
# Tool and version: R 4.2.2 with readxl 1.4.2, reading a workbook of XlsxWriter 3.3.1.
# Behaviour: cells of the format `[h]:mm:ss` become instants around 1900. openpyxl 3.1.5 reads the
#   same cells as durations, and Excel and LibreOffice show hours.
# Output seen: 12,345 hours are 1901-05-28 09:00:00 in R and 514 days, 9:00:00 in Python.
# Why it matters: times in space as real Excel durations look right in every spreadsheet and wrong
#   in R, so a workbook has numbers of days, with the unit in the column's name.
# Needs: python3 with venv and pip; Rscript with readxl (Debian 12: r-base-core, r-cran-readxl).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet openpyxl==3.1.5 xlsxwriter==3.3.1

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import openpyxl
import xlsxwriter

with xlsxwriter.Workbook("flights.xlsx") as workbook:
    sheet = workbook.add_worksheet()
    sheet.write(0, 0, "time_in_space")
    sheet.write(1, 0, timedelta(hours=12_345), workbook.add_format({"num_format": "[h]:mm:ss"}))
seen = openpyxl.load_workbook("flights.xlsx").active["A2"].value
expected = timedelta(hours=12_345)
print("seen by openpyxl:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON

cat >check.R <<'R'
stopifnot(
  "needs R 4.2.2" = paste(R.version$major, R.version$minor, sep = ".") == "4.2.2",
  "needs readxl 1.4.2" = packageVersion("readxl") == "1.4.2"
)
seen <- format(readxl::read_excel("flights.xlsx")$time_in_space, "%Y-%m-%d %H:%M:%S")
expected <- "1901-05-28 09:00:00"
cat("seen by readxl:", seen, "\n")
if (!identical(seen, expected)) stop("changed; expected: ", expected)
R
Rscript check.R
