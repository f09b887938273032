"""Build offline HTML pages, and an index of them, from notebooks."""
