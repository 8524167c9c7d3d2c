"""Keeps what was used lately, within a number of bytes. Nothing may depend on its being kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

OF_AN_ENTRY = 200  # bytes, about: of the key and the entry itself


class Recent(Generic[K, V]):
    """Values by their keys; those that were used longest ago make room for others."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value that was kept."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: K, value: V, *, size: int) -> None:
        """Keep a value of so many bytes, unless it would push out all others."""
        size += OF_AN_ENTRY
        with self._lock:
            self._forget(key)
            if size > self._most_bytes:
                return
            self._values[key] = (value, size)
            self._bytes += size
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._values)))

    def _forget(self, key: K) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self._bytes -= found[1]
