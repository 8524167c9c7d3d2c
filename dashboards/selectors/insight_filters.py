"""Filters and orders of the list of insights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Exists, F, Func, JSONField, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from dashboards.models import CreationMode, Tag, Tile
from dashboards.queries.dates import parse_moment
from dashboards.queries.kinds import SQL_KIND
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.db.models.expressions import OrderBy

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

KINDS = {
    "TRENDS": "TrendsQuery",
    "FUNNELS": "FunnelsQuery",
    "RETENTION": "RetentionQuery",
    "PATHS": "PathsQuery",
    "STICKINESS": "StickinessQuery",
    "LIFECYCLE": "LifecycleQuery",
}
# Annotation the conditions of `insight` rely on: a wrapper's source says the kind.
QUERY_KIND = Coalesce(KT("query__source__kind"), KT("query__kind"))
# Query parameter: the comparison it makes.
DATES = {
    "date_from": "last_modified_at__gt",
    "date_to": "last_modified_at__lt",
    "created_date_from": "created_at__gt",
    "created_date_to": "created_at__lt",
    "last_viewed_date_from": "last_viewed_at__gt",
    "last_viewed_date_to": "last_viewed_at__lt",
}
# Few have an index: `order`, `name`, `created_at` and `last_modified_at`.
ORDERS = frozenset(
    {
        "id",
        "short_id",
        "name",
        "derived_name",
        "description",
        "order",
        "favorited",
        "saved",
        "is_sample",
        "created_at",
        "created_by",
        "updated_at",
        "last_modified_at",
        "last_modified_by",
        "last_viewed_at",
    }
)

NULLABLE = frozenset(
    {
        "name",
        "derived_name",
        "description",
        "order",
        "created_by",
        "last_modified_by",
        "last_viewed_at",
    }
)


EVENT_NAME = "$.**.event ? (@ == $text)"
EVENT_ID = "$.events[*].id ? (@ == $text)"
ANY_TEXT = '$.** ? (@.type() == "string" && @ == $text)'
# A property filter on the flags that were on; `value` is one flag or several.
ACTIVE_FLAG = (
    '$.** ? ((@.key == "$active_feature_flags" || @.key == "$active_feature_flag")'
    " && @.value == $text)"
)
# What PostHog names the insights that it makes for a feature flag.
FLAG_INSIGHTS = (
    "Feature Flag Called Total Volume",
    "Feature Flag calls made by unique users per variant",
)


class Holds(Func):
    """A condition: a JSON column holds something where a path with variables points to."""

    function = "jsonb_path_exists"
    output_field = BooleanField()

    def __init__(self, column: str, path: str, **variables: object) -> None:
        values = Cast(Value(json.dumps(variables)), JSONField())
        super().__init__(column, values, arg_joiner=f", '{path}'::jsonpath, ")


class InvalidDate(DomainError):
    """Neither a date nor a relative date."""


class UnknownOrder(DomainError):
    """The list cannot be ordered by this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFilters:
    """The filters of the list; every default means "all"."""

    saved: bool | None = None
    favorited: bool = False
    user: bool = False
    created_by: Sequence[int] = ()
    short_id: str = ""
    search: str = ""
    insight: str = ""
    dashboards: Sequence[int] = ()
    tags: Sequence[str] = ()
    events: Sequence[str] = ()
    feature_flag: str = ""
    hide_feature_flag_insights: bool | None = None
    date_from: str = ""
    date_to: str = ""
    created_date_from: str = ""
    created_date_to: str = ""
    last_viewed_date_from: str = ""
    last_viewed_date_to: str = ""
    order: str = ""


def insight_conditions(*, filters: InsightFilters, access: ProjectAccess, now: datetime) -> list[Q]:
    """The filters as conditions that must all hold. Raises InvalidDate."""
    return [
        *_by_looks(filters),
        *_by_author(filters, access),
        *_by_place(filters, access.project),
        *_by_date(filters, ZoneInfo(access.project.timezone), now),
    ]


def insight_order(order: str) -> list[OrderBy | str]:
    """Return the order: rows without a value last, the id to settle the rest.

    Descending, the id descends as well: then one index read backwards serves, where no row lacks
    a value.
    """
    field = order.removeprefix("-") or "order"
    if field not in ORDERS:
        raise UnknownOrder(f"Insights cannot be ordered by '{field[:100]}'.", attr="order")
    if not order.startswith("-"):
        return [F(field).asc(), "id"]  # PostgreSQL puts nulls last
    # Said of a column without nulls, it would keep the database from using an index.
    return [F(field).desc(nulls_last=True if field in NULLABLE else None), "-id"]


def _by_looks(filters: InsightFilters) -> Iterator[Q]:
    if filters.favorited:
        yield Q(favorited=True)
    if filters.short_id:
        yield Q(short_id=filters.short_id)
    if filters.search.strip():
        yield _matches(filters.search.strip())
    if filters.insight:
        yield _is_of_kind(filters.insight)
    yield from _by_content(filters)


def _by_content(filters: InsightFilters) -> Iterator[Q]:
    for event in dict.fromkeys(filters.events):
        yield Q(Holds("query", EVENT_NAME, text=event)) | Q(Holds("filters", EVENT_ID, text=event))
    if filters.feature_flag:
        yield _shows_flag("query", filters.feature_flag) | _shows_flag(
            "filters", filters.feature_flag
        )
    if filters.hide_feature_flag_insights:
        yield from (~Q(name__startswith=prefix) for prefix in FLAG_INSIGHTS)


def _shows_flag(column: str, flag: str) -> Q:
    """Return the condition that the flag's property is named, or those of all flags with it."""
    return Q(Holds(column, ANY_TEXT, text=f"$feature/{flag}")) | Q(
        Holds(column, ACTIVE_FLAG, text=flag)
    )


def _by_author(filters: InsightFilters, access: ProjectAccess) -> Iterator[Q]:
    if filters.user:
        yield Q(created_by=access.user)
    if filters.created_by:
        yield Q(created_by_id__in=filters.created_by)


def _by_place(filters: InsightFilters, project: Project) -> Iterator[Q]:
    if filters.saved is not None:
        listed = _live_tiles(project).exclude(dashboard__creation_mode=CreationMode.UNLISTED)
        yield Q(saved=True) | Q(Exists(listed)) if filters.saved else Q(saved=False)
    for dashboard_id in dict.fromkeys(filters.dashboards):
        yield Q(Exists(_live_tiles(project).filter(dashboard_id=dashboard_id)))
    if filters.tags:
        names = [tag.strip().lower() for tag in filters.tags]
        yield Q(Exists(_tags_of_row(project).filter(name__in=names)))


def _by_date(filters: InsightFilters, zone: ZoneInfo, now: datetime) -> Iterator[Q]:
    for name, comparison in DATES.items():
        text = getattr(filters, name)
        if not text:
            continue
        try:
            moment = parse_moment(text, now=now, zone=zone)
        except ValueError as error:
            raise InvalidDate(
                "Enter a date like 2026-01-31 or a relative one like -7d.", attr=name
            ) from error
        if moment is not None:
            yield Q(**{comparison: moment})


def _matches(text: str) -> Q:
    # Asked row by row on purpose: among all tags of the project, many would have to be joined.
    named = Exists(Tag.all_projects.filter(insights=OuterRef("pk"), name__icontains=text))
    return (
        Q(name__icontains=text)
        | Q(derived_name__icontains=text)
        | Q(description__icontains=text)
        | Q(named)
    )


def _is_of_kind(name: str) -> Q:
    """Return the condition that the query, or the one in its wrapper, is of this old kind."""
    if name == "SQL":
        return Q(query_kind=SQL_KIND)
    if name == "JSON":
        ours = [SQL_KIND, *KINDS.values()]
        return Q(query__isnull=False) & (Q(query_kind=None) | ~Q(query_kind__in=ours))
    return Q(query_kind=KINDS[name]) | Q(query__isnull=True, filters__insight=name)


def _live_tiles(project: Project) -> QuerySet[Tile]:
    return Tile.objects.for_project(project).filter(insight=OuterRef("pk")).on_live_dashboards()


def _tags_of_row(project: Project) -> QuerySet[Tag]:
    return Tag.objects.for_project(project).filter(insights=OuterRef("pk"))
