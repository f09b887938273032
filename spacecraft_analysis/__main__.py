"""Run the command line with `python -m spacecraft_analysis`."""

import sys

from spacecraft_analysis.cli import main

if __name__ == "__main__":
    sys.exit(main())
