#!/usr/bin/env bash
# Tool and version: statsmodels 0.15.0 and scipy 1.17.1.
# Behaviour: `proportion_confint(4, 4)` uses the normal approximation by default, whose interval
#   has no width where all (or none) succeeded. scipy's `binomtest` uses the exact one by default.
# Output seen: statsmodels (1.0, 1.0), its wilson (0.5101, 1.0), scipy (0.3976, 1.0).
# Why it matters: most families of spacecraft have few flights and no failure. The default claims
#   certainty of success from four flights; measures of outcomes therefore use Wilson's interval.
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

intervals = {
    "statsmodels": proportion_confint(4, 4),
    "statsmodels, wilson": proportion_confint(4, 4, method="wilson"),
    "scipy": binomtest(4, 4).proportion_ci(),
}
seen = {name: tuple(round(float(end), 4) for end in ends) for name, ends in intervals.items()}
expected = {
    "statsmodels": (1.0, 1.0),
    "statsmodels, wilson": (0.5101, 1.0),
    "scipy": (0.3976, 1.0),
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
