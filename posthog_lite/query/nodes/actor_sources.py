"""Sources of an ActorsQuery: a number of an insight, or SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.errors import ParseError, UnsupportedQuery
from posthog_lite.query.nodes.funnels import FunnelsQuery, read_funnels
from posthog_lite.query.nodes.lifecycle import LifecycleQuery, read_lifecycle
from posthog_lite.query.nodes.paths import PathsQuery, read_paths
from posthog_lite.query.nodes.reading import MAX_INTEGER, MAX_TEXT, Reader
from posthog_lite.query.nodes.retention import RetentionQuery, read_retention
from posthog_lite.query.nodes.sql import HogQLQuery, read_sql
from posthog_lite.query.nodes.stickiness import CriteriaOperator, StickinessQuery, read_stickiness
from posthog_lite.query.nodes.trends import TrendsQuery, read_trends

CountedInsight = TrendsQuery | LifecycleQuery | StickinessQuery | RetentionQuery | PathsQuery
Value = tuple[str, ...]

READERS: dict[str, Callable[[Reader], CountedInsight]] = {
    "TrendsQuery": read_trends,
    "LifecycleQuery": read_lifecycle,
    "StickinessQuery": read_stickiness,
    "RetentionQuery": read_retention,
    "PathsQuery": read_paths,
}


class Period(StrEnum):
    """One of the two compared periods."""

    CURRENT = "current"
    PREVIOUS = "previous"


class Status(StrEnum):
    """A row of a lifecycle."""

    NEW = "new"
    RETURNING = "returning"
    RESURRECTING = "resurrecting"
    DORMANT = "dormant"


@dataclass(frozen=True)
class InsightActors:
    """A number of an insight.

    `day` is a bucket, in stickiness a number of intervals; `interval` is a row of retention;
    `breakdown` are the texts of a value.
    """

    insight: CountedInsight
    day: str | None = None
    status: Status | None = None
    series: int = 0
    breakdown: Value | None = None
    period: Period = Period.CURRENT
    interval: int | None = None
    operator: CriteriaOperator | None = None
    path: str = "query.source"


@dataclass(frozen=True)
class FunnelActors:
    """A bar of a funnel: who came to a step, or with a step below 0 who was lost before it.

    In the trends view `entrance` is the bucket, and `has_dropped` chooses those who were lost.
    """

    funnel: FunnelsQuery
    step: int | None = None
    breakdown: Value | None = None
    entrance: str | None = None
    has_dropped: bool = False
    path: str = "query.source"


ActorSource = InsightActors | FunnelActors | HogQLQuery


def read_actor_source(source: Reader) -> ActorSource:
    """Return the source of an ActorsQuery."""
    kind = source.text("kind")
    if kind in ("InsightActorsQuery", "StickinessActorsQuery"):
        return _read_insight_actors(source)
    if kind == "FunnelsActorsQuery":
        return _read_funnel_actors(source)
    if kind == "HogQLQuery":
        return read_sql(source)
    raise UnsupportedQuery(f"Actors of {kind or 'this'} are not computed.", attr=source.path)


def _read_insight_actors(source: Reader) -> InsightActors | FunnelActors:
    insight = source.required_child("source")
    kind = insight.text("kind") or ""
    if kind == "FunnelsQuery":
        return _read_funnel_actors(source)
    if kind not in READERS:
        raise UnsupportedQuery(f"Actors of {kind or 'this'} are not computed.", attr=insight.path)
    return InsightActors(
        insight=READERS[kind](insight),
        day=_read_day(source),
        status=_read_status(source),
        series=source.integer("series") or 0,
        breakdown=_read_value(source, "breakdown"),
        period=source.choice("compare", Period, Period.CURRENT),
        interval=source.integer("interval"),
        operator=_read_operator(source),
        path=source.path,
    )


def _read_day(source: Reader) -> str | None:
    day = source.get("day")
    if isinstance(day, int | float) and not isinstance(day, bool):
        return str(source.integer("day"))
    return source.text("day")


def _read_status(source: Reader) -> Status | None:
    return source.choice("status", Status, Status.NEW) if source.has("status") else None


def _read_operator(source: Reader) -> CriteriaOperator | None:
    if not source.has("operator"):
        return None
    return source.choice("operator", CriteriaOperator, CriteriaOperator.EXACT)


def _read_funnel_actors(source: Reader) -> FunnelActors:
    funnel = source.required_child("source")
    if funnel.text("kind") != "FunnelsQuery":
        raise ParseError("A FunnelsQuery is expected.", attr=funnel.path)
    return FunnelActors(
        funnel=read_funnels(funnel),
        step=source.integer("funnelStep", minimum=-MAX_INTEGER),
        breakdown=_read_value(source, "funnelStepBreakdown"),
        entrance=source.text("funnelTrendsEntrancePeriodStart"),
        has_dropped=source.flag("funnelTrendsDropOff"),
        path=source.path,
    )


def _read_value(source: Reader, key: str) -> Value | None:
    """Return a value of a breakdown: a text or a number, or a list of them."""
    value = source.get(key)
    if value is None:
        return None
    parts = value if isinstance(value, list) else [value]
    texts = tuple(_text(part) for part in parts[:10])
    if not all(text is not None and len(text) <= MAX_TEXT for text in texts):
        raise source.refuse(key, "a text, a number or a list of them is expected.")
    return tuple(text for text in texts if text is not None)


def _text(part: object) -> str | None:
    if isinstance(part, bool):
        return "true" if part else "false"
    if part is None:
        return ""
    return str(part) if isinstance(part, str | int | float) else None
