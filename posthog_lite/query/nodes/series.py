"""Series of an insight: which events, and what is counted of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.properties import NO_FILTERS, Properties, read_properties
from posthog_lite.query.nodes.reading import Reader

MAX_SERIES = 50
PROPERTY_MATHS = frozenset(
    {"sum", "avg", "min", "max", "median", "p50", "p75", "p90", "p95", "p99"}
)
PER_ACTOR = "_count_per_actor"
MATHS = PROPERTY_MATHS | {
    "total", "dau", "weekly_active", "monthly_active", "unique_session", "unique_group", "hogql",
    "first_time_for_user", "first_time_for_user_events", "first_time_for_user_with_filters",
    "first_matching_event_for_user", *(math + PER_ACTOR for math in PROPERTY_MATHS - {"sum"}),
}  # fmt: skip


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
    """What series of every kind have."""

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


def read_series(query: Reader, key: str = "series") -> tuple[Series, ...]:
    """The series of an insight, in order."""
    return query.items(key, read_node, most=MAX_SERIES)


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
        math=_read_math(item),
        property=item.text("math_property"),
        property_kind=item.choice("math_property_type", MathPropertyKind, MathPropertyKind.EVENT),
        hogql=item.text("math_hogql"),
        group_type_index=item.integer("math_group_type_index", maximum=4),
        multiplier=multiplier,
    )


def _read_math(item: Reader) -> str | None:
    math = item.text("math") or None
    if math is None or math in MATHS:
        return math
    raise item.refuse("math", f"one of {', '.join(sorted(MATHS))} is expected.")
