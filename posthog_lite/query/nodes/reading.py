"""Read JSON objects key by key, refusing wrong types by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from posthog_lite.query.errors import ParseError

Choice = TypeVar("Choice", bound=StrEnum)
Item = TypeVar("Item")

MAX_TEXT = 10_000
MAX_ITEMS = 1_000
MAX_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class Reader:
    """A JSON object of a query and the path that leads to it. A null counts as a missing key."""

    values: Mapping[str, Any]
    path: str = "query"

    def refuse(self, key: str, problem: str) -> ParseError:
        """The error that names a key of this object."""
        return ParseError(f"{self.path}.{key}: {problem}", attr=f"{self.path}.{key}")

    def get(self, key: str) -> Any:
        """The raw value."""
        return self.values.get(key)

    def text(self, key: str) -> str | None:
        """A string."""
        value = self.get(key)
        if value is not None and not isinstance(value, str):
            raise self.refuse(key, "a string is expected.")
        if value is not None and len(value) > MAX_TEXT:
            raise self.refuse(key, f"at most {MAX_TEXT} characters are allowed.")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is missing."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(key, "true or false is expected.")
        return bool(value)

    def integer(
        self, key: str, *, minimum: int = 0, maximum: int = MAX_INTEGER, also_text: bool = False
    ) -> int | None:
        """A whole number within bounds, also as `3.0`, and as text where `also_text` is set."""
        value = self.get(key)
        if value is None:
            return None
        if also_text and isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:12])
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse(key, "a whole number is expected.")
        if not minimum <= value <= maximum:
            raise self.refuse(key, f"a number from {minimum} to {maximum} is expected.")
        return int(value)

    def choice(self, key: str, choices: type[Choice], default: Choice) -> Choice:
        """A member of an enumeration."""
        value = self.get(key)
        if value is None:
            return default
        try:
            return choices(value)
        except ValueError:
            known = ", ".join(choices)
            raise self.refuse(key, f"one of {known} is expected.") from None

    def child(self, key: str) -> Reader:
        """The object below a key, empty where it is missing."""
        value = self.get(key)
        if value is not None and not isinstance(value, dict):
            raise self.refuse(key, "an object is expected.")
        return Reader(value or {}, f"{self.path}.{key}")

    def required_child(self, key: str) -> Reader:
        """The object below a key."""
        if not self.has(key):
            raise self.refuse(key, "this field is required.")
        return self.child(key)

    def has(self, key: str) -> bool:
        """True when the key is there and not null."""
        return self.get(key) is not None

    def items(
        self, key: str, read: Callable[[Reader], Item], *, most: int = MAX_ITEMS
    ) -> tuple[Item, ...]:
        """The objects of a list, each read by `read`."""
        found = self.list(key, most=most)
        return tuple(read(self._item(key, at, item)) for at, item in enumerate(found))

    def texts(self, key: str, *, most: int = MAX_ITEMS) -> tuple[str, ...]:
        """The strings of a list."""
        found = self.list(key, most=most)
        if not all(isinstance(item, str) and len(item) <= MAX_TEXT for item in found):
            raise self.refuse(key, "a list of strings is expected.")
        return tuple(found)

    def list(self, key: str, *, most: int = MAX_ITEMS) -> list[Any]:
        """A list of anything, empty where it is missing."""
        value = self.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(key, "a list is expected.")
        if len(value) > most:
            raise self.refuse(key, f"at most {most} entries are allowed.")
        return value

    def _item(self, key: str, at: int, item: Any) -> Reader:
        if not isinstance(item, dict):
            raise self.refuse(f"{key}[{at}]", "an object is expected.")
        return Reader(item, f"{self.path}.{key}[{at}]")
