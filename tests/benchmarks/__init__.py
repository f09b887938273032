"""How fast, beside what else one could write: `python -m tests.benchmarks`.

Every method runs in a fresh process, in turns with the others, on the same pages; before anything
is timed, all of them have to give the same values. Nothing here is part of the test suite.
"""
