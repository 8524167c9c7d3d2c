"""Compresses as old browser SDKs do; only tests need that direction."""

from __future__ import annotations

import base64


def compress_to_base64(text: str) -> str:
    units = text.encode("utf-16-le")
    bits = "".join(
        _codes(
            [chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2)]
        )
    )
    bits += "0" * (-len(bits) % 8)
    return base64.b64encode(
        bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    ).decode()


def _codes(characters: list[str]) -> list[str]:
    writer = _Writer()
    word = ""
    for character in characters:
        if character not in writer.codes:
            writer.add(character)
            writer.new.add(character)
        if word + character in writer.codes:
            word += character
            continue
        writer.write(word)
        writer.add(word + character)
        word = character
    if word:
        writer.write(word)
    writer.number(2, writer.width)
    return writer.bits


class _Writer:
    def __init__(self) -> None:
        self.bits: list[str] = []
        self.codes: dict[str, int] = {}
        self.new: set[str] = set()
        self.width, self.room = 2, 2

    def add(self, word: str) -> None:
        self.codes[word] = len(self.codes) + 3

    def number(self, value: int, width: int) -> None:
        self.bits.append(f"{value:0{width}b}"[::-1])

    def write(self, word: str) -> None:
        if not word:
            return
        if word in self.new:
            self.new.remove(word)
            is_wide = ord(word) > 255
            self.number(int(is_wide), self.width)
            self.number(ord(word), 16 if is_wide else 8)
            self._take_room()
        else:
            self.number(self.codes[word], self.width)
        self._take_room()

    def _take_room(self) -> None:
        self.room -= 1
        if self.room == 0:
            self.room = 1 << self.width
            self.width += 1
