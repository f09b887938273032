"""Runs the stand-in in the foreground, for trying the command line by hand."""

import argparse
from contextlib import suppress
from threading import Event

from tests.ll2_server import Server, catalogue, sample_docking_events, sample_records, with_dockings


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.ll2_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--quota", type=int, help="calls an hour; default: any number")
    parser.add_argument("--records", type=int, help="how many; default: the bundled sample")
    parser.add_argument("--slow", type=float, default=0.0, help="seconds for each flight")
    arguments = parser.parse_args()
    count = arguments.records
    records, events = sample_records(), sample_docking_events()
    if count is not None:
        records, events = with_dockings(catalogue(count))
    with Server(
        records,
        docking_events=events,
        quota=arguments.quota,
        seconds_per_flight=arguments.slow,
        port=arguments.port,
    ) as server:
        print(server.base_url, flush=True)
        with suppress(KeyboardInterrupt):
            Event().wait()


if __name__ == "__main__":
    main()
