"""Every spacecraft that flew, from Launch Library 2, as typed Polars frames."""
