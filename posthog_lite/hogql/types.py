"""Types of values before the engine sees them: enough to compare, cast and show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal[
    "Unknown", "Null", "String", "Number", "Boolean", "DateTime", "Date", "UUID", "Array",
    "Tuple", "Json",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValueType:
    """A kind, and whether it may be NULL. `owner` says whose properties a Json column holds."""

    kind: Kind
    nullable: bool = True
    owner: str | None = None

    def or_null(self) -> ValueType:
        """Return the type that may be NULL too."""
        return self if self.nullable else replace(self, nullable=True)


class Printed(NamedTuple):
    """SQL of an expression, and its type.

    `instant` is SQL of the same moment without a time zone applied to it, which indexes understand.
    """

    sql: str
    type: ValueType
    instant: str | None = None


UNKNOWN = ValueType("Unknown")
NULL = ValueType("Null")
STRING = ValueType("String", nullable=False)
NUMBER = ValueType("Number", nullable=False)
BOOLEAN = ValueType("Boolean", nullable=False)
DATETIME = ValueType("DateTime", nullable=False)
DATE = ValueType("Date", nullable=False)
UUID = ValueType("UUID", nullable=False)
ARRAY = ValueType("Array", nullable=False)
TUPLE = ValueType("Tuple", nullable=False)


def json_of(owner: str) -> ValueType:
    """Return the type of a column with the properties of `owner`, as JSON text."""
    return ValueType("Json", nullable=False, owner=owner)
