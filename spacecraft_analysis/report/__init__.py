"""Notebooks into offline pages.

In come notebooks, out goes a folder of pages that need no network, with an index.

`notebook` a notebook's file · `parameters`, `source` what it is set to · `run` runs it, `kernel` in
a process of its own, `failure` what ended it early · `display` how frames, charts and snapshots
show themselves there · `draw` charts as pictures · `export` the page · `gallery` all of them and
the index · `template` what a page is made of · `quick_imports` what makes all that start quickly
"""
