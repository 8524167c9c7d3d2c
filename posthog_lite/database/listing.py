"""The rows of a list endpoint, read a page at a time and shaped without model instances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func

from posthog_lite.database.compiled import CompiledQuery, fetch_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from posthog_lite.database.compiled import Row

    Shape = dict[str, Any]

Rows = TypeVar("Rows", bound="QuerySet[Any]")

USUAL_LIMIT = 100  # of a page for which a client names none


class CompiledPages:
    """The pages of a list that is the same for everybody.

    `build` takes `limit` and `offset` beside the `values` of a `CompiledQuery`. The first page has
    a statement of its own, which PostgreSQL plans once. Where the limit is a value it expects a
    tenth of all rows, finds each time that a plan for the real one is cheaper, and plans anew.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **values: type) -> None:
        self._first = CompiledQuery(partial(build, limit=USUAL_LIMIT, offset=0), **values)
        self._any = CompiledQuery(build, limit=int, offset=int, **values)

    def rows(self, *, limit: int, offset: int, **values: Any) -> list[Row]:
        if (limit, offset) == (USUAL_LIMIT, 0):
            return self._first.rows(**values)
        return self._any.rows(limit=limit, offset=offset, **values)


@dataclass(frozen=True, slots=True)
class Listing:
    """The parts that a paginator needs: `count()`, and the shaped rows of a slice."""

    count: Callable[[], int]
    _read: Callable[[int, int], list[Row]]
    _shape: Callable[[list[Row]], list[Shape]]

    def __getitem__(self, part: slice) -> list[Shape]:
        return self._shape(self._read(part.stop - part.start, part.start))

    @classmethod
    def of_rows(
        cls,
        rows: QuerySet[Any],
        *,
        columns: Sequence[str],
        shape: Callable[[list[Row]], list[Shape]],
    ) -> Listing:
        """List an ordered queryset that was made for this request."""

        def read(limit: int, offset: int) -> list[Row]:
            return fetch_values(only_page(rows, limit, offset).values_list(*columns))

        return cls(rows.count, read, shape)

    @classmethod
    def of_compiled(
        cls,
        pages: CompiledPages,
        *,
        count: Callable[[], int],
        shape: Callable[[list[Row]], list[Shape]],
        **values: Any,
    ) -> Listing:
        """List what is the same for everybody but for `values`."""

        def read(limit: int, offset: int) -> list[Row]:
            return pages.rows(limit=limit, offset=offset, **values)

        return cls(count, read, shape)


def only_page(rows: Rows, limit: int, offset: int) -> Rows:
    """The rows of a page, chosen before anything else is found out about them.

    PostgreSQL would work out the annotations of all the rows before the page as well.
    """
    return looked_up(rows, rows.values("pk")[offset : offset + limit])


def looked_up(rows: Rows, chosen: QuerySet[Any, Any]) -> Rows:
    """The rows that `chosen` has the keys of, looked up by these.

    The keys are an array, not a subquery to join with: however many PostgreSQL expects when it
    plans without the values, it looks the rows up by them. And by nothing else: filtered a second
    time, it would go through all rows again while its statistics are of a smaller table.
    """
    found = rows.all()
    found.query.clear_where()
    return found.filter(IsAnyOf("pk", ArraySubquery(chosen)))


class IsAnyOf(Func):
    """A condition: the value is in an array."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()
