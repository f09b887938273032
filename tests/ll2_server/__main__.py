"""Serves the bundled sample in the foreground, for trying the command line by hand."""

import argparse
from contextlib import suppress
from threading import Event

from tests.ll2_server import Server, sample_docking_events, sample_records

parser = argparse.ArgumentParser(prog="python -m tests.ll2_server", description=__doc__)
parser.add_argument("--quota", type=int, help="calls an hour; default: any number")
server = Server(sample_records(), sample_docking_events())
server.quota = parser.parse_args().quota
with server:
    print(server.base_url, flush=True)
    with suppress(KeyboardInterrupt):
        Event().wait()
