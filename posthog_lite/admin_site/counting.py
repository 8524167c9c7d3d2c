"""Numbers beside the rows of a list, in the query of the list itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django.db.models import QuerySet


def number_of(rows: QuerySet[Any], path: str) -> Coalesce:
    """Return how many of `rows` point at the row of the list through `path`.

    A subquery: a join would multiply rows, and PostgreSQL asks it for the shown page only.
    """
    own = rows.filter(**{path: OuterRef("pk")}).order_by().values(path)
    number = own.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)
