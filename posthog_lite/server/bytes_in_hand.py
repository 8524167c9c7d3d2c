"""A bound on the bytes of request bodies that a process holds at once."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class BytesInHand:
    """A budget of bytes that requests share; one alone may always have what it needs."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def holding(self, count: int, *, timeout: float) -> Iterator[bool]:
        """Hold `count` bytes for the length of the block; give False where there was no room."""
        with self._changed:
            has_room = self._changed.wait_for(lambda: self._has_room(count), timeout)
            self._taken += count if has_room else 0
        try:
            yield has_room
        finally:
            if has_room:
                with self._changed:
                    self._taken -= count
                    self._changed.notify_all()

    def _has_room(self, count: int) -> bool:
        return count == 0 or self._taken == 0 or self._taken + count <= self._most
