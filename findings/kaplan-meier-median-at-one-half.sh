#!/usr/bin/env bash
# Tool and version: lifelines 0.30.3 and statsmodels 0.15.0.
# Behaviour: where the Kaplan-Meier curve stands at exactly one half, lifelines' median is the time
#   at which it got there and statsmodels' is the next event.
# Output seen: events at 1, 2, 3 and 4 days: lifelines 2.0, statsmodels 3.0.
# Why it matters: the median turnaround of a family with an even number of flights is one of two
#   days that may lie months apart. The package takes the first, the usual definition: the smallest
#   time at which the curve is at most one half.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet lifelines==0.30.3 statsmodels==0.15.0

venv/bin/python -W ignore - <<'PYTHON'
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import SurvfuncRight

days = [1, 2, 3, 4]
happened = [1, 1, 1, 1]
seen = {
    "lifelines": float(KaplanMeierFitter().fit(days, happened).median_survival_time_),
    "statsmodels": float(SurvfuncRight(days, happened).quantile(0.5)),
}
expected = {"lifelines": 2.0, "statsmodels": 3.0}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
