"""Series of an insight: which events, and what is counted of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader

MAX_SERIES = 50
PER_ACTOR = "_count_per_actor"


class Math(StrEnum):
    """The aggregation of the events of a series."""

    TOTAL = "total"
    DAU = "dau"
    WEEKLY_ACTIVE = "weekly_active"
    MONTHLY_ACTIVE = "monthly_active"
    UNIQUE_SESSION = "unique_session"
    UNIQUE_GROUP = "unique_group"
    HOGQL = "hogql"
    FIRST_TIME_FOR_USER = "first_time_for_user"
    FIRST_TIME_FOR_USER_EVENTS = "first_time_for_user_events"
    FIRST_TIME_FOR_USER_WITH_FILTERS = "first_time_for_user_with_filters"
    FIRST_MATCHING_EVENT_FOR_USER = "first_matching_event_for_user"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    P50 = "p50"
    P75 = "p75"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    AVG_COUNT_PER_ACTOR = "avg_count_per_actor"
    MIN_COUNT_PER_ACTOR = "min_count_per_actor"
    MAX_COUNT_PER_ACTOR = "max_count_per_actor"
    MEDIAN_COUNT_PER_ACTOR = "median_count_per_actor"
    P50_COUNT_PER_ACTOR = "p50_count_per_actor"
    P75_COUNT_PER_ACTOR = "p75_count_per_actor"
    P90_COUNT_PER_ACTOR = "p90_count_per_actor"
    P95_COUNT_PER_ACTOR = "p95_count_per_actor"
    P99_COUNT_PER_ACTOR = "p99_count_per_actor"


class MathPropertyKind(StrEnum):
    """Whose property a property math reads."""

    EVENT = "event_properties"
    PERSON = "person_properties"
    SESSION = "session_properties"
    DATA_WAREHOUSE = "data_warehouse_properties"


@dataclass(frozen=True)
class Counting:
    """The math of a series: what is counted or computed of its events."""

    math: str | None = None
    property: str | None = None
    property_kind: MathPropertyKind = MathPropertyKind.EVENT
    hogql: str | None = None
    group_type_index: int | None = None
    multiplier: float | None = None


TOTAL = Counting()


@dataclass(frozen=True)
class SeriesBase:
    """The fields of series of every kind."""

    name: str | None = None
    custom_name: str | None = None
    counting: Counting = TOTAL
    properties: Properties = NO_FILTERS
    fixed_properties: Properties = NO_FILTERS
    optional_in_funnel: bool = False


@dataclass(frozen=True)
class EventsNode(SeriesBase):
    """Events of one name, or all events."""

    event: str | None = None


@dataclass(frozen=True)
class ActionsNode(SeriesBase):
    """Events that match an action of the project."""

    id: int = 0


@dataclass(frozen=True)
class GroupNode(SeriesBase):
    """Several events or actions counted as one series."""

    nodes: tuple[EventsNode | ActionsNode, ...] = ()


Series = EventsNode | ActionsNode | GroupNode


def read_series(query: Reader) -> tuple[Series, ...]:
    """The series of an insight, in order."""
    return query.items("series", read_node, most=MAX_SERIES)


def read_node(item: Reader) -> Series:
    """One series."""
    kind = item.text("kind") or ("ActionsNode" if item.has("id") else "EventsNode")
    if kind == "GroupNode":
        base = _read_base(item)
        nodes = item.items("nodes", read_entity, most=MAX_SERIES)
        if not nodes:
            raise item.refuse("nodes", "at least one event is expected.")
        return GroupNode(**vars(base), nodes=nodes)
    return read_entity(item)


def read_entity(item: Reader) -> EventsNode | ActionsNode:
    """One event or action."""
    kind = item.text("kind") or ("ActionsNode" if item.has("id") else "EventsNode")
    if kind == "EventsNode":
        return EventsNode(**vars(_read_base(item)), event=item.text("event"))
    if kind == "ActionsNode":
        action = item.integer("id", also_text=True)
        if action is None:
            raise item.refuse("id", "this field is required.")
        return ActionsNode(**vars(_read_base(item)), id=action)
    if kind == "DataWarehouseNode":
        raise UnsupportedQuery("Data warehouse series are not supported.", attr=item.path)
    raise item.refuse("kind", "EventsNode, ActionsNode or GroupNode is expected.")


def _read_base(item: Reader) -> SeriesBase:
    return SeriesBase(
        name=item.text("name"),
        custom_name=item.text("custom_name"),
        counting=read_counting(item),
        properties=read_properties(item),
        fixed_properties=read_properties(item, "fixedProperties"),
        optional_in_funnel=item.flag("optionalInFunnel"),
    )


def read_counting(item: Reader) -> Counting:
    """The math of a series."""
    multiplier = item.get("math_multiplier")
    if multiplier is not None and (
        isinstance(multiplier, bool) or not isinstance(multiplier, int | float)
    ):
        raise item.refuse("math_multiplier", "a number is expected.")
    return Counting(
        math=item.choice("math", Math, Math.TOTAL) if item.text("math") else None,
        property=item.text("math_property"),
        property_kind=item.choice("math_property_type", MathPropertyKind, MathPropertyKind.EVENT),
        hogql=item.text("math_hogql"),
        group_type_index=item.integer("math_group_type_index", maximum=4),
        multiplier=multiplier,
    )
