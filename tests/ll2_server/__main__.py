"""Serves the bundled sample in the foreground, for trying the command line by hand."""

import argparse
import signal

from tests.ll2_server import Server, sample_docking_events, sample_records

parser = argparse.ArgumentParser(prog="python -m tests.ll2_server", description=__doc__)
parser.add_argument("--quota", type=int, help="calls an hour; default: any number")
quota = parser.parse_args().quota
# Until Ctrl-C, which no thread of the server should take.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
with Server(sample_records(), sample_docking_events()) as server:
    server.quota = quota
    print(server.base_url, flush=True)
    signal.sigwait({signal.SIGINT})
