"""The tests."""

import os

# A hundred processes, and each worker of the next run, would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Trio has a plugin for Hypothesis, which imports all of Trio; no test needs it.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"
