"""Everything that reads insights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import JSONObject

from dashboards.models import Insight, InsightView, Tag, Tile
from dashboards.selectors.insight_filters import (
    QUERY_KIND,
    InsightFilters,
    insight_conditions,
    insight_order,
)
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.accounts.selectors import ProjectAccess

RECENT_VIEWS = 5


def annotate_insights(rows: QuerySet[Insight]) -> QuerySet[Insight]:
    """The insights with what an answer says about them, all in one query.

    Adds `tag_names`, `live_tiles` (tiles on dashboards that are there) and `last_viewed_at` (by
    anyone), and joins the authors.
    """
    # Subqueries of rows that belong to an insight of the caller's project need no project.
    tiles = Tile.all_projects.filter(
        insight=OuterRef("pk"), deleted=False, dashboard__deleted=False
    ).order_by("id")
    views = InsightView.all_projects.filter(insight=OuterRef("pk")).order_by("-viewed_at")
    return rows.select_related("created_by", "last_modified_by").annotate(
        tag_names=ArraySubquery(
            Tag.all_projects.filter(insights=OuterRef("pk")).order_by("name").values("name")
        ),
        live_tiles=ArraySubquery(
            tiles.values(row=JSONObject(id="id", dashboard_id="dashboard_id", deleted="deleted"))
        ),
        last_viewed_at=Subquery(views.values("viewed_at")[:1]),
    )


def insights_visible_to(*, project: Project, include_deleted: bool = False) -> QuerySet[Insight]:
    """The project's insights, annotated."""
    rows = annotate_insights(Insight.objects.for_project(project))
    return rows if include_deleted else rows.filter(deleted=False)


def list_insights(
    *, access: ProjectAccess, filters: InsightFilters, now: datetime
) -> QuerySet[Insight]:
    """The list as filtered and ordered. Raises InvalidDate or UnknownOrder."""
    rows = insights_visible_to(project=access.project)
    if filters.search.strip():
        rows = rows.annotate(search_match_type=Value("exact"))
    if filters.insight:
        rows = rows.alias(query_kind=QUERY_KIND)
    conditions = insight_conditions(filters=filters, access=access, now=now)
    return rows.filter(*conditions).order_by(*insight_order(filters.order))


def named_insights(rows: QuerySet[Insight], lookup: str) -> QuerySet[Insight]:
    """The rows a URL may mean, best first: digits are an id before they are a short id."""
    if not lookup.isascii() or not lookup.isalnum():
        return rows.none()
    number = parse_row_id(lookup)
    if number is None:
        return rows.filter(short_id=lookup)
    return rows.filter(Q(pk=number) | Q(short_id=lookup)).order_by(
        Case(When(pk=number, then=0), default=1), "pk"
    )


def get_insight(*, project: Project, lookup: str | int, include_deleted: bool = False) -> Insight:
    """The insight named by id or short id, annotated. Raises Missing."""
    rows = insights_visible_to(project=project, include_deleted=include_deleted)
    insight = named_insights(rows, str(lookup)).first()
    if insight is None:
        raise Missing("Not found.")
    return insight


def list_last_viewed(*, access: ProjectAccess) -> QuerySet[Insight]:
    """The insights the caller viewed last, newest first."""
    rows = insights_visible_to(project=access.project).annotate(
        own_view=FilteredRelation("views", condition=Q(views__user=access.user))
    )
    viewed = rows.filter(own_view__isnull=False).order_by("-own_view__viewed_at", "-id")
    return viewed[:RECENT_VIEWS]
