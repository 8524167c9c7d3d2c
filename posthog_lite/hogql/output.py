"""State shared by all parts of one compilation: parameters, names and limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from posthog_lite.hogql.errors import QueryTooComplex

LONGEST_SQL = 1_000_000
MOST_TABLES = 100
BOUND_BYTES = 16_000  # parameters travel in the address of a request
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r"[\\'\0\n\r\t]")
_NOT_A_WORD = re.compile(r"\W+", re.ASCII)


def literal(text: str) -> str:
    """Return the text as a string literal of ClickHouse."""
    return "'" + _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text) + "'"


@dataclass(slots=True)
class Output:
    """Hands out parameters and names. No name of a user stands in the SQL, only ours for it."""

    parameters: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _by_text: dict[str, str] = field(default_factory=dict)
    _bytes_left: int = BOUND_BYTES
    _tables: int = 0

    def text(self, value: str) -> str:
        """Return SQL for a text: a bound parameter, or a literal once there is much of it."""
        if (known := self._by_text.get(value)) is not None:
            return known
        size = len(quote(value.encode("utf-8", "replace"))) + 12
        if size > self._bytes_left:
            return literal(value)
        self._bytes_left -= size
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        self._by_text[value] = f"{{{name}:String}}"
        return self._by_text[value]

    def name(self, given: str) -> str:
        """Return a name that nothing else in the SQL has."""
        readable = _NOT_A_WORD.sub("_", given)[:40].strip("_")
        name = f"_{readable}__{len(self.names)}"
        self.names[name] = given
        return name

    def count_tables(self, number: int) -> None:
        """Refuse a query that reads more tables than it may, each use of a CTE counted."""
        self._tables += number
        if self._tables > MOST_TABLES:
            raise QueryTooComplex(
                f"A query may read at most {MOST_TABLES} tables, counting each use of a name "
                "from WITH."
            )

    @property
    def tables(self) -> int:
        """The number of tables so far."""
        return self._tables

    def checked(self, sql: str) -> str:
        """Return the SQL unless it has grown too long."""
        if len(sql) > LONGEST_SQL:
            raise QueryTooComplex("The query is too long once its names are expanded.")
        return sql
