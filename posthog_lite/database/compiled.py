"""Querysets that are turned to SQL once: for the reads that clients poll.

The ORM stays the one description of what is read. What it does not do here is to make the same SQL
again for each request, and a model instance for each row: both take longer than the database does.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection
from orjson import Fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    Row = tuple[Any, ...]

_FIRST_MARKER = 2_000_000_011  # fits every integer column, and is a value that nobody chose


class CompiledQuery:
    """A `values_list` queryset whose values are filled in at each call.

    `build` makes the queryset from one value per name in `values`: an `int` or a `str` to compare
    a column with. Columns come as the driver reads them, which leaves JSON as text.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **values: type) -> None:
        self._build = build
        self._values = values

    def rows(self, **values: Any) -> list[Row]:
        sql, params = self._filled(values)
        return fetch(sql, params)

    def page(self, *, limit: int, offset: int, **values: Any) -> list[Row]:
        """At most `limit` rows after the first `offset`."""
        sql, params = self._filled(values)
        return fetch(f"{sql} LIMIT %s OFFSET %s", [*params, limit, offset])

    def count(self, **values: Any) -> int:
        """How many rows there are; the queryset should have no order and one column."""
        sql, params = self._filled(values)
        number: int = fetch(f"SELECT COUNT(*) FROM ({sql}) AS counted", params)[0][0]  # noqa: S608  # made above
        return number

    def _filled(self, values: dict[str, Any]) -> tuple[str, list[Any]]:
        sql, names, constants = self._compiled
        params = [
            constant if name is None else values[name]
            for name, constant in zip(names, constants, strict=True)
        ]
        return sql, params

    @cached_property
    def _compiled(self) -> tuple[str, list[str | None], list[Any]]:
        """The SQL, and for each of its parameters the name of its value, or the constant."""
        markers = {
            name: _FIRST_MARKER + number if kind is int else f"compiled value {number}"
            for number, (name, kind) in enumerate(self._values.items())
        }
        sql, constants = self._build(**markers).query.sql_with_params()
        by_marker = {marker: name for name, marker in markers.items()}
        names = [
            by_marker.get(value) if isinstance(value, (int, str)) else None for value in constants
        ]
        missing = set(markers) - set(names)
        if missing:
            raise ValueError(f"The query does not compare with {', '.join(sorted(missing))}.")
        return sql, names, list(constants)


def fetch(sql: str, params: list[Any]) -> list[Row]:
    """All rows of a statement that the ORM made."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
    return rows


def fetch_values(rows: QuerySet[Any, Any]) -> list[Row]:
    """The rows of a `values_list` queryset as `CompiledQuery` gives them: JSON stays text."""
    sql, params = rows.query.sql_with_params()
    return fetch(sql, list(params))


def json_as_stored(text: str | None) -> Fragment | None:
    """A JSON column, to be put into an answer as it is."""
    return None if text is None else Fragment(text)
