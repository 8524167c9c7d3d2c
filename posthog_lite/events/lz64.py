"""The LZ-string compression of old browser SDKs, in its base64 form.

Bits come most significant first, numbers least significant bit first. Codes 0 and 1 announce a
character of 8 or 16 bits that is new to the dictionary, 2 is the end, others name its entries.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_BYTE, NEW_UNIT, END = 0, 1, 2
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class TooLong(ValueError):
    """The text would be longer than allowed."""


class _Bits:
    """Numbers of changing width out of a row of bytes."""

    def __init__(self, data: bytes) -> None:
        self._bytes = iter(data.translate(_MIRRORED))
        self._kept = 0
        self._count = 0

    def take(self, width: int) -> int:
        while self._count < width:
            byte = next(self._bytes, None)
            if byte is None:
                raise ValueError("ends too early")
            self._kept |= byte << self._count
            self._count += 8
        number = self._kept & ((1 << width) - 1)
        self._kept >>= width
        self._count -= width
        return number


def decompress(text: bytes, *, limit: int) -> str:
    """Return what was compressed, at most `limit` UTF-16 units. Raises ValueError or TooLong."""
    parts: list[str] = []
    length = 0
    for part in _entries(_Bits(_bytes_of(text))):
        length += len(part)
        if length > limit:
            raise TooLong(f"longer than {limit}")
        parts.append(part)
    units = "".join(parts).encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le")


def _bytes_of(text: bytes) -> bytes:
    """Base64 whose padding may be of any length, as the original writes it."""
    bare = text.rstrip(b"=")
    return binascii.a2b_base64(bare + b"A" * (-len(bare) % 4), strict_mode=True)


def _entries(bits: _Bits) -> Iterator[str]:
    first = bits.take(2)
    if first == END:
        return
    last = _character(bits, first)
    yield last
    entries = ["", "", "", last]
    room, width = 4, 3  # entries until codes grow by a bit
    while (code := bits.take(width)) != END:
        if code in (NEW_BYTE, NEW_UNIT):
            entries.append(_character(bits, code))
            code = len(entries) - 1
            room -= 1
            room, width = (1 << width, width + 1) if room == 0 else (room, width)
        if code > len(entries):
            raise ValueError("names an entry that is not there")
        entry = entries[code] if code < len(entries) else last + last[0]
        yield entry
        entries.append(last + entry[0])
        room -= 1
        room, width = (1 << width, width + 1) if room == 0 else (room, width)
        last = entry


def _character(bits: _Bits, kind: int) -> str:
    if kind not in (NEW_BYTE, NEW_UNIT):
        raise ValueError("begins with no character")
    return chr(bits.take(8 if kind == NEW_BYTE else 16))
