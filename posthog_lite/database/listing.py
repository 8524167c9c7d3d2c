"""The rows of a list endpoint, read a page at a time and shaped without model instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posthog_lite.database.compiled import fetch_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from posthog_lite.database.compiled import CompiledQuery, Row

    Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a paginator needs: `count()`, and the shaped rows of a slice."""

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
        """Of an ordered queryset that was made for this request."""

        def read(limit: int, offset: int) -> list[Row]:
            return fetch_values(rows.values_list(*columns)[offset : offset + limit])

        return cls(rows.count, read, shape)

    @classmethod
    def of_compiled(
        cls,
        query: CompiledQuery,
        *,
        counted: CompiledQuery,
        shape: Callable[[list[Row]], list[Shape]],
        **values: Any,
    ) -> Listing:
        """Of queries that are the same for everybody; `counted` has the same rows unordered."""

        def read(limit: int, offset: int) -> list[Row]:
            return query.page(limit=limit, offset=offset, **values)

        return cls(lambda: counted.count(**values), read, shape)
