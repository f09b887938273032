"""Notebooks into offline pages.

In come notebooks, out goes a folder of pages that need no network, with an index.

`run` runs a notebook in a kernel · `display` how frames, charts and snapshots show themselves in
it · `draw` charts as pictures · `export` the page · `gallery` all of them and the index ·
`template` what a page is made of
"""
