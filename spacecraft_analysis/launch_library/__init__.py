"""Launch Library 2 as a source: asked kindly, kept on disk, proven complete.

In comes a question (`query`), out goes a `Snapshot`. The only room that knows the network and the
clock.

`client` where LL2 is and what one may ask · `endpoints` its lists · `question` a query as addresses
· `fetch` one call · `pull` a walk over pages, asked and kept · `walk` its proof · `pace` how large
a page may be · `page` what a page is · `cache` the kept ones · `folder` where they are · `kept`
telling and removing them · `server` LL2's answers · `transport` the wire · `plan` the cost ·
`progress` how far it is · `doctor` what helps a maintainer · `load` a snapshot from wherever it is
"""

from spacecraft_analysis.launch_library.client import LaunchLibrary
from spacecraft_analysis.launch_library.load import load
from spacecraft_analysis.launch_library.plan import Plan

__all__ = ["LaunchLibrary", "Plan", "load"]
