"""Keeps drawn cards, so that a page which is opened again and again is not drawn anew each time.

A card is found by a digest of everything that goes into it: another result, name, color or look is
another card, so that nothing here can be out of date. Each process has its own, and needs none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b

MOST_BYTES = 8_000_000  # of a process
OF_AN_ENTRY = 200  # bytes, about: of the digest and the entry itself


class DrawnCards:
    """Cards by their digests; those that were used longest ago make room for others."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = self._free_bytes = most_bytes
        self._cards: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> bytes | None:
        """Return a card that was kept."""
        with self._lock:
            if digest in self._cards:
                self._cards.move_to_end(digest)
            return self._cards.get(digest)

    def keep(self, digest: bytes, card: bytes) -> None:
        """Keep a card, unless it would push out all others."""
        size = len(card) + OF_AN_ENTRY
        with self._lock:
            if digest in self._cards or size > self._most_bytes:
                return
            self._cards[digest] = card
            self._free_bytes -= size
            while self._free_bytes < 0:
                _, oldest = self._cards.popitem(last=False)
                self._free_bytes += len(oldest) + OF_AN_ENTRY


drawn_cards = DrawnCards()


def digest_of(*parts: bytes) -> bytes:
    """Return a digest that differs where any of the parts does."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
