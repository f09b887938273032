"""Launch Library 2 as a source: asked kindly, kept on disk, proven complete.

In comes a question (`query`), out goes a `Snapshot`. The only room that knows the network and the
clock.

`client` where LL2 is and what one may ask · `question` a query as addresses · `pull` the walk over
its pages and the proof · `pages` single pages, asked and kept · `cache` their folder · `transport`
the wire · `plan` the cost · `progress` how far it is · `load` a snapshot from wherever it is
"""

from spacecraft_analysis.launch_library.client import LaunchLibrary
from spacecraft_analysis.launch_library.load import load
from spacecraft_analysis.launch_library.plan import Plan

__all__ = ["LaunchLibrary", "Plan", "load"]
