"""Keeps drawn cards, so that a page which is opened again and again is not drawn anew each time.

A card is found by a digest of everything that goes into it: another result, name, color or look is
another card, so that nothing here can be out of date. Each process has its own, and needs none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b

MOST_BYTES = 8_000_000  # of a process; those that were shown longest ago make room
OF_AN_ENTRY = 200  # bytes, about: of the digest and the entry itself


class DrawnCards:
    """Cards by their digests, in order of when they were last shown."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._cards: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> bytes | None:
        """Return a card that was kept."""
        with self._lock:
            card = self._cards.get(digest)
            if card is not None:
                self._cards.move_to_end(digest)
            return card

    def keep(self, digest: bytes, card: bytes) -> None:
        """Keep a card, unless it would push out all others."""
        if _size(card) > self._most_bytes:
            return
        with self._lock:
            self._forget(digest)
            self._cards[digest] = card
            self._bytes += _size(card)
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._cards)))

    def _forget(self, digest: bytes) -> None:
        card = self._cards.pop(digest, None)
        if card is not None:
            self._bytes -= _size(card)


def digest_of(*parts: bytes) -> bytes:
    """Return a digest that differs where any of the parts does."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _size(card: bytes) -> int:
    return len(card) + OF_AN_ENTRY


drawn_cards = DrawnCards()
