"""Launch Library 2 as a source: asked kindly, kept on disk, proven complete.

In comes a question (`query`), out goes a `Snapshot`. The only room that knows the network and the
clock.

`client` where LL2 is and what one may ask · `endpoints` its lists, and a query as addresses ·
`fetch` one call · `pagination` a walk over pages, asked and kept · `completeness` its proof ·
`page` what a page is · `cache` the kept ones · `api` LL2's answers · `http` the wire · `plan` the
cost · `progress` how far it is · `doctor` what helps a maintainer
"""

from spacecraft_analysis.launch_library.client import LaunchLibrary, load
from spacecraft_analysis.launch_library.plan import Plan

__all__ = ["LaunchLibrary", "Plan", "load"]
