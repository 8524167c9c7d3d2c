"""Keeps drawn cards, so that a page which is opened again and again is not drawn anew each time.

A card is found by a digest of everything that goes into it: another result, name, color or look is
another card, so that nothing here can be out of date. Each process has its own, and needs none.
"""

from __future__ import annotations

from hashlib import blake2b

from sharing.recent import Recent

MOST_BYTES = 8_000_000  # of a process

drawn_cards: Recent[bytes, bytes] = Recent(MOST_BYTES)


def digest_of(*parts: bytes) -> bytes:
    """Return a digest that differs where any of the parts does."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
