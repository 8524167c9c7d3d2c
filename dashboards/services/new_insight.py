"""Makes the row of an insight from what a client sent; nothing is stored here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Insight
from dashboards.queries.old_filters import query_from_filters
from dashboards.queries.validation import validate_query

if TYPE_CHECKING:
    from datetime import datetime

    from posthog_lite.accounts.access import ProjectAccess

PLAIN_FIELDS = (
    "name",
    "derived_name",
    "description",
    "query",
    "filters",
    "order",
    "favorited",
    "saved",
)


def new_insight(*, access: ProjectAccess, data: dict[str, Any], now: datetime) -> Insight:
    """Return an insight by the caller. `data` is a validated body. Raises InvalidQuery."""
    fields = insight_fields(data)
    validate_query(fields.get("query"))
    return Insight(
        project=access.project,
        created_by=access.user,
        last_modified_by=access.user,
        last_modified_at=now,
        **fields,
    )


def insight_fields(data: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that a body names; filters of the old form become a query.

    Filters that no query can be made of stay what they are.
    """
    fields = {name: data[name] for name in PLAIN_FIELDS if name in data}
    if "filters" in fields:
        fields["filters"] = fields["filters"] or {}
        query = query_from_filters(fields["filters"]) if not fields.get("query") else None
        if query is not None:
            fields["query"], fields["filters"] = query, {}
    return fields
