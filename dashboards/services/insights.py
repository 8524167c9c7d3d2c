"""Everything that writes insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Insight, InsightView
from dashboards.queries.validation import validate_query
from dashboards.selectors.rights import DashboardNotEditable, find_refusing
from dashboards.services.insight_tiles import (
    carry_out_placement,
    plan_placement,
    remove_from_dashboards,
)
from dashboards.services.new_insight import insight_fields, new_insight
from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.instances import columns_of, made_of_row, save_columns
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import Missing
from posthog_lite.ids import LARGEST_ID, parse_row_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.database.compiled import Row

# The wire's oddity, kept for compatibility: a new query does not count as a modification.
# test_insight_update.py::test_only_name_description_and_filters_count_as_a_modification
MODIFYING_FIELDS = frozenset({"name", "description", "filters"})


@one_transaction
def create_insight(*, access: ProjectAccess, data: dict[str, Any], now: datetime) -> Insight:
    """Create an insight and put it on the dashboards named. `data` is a validated body.

    Raises InvalidQuery, DashboardNotFound, DashboardNotEditable or TooManyTiles; then nothing
    is stored.
    """
    insight = new_insight(access=access, data=data, now=now)
    plan = plan_placement(access=access, insight=None, wanted=data.get("dashboards", []))
    insight.save()
    carry_out_placement(insight=insight, plan=plan)
    if data.get("tags"):
        set_tags(item=insight, names=data["tags"])
    _record_views(access, [insight.pk], now)
    return insight


@one_transaction
def update_insight(
    *, access: ProjectAccess, lookup: str, data: dict[str, Any], now: datetime
) -> Insight:
    """Change what `data`, a validated body, names; hide or restore where it says `deleted`.

    Raises Missing, DashboardNotEditable or what create_insight raises; then nothing is stored.
    """
    validate_query(data.get("query"))
    insight = _lock_insight(access, lookup, include_deleted=data.get("deleted") is False)
    refused = find_refusing(insight=insight, access=access)  # it may still be put elsewhere
    if refused is not None and data.keys() - {"dashboards"}:
        raise DashboardNotEditable(
            f"You don't have edit permissions for this insight: dashboard {refused} shows it."
        )
    if data.get("deleted"):
        remove_from_dashboards(insight=insight)
    elif "dashboards" in data:
        plan = plan_placement(access=access, insight=insight, wanted=data["dashboards"])
        carry_out_placement(insight=insight, plan=plan)
    if "tags" in data:
        set_tags(item=insight, names=data["tags"])
    if data and refused is None:
        _save_changes(insight, access, data, now)
    return insight


def record_insight_views(
    *, access: ProjectAccess, insight_ids: Iterable[int], now: datetime
) -> None:
    """Note that the caller looked at these insights; unknown and deleted ones are left out."""
    wanted = [pk for pk in insight_ids if 0 < pk <= LARGEST_ID]
    rows = Insight.objects.for_project(access.project).filter(pk__in=wanted, deleted=False)
    # In the order of ids: two calls that overlap must not wait for each other in a circle.
    _record_views(access, rows.order_by("pk").values_list("pk", flat=True), now)


def _record_views(access: ProjectAccess, ids: Iterable[int], now: datetime) -> None:
    views = [
        InsightView(project=access.project, user=access.user, insight_id=pk, viewed_at=now)
        for pk in ids
    ]
    InsightView.objects.bulk_create(
        views,
        update_conflicts=True,
        unique_fields=["insight", "user"],
        update_fields=["viewed_at"],
    )


def _lock_insight(access: ProjectAccess, lookup: str, *, include_deleted: bool) -> Insight:
    for row in _lock_named(access.project, lookup):
        insight = made_of_row(Insight, columns_of(Insight), row)
        if include_deleted or not insight.deleted:
            insight.project = access.project  # what it is; saves a query
            return insight
    raise Missing("Not found.")


def _lock_named(project: Project, lookup: str) -> Iterator[Row]:
    """Yield what a URL may mean, best first, as `named_insights` does with one statement."""
    if not lookup.isascii() or not lookup.isalnum():
        return
    number = parse_row_id(lookup)
    if number is not None:
        yield from LOCKED_BY_ID.rows(project=project.pk, pk=number)
    yield from LOCKED_BY_SHORT_ID.rows(project=project.pk, short_id=lookup)


def _locked(project: int, **named: Any) -> QuerySet[Any, Any]:
    rows = Insight.objects.for_project(Project(pk=project)).filter(**named)
    return rows.select_for_update(no_key=True).values_list(*columns_of(Insight))


LOCKED_BY_ID = CompiledQuery(_locked, project=int, pk=int)
LOCKED_BY_SHORT_ID = CompiledQuery(_locked, project=int, short_id=str)


def _save_changes(
    insight: Insight, access: ProjectAccess, data: dict[str, Any], now: datetime
) -> None:
    """Save the changes. Whoever changes an insight keeps it: it is no longer a sample."""
    changes = {"saved": True, "is_sample": False} | insight_fields(data)
    if "deleted" in data:
        changes |= {"deleted": data["deleted"], "deleted_with_dashboard": None}
    if MODIFYING_FIELDS & data.keys():
        changes |= {"last_modified_at": now, "last_modified_by": access.user}
    for name, value in changes.items():
        setattr(insight, name, value)
    save_columns(insight, [*changes, "updated_at"])
