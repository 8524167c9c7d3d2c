"""Everything that reads insights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import JSONObject
from django.utils import timezone

from dashboards.filters.dashboard_layers import VARIABLES_KEY, Layers, Overrides
from dashboards.models import Dashboard, Insight, InsightView, Tile
from dashboards.selectors.answer_size import check_answer_size
from dashboards.selectors.insight_filters import (
    QUERY_KIND,
    InsightFilters,
    insight_conditions,
    insight_order,
)
from dashboards.selectors.results import result_keys
from dashboards.selectors.rights import editable_among
from dashboards.selectors.tags import names_of_tags
from dashboards.selectors.variables import variable_ids_by_code_name
from dashboards.shapes.insight import Insight as InsightShape
from dashboards.shapes.insight import (
    InsightBasic,
    InsightContext,
    people_of,
    restricted_by,
    stored_query,
)
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery, fetch_values
from posthog_lite.database.listing import CompiledPages, IsAnyOf, Listing, only_page
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dashboards.selectors.results import Asking
    from posthog_lite.database.compiled import Row

RECENT_VIEWS = 5


def insight_annotations(insight: str) -> dict[str, Any]:
    """Return what an answer needs besides an insight's columns, all in the same query.

    `tag_names`, `live_tiles` (tiles on dashboards that are there) and `last_viewed_at` (by
    anyone). `insight` names the column that holds the id of the insight.
    """
    # Subqueries of rows that belong to an insight of the caller's project need no project.
    tiles = Tile.all_projects.filter(insight=OuterRef(insight), deleted=False)
    # A look-up for each tile. Of a join PostgreSQL thinks, until the next ANALYZE, that it ends
    # early, and for new dashboards walks through all older ones.
    place = Dashboard.all_projects.filter(pk=OuterRef("dashboard_id"))
    level = Subquery(place.filter(deleted=False).values("restriction_level")[:1])
    tiles = tiles.alias(level=level).filter(level__isnull=False)
    views = InsightView.all_projects.filter(insight=OuterRef(insight)).order_by("-viewed_at")
    return {
        "tag_names": names_of_tags(Insight.tags.through, insight=OuterRef(insight)),
        "live_tiles": ArraySubquery(
            tiles.order_by("id").values(
                row=JSONObject(id="id", dashboard_id="dashboard_id", level="level")
            )
        ),
        "last_viewed_at": Subquery(views.values("viewed_at")[:1]),
    }


def insights_visible_to(*, project: Project, include_deleted: bool = False) -> QuerySet[Insight]:
    """The project's insights, annotated."""
    rows = Insight.objects.for_project(project).annotate(**insight_annotations("pk"))
    return rows if include_deleted else rows.filter(deleted=False)


def list_insights(
    *, access: ProjectAccess, filters: InsightFilters, now: datetime
) -> QuerySet[Insight]:
    """The list as filtered and ordered. Raises InvalidDate or UnknownOrder."""
    rows = insights_visible_to(project=access.project)
    if filters.insight:
        rows = rows.alias(query_kind=QUERY_KIND)
    conditions = insight_conditions(filters=filters, access=access, now=now)
    return rows.filter(*conditions).order_by(*insight_order(filters.order))


def read_insights(
    *,
    access: ProjectAccess,
    filters: InsightFilters,
    basic: bool,
    asking: Asking,
    narrow: Callable[[QuerySet[Insight]], QuerySet[Insight]] | None = None,
) -> Listing:
    """The list, as `list_insights` filters and orders it, and further narrowed by `narrow`."""
    found = {"search_match_type": "exact"} if filters.search.strip() else {}
    shape = partial(_shape_rows, access=access, asking=None if basic else asking, further=found)
    if narrow is None and filters == InsightFilters():
        count = partial(COUNTED.count, project=access.project.pk)
        return Listing.of_compiled(PAGE, count=count, shape=shape, project=access.project.pk)
    rows = list_insights(access=access, filters=filters, now=asking.now)
    rows = rows if narrow is None else narrow(rows)
    return Listing.of_rows(rows, columns=InsightShape.reads(), shape=shape)


def _listed(project: int) -> QuerySet[Insight]:
    """Return the list without filters, in which the moment and the caller have no part."""
    access = ProjectAccess(Project(pk=project), User(pk=0), None)
    return list_insights(access=access, filters=InsightFilters(), now=timezone.now())


def _page(project: int, limit: int, offset: int) -> QuerySet[Any, Any]:
    return only_page(_listed(project), limit, offset).values_list(*InsightShape.reads())


PAGE = CompiledPages(_page, project=int)
COUNTED = CompiledQuery(lambda project: _listed(project).order_by().values_list("pk"), project=int)


def _shape_rows(
    rows: list[Row], *, access: ProjectAccess, asking: Asking | None, further: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the answers of rows: with results as `asking` wants them, else the basic ones."""
    found = [InsightShape.row(row) for row in rows]
    size = check_answer_size(len(row.query or "") for row in found)
    context = context_of(found, access)
    queries = shown_queries(found, access.project)
    if asking is None:
        return [
            InsightBasic.make(row, context, query=query, **further)
            for row, query in zip(found, queries, strict=True)
        ]
    pending = asking.ask(access.project, queries)
    shapes = []
    for row, query, result in zip(found, queries, pending, strict=True):
        answer = result.get()
        size.add(len(answer.rows or b""))
        shapes.append(
            InsightShape.make(row, context, query=query, **result_keys(answer), **further)
        )
    return shapes


def context_of(rows: list[Any], access: ProjectAccess) -> InsightContext:
    """Return what answers about these insights need to know: people, and the caller's rights."""
    people = get_people((pk for row in rows for pk in people_of(row)), caller=access.user)
    restricted = set().union(*map(restricted_by, rows))
    return InsightContext(access, people, editable_among(restricted=restricted, access=access))


def shown_queries(rows: list[Any], project: Project) -> list[Any]:
    """Return the query of each row as it is shown where no dashboard changes it."""
    layers = _layers_of_none(rows, project)
    return [layers.shown_query(stored_query(row)) for row in rows]


def _layers_of_none(rows: list[Any], project: Project) -> Layers:
    """No filters; the variables that queries are re-keyed to, read where any names some."""
    names_variables = any(VARIABLES_KEY in (row.query or "") for row in rows)
    return Layers(
        overrides=Overrides(),
        variable_ids=variable_ids_by_code_name(project=project) if names_variables else {},
    )


def named_insights(rows: QuerySet[Insight], lookup: str) -> QuerySet[Insight]:
    """The rows a URL may mean, best first: digits are an id before they are a short id."""
    if not lookup.isascii() or not lookup.isalnum():
        return rows.none()
    number = parse_row_id(lookup)
    if number is None:
        return rows.filter(short_id=lookup)
    best_first = Case(When(pk=number, then=Value(0)), default=Value(1))
    return rows.filter(Q(pk=number) | Q(short_id=lookup)).order_by(best_first, "pk")


def check_insight(*, project: Project, lookup: str) -> None:
    """Raise Missing where there is no such insight, deleted or not."""
    if not named_insights(Insight.objects.for_project(project), lookup).exists():
        raise Missing("Not found.")


def read_last_viewed(*, access: ProjectAccess) -> list[dict[str, Any]]:
    """The insights the caller viewed last, newest first, in their basic shape."""
    views = InsightView.objects.for_project(access.project).filter(user=access.user)
    # By look-ups, as above. What was viewed in the caller's project is of that project.
    insight = Insight.all_projects.filter(pk=OuterRef("insight_id"))
    found = views.alias(is_gone=Subquery(insight.values("deleted")[:1])).filter(is_gone=False)
    recent = found.order_by("-viewed_at", "-insight_id").values("insight_id")[:RECENT_VIEWS]
    viewed_at = Subquery(views.filter(insight=OuterRef("pk")).values("viewed_at")[:1])
    rows = Insight.all_projects.filter(IsAnyOf("pk", ArraySubquery(recent)))
    rows = rows.annotate(**insight_annotations("pk")).order_by(viewed_at.desc(), "-id")
    return _shape_rows(
        fetch_values(rows.values_list(*InsightShape.reads())),
        access=access,
        asking=None,
        further={},
    )
