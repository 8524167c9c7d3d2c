"""Events as the engine has them, newest or oldest first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from orjson import Fragment

from posthog_lite.database.stored_json import as_object
from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import MOST_ANSWER_BYTES, AnswerSize, DomainError, Missing
from posthog_lite.events.outbox import move_waiting
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.events.selectors.person_rows import ROWS_AT_ONCE
from posthog_lite.events.selectors.persons import get_person, persons_named
from posthog_lite.events_api.shapes.event import Event, EventPerson
from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.execution import context_of, executor
from posthog_lite.query.filters import properties_condition
from posthog_lite.query.matching import action_condition
from posthog_lite.query.moments import read_moment
from posthog_lite.query.nodes.properties import read_properties
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.trees import all_of, any_of, compared, equals, instant, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.context import QueryContext

RECENTLY = timedelta(days=1)
SOON = timedelta(seconds=5)  # clocks differ; what lies further ahead has not happened yet
TIMESTAMP = field("timestamp")
COLUMNS = {
    "uuid": call("toString", field("uuid")),
    "event": field("event"),
    # As text, to the microsecond and in UTC: the next page begins at it.
    "moment": call("toString", call("toUnixTimestamp64Micro", TIMESTAMP)),
    "distinct_id": field("distinct_id"),
    "properties": call("toString", field("properties")),
    "elements_chain": field("elements_chain"),
    "person_id": call("toString", field("person_id")),
}
SHOWN = ("email", "name", "username")  # what answers tell of a person
LINE = ("id", "event", "timestamp", "distinct_id", "properties", "elements_chain")


class InvalidUUID(DomainError):
    """The id in a URL is not a uuid."""

    def __init__(self) -> None:
        super().__init__("Invalid UUID")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilters:
    """Filters and order of events, and the one that they come after."""

    limit: int
    offset: int = 0
    event: str = ""
    distinct_id: str = ""
    person_id: str = ""
    action_id: int | None = None
    properties: Any = None
    after: str = ""  # as dates of queries are written
    before: str = ""
    last_id: UUID | None = None  # the last of the page before, which ended at that moment
    is_ascending: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    """Both bounds are exclusive."""

    after: datetime | None
    before: datetime


def list_events(*, project: Project, filters: EventFilters, now: datetime) -> list[dict[str, Any]]:
    """Return one page of events. Raises EngineError, and DomainError for a malformed filter."""
    move_waiting(project_id=project.pk)
    context = context_of(project, now)
    spans = list(_spans(filters, context))
    try:
        condition = all_of(_conditions(project, filters, context))
    except Missing:  # an unknown person or action has no events
        return []
    for span in spans:
        rows = _ask(context, all_of([condition, *_times(filters, span)]), filters)
        if len(rows) == filters.limit:
            break
    return _answers(project, rows)


def event_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Any]]:
    """Events as lines of a table, below the names of its columns."""
    yield LINE
    for row in rows:
        yield [row[name] for name in LINE]


def get_event(*, project: Project, given: str, now: datetime) -> dict[str, Any]:
    """The event of this uuid. Raises InvalidUUID, Missing."""
    uuid = parse_uuid(given)
    if uuid is None:
        raise InvalidUUID
    move_waiting(project_id=project.pk)
    rows = _ask(context_of(project, now), equals(field("uuid"), uuid), EventFilters(limit=1))
    if not rows:
        raise Missing(f"No events exist for event UUID {uuid}")
    return _answers(project, rows)[0]


def _spans(filters: EventFilters, context: QueryContext) -> Iterator[_Span]:
    """Most pages are of the last day: looking there first is the same answer, found sooner."""
    after, before = filters.after, filters.before
    end = read_moment(before, context, attr="before").at if before else context.now + SOON
    if after:
        yield _Span(read_moment(after, context, attr="after").at, end)
        return
    if not filters.is_ascending:  # the first there is
        yield _Span(end - RECENTLY, end)
    yield _Span(None, end)


def _conditions(
    project: Project, filters: EventFilters, context: QueryContext
) -> Iterator[ast.Expr]:
    if filters.event:
        yield equals(field("event"), filters.event)
    if filters.distinct_id:
        yield equals(field("distinct_id"), filters.distinct_id)
    if filters.person_id:
        person = get_person(project=project, given=filters.person_id)
        yield equals(field("person_id"), person.uuid)
    if filters.properties:
        reader = Reader({"properties": filters.properties}, "events")
        yield properties_condition(read_properties(reader), context)
    if filters.action_id is not None:
        action = context.actions.get(filters.action_id)
        if action is None:
            raise Missing(f"Action ID {filters.action_id} does not exist!")
        yield action_condition(action, context)


def _times(filters: EventFilters, span: _Span) -> Iterator[ast.Expr]:
    if span.after is not None:
        yield _beyond(">", span.after, filters.last_id if filters.is_ascending else None)
    yield _beyond("<", span.before, None if filters.is_ascending else filters.last_id)


def _beyond(op: ast.CompareOperator, moment: datetime, last_id: UUID | None) -> ast.Expr:
    beyond = compared(TIMESTAMP, op, instant(moment))
    if last_id is None:
        return beyond
    uuid = call("toString", field("uuid"))
    also = [equals(TIMESTAMP, instant(moment)), compared(uuid, op, str(last_id))]
    return any_of([beyond, all_of(also)])


def _ask(context: QueryContext, condition: ast.Expr, filters: EventFilters) -> list[Any]:
    order: Literal["ASC", "DESC"] = "ASC" if filters.is_ascending else "DESC"
    keys = (TIMESTAMP, call("toString", field("uuid")))
    tree = replace(
        select(COLUMNS, "events", where=[condition]),
        order_by=tuple(ast.OrderExpr(key, order) for key in keys),
        limit=constant(filters.limit),
        offset=constant(filters.offset) if filters.offset else None,
    )
    release_connection()
    return list(executor(context)(tree))


def _answers(project: Project, rows: list[Any]) -> list[dict[str, Any]]:
    people = _people(project, sorted({row[-1] for row in rows}))
    size = AnswerSize(MOST_ANSWER_BYTES)
    answers = []
    for row in rows:
        _, shown = people.get(row[-1], (False, ""))
        size.add(sum(len(text.encode()) for text in (*row[4:6], shown)))
        answers.append(_answer(row, people))
    return answers


def _people(project: Project, uuids: Sequence[str]) -> dict[str, tuple[bool, str]]:
    """Return who is identified, and the few properties that answers show, as JSON."""
    found = {}
    for start in range(0, len(uuids), ROWS_AT_ONCE):
        some = uuids[start : start + ROWS_AT_ONCE]
        for person in persons_named(project=project, ids=some):
            known = as_object(person.properties)
            shown = {name: known[name] for name in SHOWN if name in known}
            # Written here: the database gives a huge float back as an integer beyond 64 bits.
            found[str(person.uuid)] = person.is_identified, json.dumps(shown)
    return found


def _answer(row: Any, people: Mapping[str, tuple[bool, str]]) -> dict[str, Any]:
    uuid, event, moment, distinct_id, properties, elements_chain, person_id = row
    person = people.get(person_id)
    return Event.make(
        (),
        id=uuid,
        distinct_id=distinct_id,
        properties=Fragment(properties),
        event=event,
        timestamp=_moment(int(moment)),
        person=None if person is None else _person(*person, distinct_id),
        elements_chain=elements_chain,
    )


def _moment(microseconds: int) -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00Z") + timedelta(microseconds=microseconds)


def _person(is_identified: bool, shown: str, distinct_id: str) -> dict[str, Any]:
    return EventPerson.make(
        (),
        is_identified=is_identified,
        distinct_ids=[distinct_id],
        properties=Fragment(shown),
    )
