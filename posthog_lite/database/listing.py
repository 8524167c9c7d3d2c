"""The rows of a list endpoint, read a page at a time and shaped without model instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func

from posthog_lite.database.compiled import fetch_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import Model, QuerySet

    from posthog_lite.database.compiled import CompiledQuery, Row

    Shape = dict[str, Any]

M = TypeVar("M", bound="Model")


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
        query: CompiledQuery,
        *,
        count: Callable[[], int],
        shape: Callable[[list[Row]], list[Shape]],
        **values: Any,
    ) -> Listing:
        """List a query that is the same for everybody, which takes limit, offset and `values`."""

        def read(limit: int, offset: int) -> list[Row]:
            return query.rows(limit=limit, offset=offset, **values)

        return cls(count, read, shape)


def only_page(rows: QuerySet[M], limit: int, offset: int) -> QuerySet[M]:
    """The rows of a page, chosen before anything else is found out about them.

    PostgreSQL would work out the annotations of all the rows before the page as well. The keys are
    an array, not a subquery to join with: whatever it expects of a limit that it does not know
    when it plans, it looks the rows up by them. And by nothing else: filtered a second time, it
    would go through all rows again while its statistics are of a smaller table.
    """
    chosen = ArraySubquery(rows.values("pk")[offset : offset + limit])
    page = rows.all()
    page.query.clear_where()
    return page.filter(IsAnyOf("pk", chosen))


class IsAnyOf(Func):
    """A condition: the value is in an array."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()
