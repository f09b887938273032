#!/usr/bin/env bash
# Tool and version: statsmodels 0.15.0 and scipy 1.17.1.
# Behaviour: Wilson's interval for 0 of n begins at exactly 0 and for n of n ends at exactly 1. In
#   statsmodels rounding leaves some bounds a little inside, so the interval does not contain the
#   share it belongs to; scipy's never does up to n = 100.
# Output seen: 7 of 7: share 1.0, upper bound 0.9999999999999999; 0 of 7: lower bound 2.8e-17.
# Why it matters: a check of `low <= share <= high` fails for families without a failure, and a
#   chart draws the point outside its bar. These two bounds have to be set to 0 and 1.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet scipy==1.17.1 statsmodels==0.15.0

venv/bin/python - <<'PYTHON'
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

flights = range(1, 101)


def scipy_is_exact(n):
    none, all_of_them = (binomtest(k, n).proportion_ci(method="wilson") for k in (0, n))
    return none.low == 0 and all_of_them.high == 1


seen = {
    "0 of 7 begins above 0": proportion_confint(0, 7, method="wilson")[0] > 0,
    "7 of 7 ends below 1": proportion_confint(7, 7, method="wilson")[1] < 1,
    "scipy is exact": all(scipy_is_exact(n) for n in flights),
}
expected = {"0 of 7 begins above 0": True, "7 of 7 ends below 1": True, "scipy is exact": True}
print("seen:", seen)
for n in flights:
    high = proportion_confint(n, n, method="wilson")[1]
    if high < 1:
        print(f"seen: {n} of {n} ends at {high!r}")
        break
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
