"""Launch Library 2 as a source of snapshots: pages requested, cached and checked to be complete.

`sources` `load` · `client` LL2 with its settings · `fetch` one call: its plan and its snapshot ·
`endpoints` the addresses of pages · `pagination` one listing, all its pages · `completeness` which
pages are missing, and whether they agree · `page` one page, checked · `api` LL2's responses and
errors · `http` one request · `cache` pages on disk · `progress` in a terminal or notebook ·
`doctor` diagnostics for a bug report
"""

import logging

# Silent unless an application configures logging.
logging.getLogger("spacecraft_analysis").addHandler(logging.NullHandler())
