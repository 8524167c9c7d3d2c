"""A bound on the bytes of request bodies that a process holds at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Grow = Callable[[int, float], bool]


class ByteBudget:
    """A budget of bytes that requests share; one alone may always have what it needs."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def growing(self) -> Iterator[Grow]:
        """Give a function that takes so many bytes more, within so many seconds, or is False.

        All that it took is given back at the end of the block.
        """
        held = 0

        def grow(count: int, timeout: float) -> bool:
            nonlocal held
            with self._changed:
                if not self._changed.wait_for(lambda: self._has_room(count, held), timeout):
                    return False
                self._taken += count
                held += count
            return True

        try:
            yield grow
        finally:
            with self._changed:
                self._taken -= held
                self._changed.notify_all()

    @contextmanager
    def holding(self, count: int, *, timeout: float) -> Iterator[bool]:
        """Hold `count` bytes for the length of the block; give False where there was no room."""
        with self.growing() as grow:
            yield grow(count, timeout)

    def _has_room(self, count: int, held: int) -> bool:
        return count == 0 or self._taken == held or self._taken + count <= self._most
