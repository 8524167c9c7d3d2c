"""Shortens names for places where there is little room."""

from __future__ import annotations

LONGEST_NAME = 27


def short_name(name: str, *, is_full: bool = False) -> str:
    """Return a name of LONGEST_NAME characters at most: an address by its path unless `is_full`.

    What is longer is cut in the middle, as the ends of addresses tell most.
    """
    if not is_full and "://" in name:
        path = "/" + "/".join(name.split("/")[3:])
        name = path if path != "/" else name
    return name if len(name) <= LONGEST_NAME else f"{name[:11]}…{name[-15:]}"
