"""Querysets that are turned to SQL once: for the reads that clients poll.

The ORM stays the one description of what is read. What it does not do here is to make the same SQL
again for each request, and a model instance for each row: both take longer than the database does.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from orjson import Fragment
from psycopg.sql import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    Row = tuple[Any, ...]

_FIRST_MARKER = 2_000_000_010  # fits every integer column, and is a value that nobody chose
# Django writes the numbers of a slice into the SQL: these are found by their digits.
_PLACE = re.compile(r"%s|\b20000000[1-9]\d\b")


class CompiledQuery:
    """A `values_list` queryset whose values are filled in at each call.

    `build` makes the queryset from one value per name in `values`: an `int` or a `str` to compare
    a column with, an `int` to slice by, or a `list` as the array of `IsAnyOf`. Columns come as the
    driver reads them: JSON stays text.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **values: type) -> None:
        self._build = build
        self._values = values

    def rows(self, **values: Any) -> list[Row]:
        sql, params = self._filled(values)
        return fetch(sql, params)

    def count(self, **values: Any) -> int:
        """Return how many rows there are; the queryset should have no order and one column."""
        sql, params = self._filled(values)
        number: int = fetch(f"SELECT COUNT(*) FROM ({sql}) AS counted", params)[0][0]  # noqa: S608  # made above
        return number

    def _filled(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        sql, names = self._compiled
        return sql, [values[name] for name in names]

    @cached_property
    def _compiled(self) -> tuple[str, list[str]]:
        """The SQL, and whose value goes into each of its places.

        Constants are written into it: how many rows differ from 'unlisted', the database can
        expect of a statement that it plans once for all; of one with a place for it, it cannot.
        """
        markers = {
            name: _FIRST_MARKER + number if kind is int else f"compiled value {number}"
            for number, (name, kind) in enumerate(self._values.items())
        }
        sql, params = self._build(**markers).query.sql_with_params()
        names = {marker: name for name, marker in markers.items()}
        found: list[str] = []
        values = iter(params)

        def fill(place: re.Match[str]) -> str:
            value = next(values) if place[0] == "%s" else int(place[0])
            name = names.get(value) if isinstance(value, (int, str)) else None
            if name is None:
                return Literal(value).as_string().replace("%", "%%")
            found.append(name)
            return "%s"

        sql = _PLACE.sub(fill, sql)
        missing = markers.keys() - set(found)
        if missing:
            raise ValueError(f"The query does not use {', '.join(sorted(missing))}.")
        return sql, found


def fetch(sql: str, params: list[Any]) -> list[Row]:
    """All rows of a statement that the ORM made."""
    database: Any = connections[DEFAULT_DB_ALIAS]  # which is ours
    rows: list[Row] = database.fetch(sql, params)
    return rows


def fetch_values(rows: QuerySet[Any, Any]) -> list[Row]:
    """The rows of a `values_list` queryset as `CompiledQuery` gives them: JSON stays text."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # of a condition that nothing fulfils, such as being one of none
        return []
    return fetch(sql, list(params))


def json_as_stored(text: str | None) -> Fragment | None:
    """A JSON column, to be put into an answer as it is."""
    return None if text is None else Fragment(text)
