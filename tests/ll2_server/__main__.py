"""Serves the bundled sample in the foreground, for trying the command line by hand."""

import argparse
from contextlib import suppress
from threading import Event

from tests.ll2_server import Server, sample_docking_events, sample_records

parser = argparse.ArgumentParser(prog="python -m tests.ll2_server", description=__doc__)
parser.add_argument("--quota", type=int, help="calls an hour; default: any number")
quota = parser.parse_args().quota
with Server(sample_records(), docking_events=sample_docking_events(), quota=quota) as server:
    print(server.base_url, flush=True)
    with suppress(KeyboardInterrupt):
        Event().wait()
