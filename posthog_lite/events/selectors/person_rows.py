"""People as answers show them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db.models import TextField
from django.db.models.functions import Cast
from orjson import Fragment

from posthog_lite.domain import MOST_ANSWER_BYTES, AnswerSize, Missing
from posthog_lite.events import shapes
from posthog_lite.events.models import Person
from posthog_lite.events.person_names import name_properties
from posthog_lite.events.selectors.persons import (
    MOST_IDS_SHOWN,
    chosen_first,
    first_distinct_ids,
    get_person,
    person_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project


COLUMNS = ("id", "uuid", "name", "distinct_ids", "created_at", "properties")
MOST_LINES = 10_000
ROWS_AT_ONCE = 100  # each may be half a megabyte large


def person_rows(*, project: Project, keys: Sequence[int]) -> list[dict[str, Any]]:
    """Each person with a name and ids, in the order of the keys. Raises AnswerTooLarge."""
    return list(person_batch(project=project, keys={str(key): key for key in keys}).values())


def person_row(*, project: Project, given: str) -> dict[str, Any]:
    """The person of a row id or a uuid. Raises NotAPersonId, Missing."""
    key = get_person(project=project, given=given).pk
    for row in person_rows(project=project, keys=[key]):
        return row
    raise Missing("Not found.")


def person_batch(
    *, project: Project, keys: Mapping[str, int], most_ids: int = MOST_IDS_SHOWN
) -> dict[str, dict[str, Any]]:
    """The people of ids by these ids, several of which may be one's. Raises AnswerTooLarge."""
    size, times = AnswerSize(MOST_ANSWER_BYTES), Counter(keys.values())
    found = {}
    for key, row, bytes_of_row in _rows(project, list(times), most_ids):
        size.add(times[key] * bytes_of_row)
        found[key] = row
    return {given: found[key] for given, key in keys.items() if key in found}


def person_lines(
    *, project: Project, persons: QuerySet[Person], limit: int, offset: int
) -> Iterator[Sequence[Any]]:
    """Return at most 10,000 people as lines of a table, below the names of its columns."""
    yield COLUMNS
    keys = persons.values_list("pk", flat=True)[offset : offset + min(limit, MOST_LINES)]
    for _, row, _ in _rows(project, list(keys), MOST_IDS_SHOWN):
        yield [row[name] for name in COLUMNS]


def _rows(
    project: Project, keys: Sequence[int], most_ids: int
) -> Iterator[tuple[int, dict[str, Any], int]]:
    """The key, row and size of those who are still there, read some at a time."""
    names = name_properties(project.settings["person_display_name_properties"])
    persons = (
        Person.objects.for_project(project)
        .defer("properties")
        .annotate(text=Cast("properties", TextField()), ids=first_distinct_ids())
    )
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[start : start + ROWS_AT_ONCE]
        found = persons.in_bulk(some)
        for key in some:
            if (person := found.get(key)) is not None:
                ids = chosen_first(person.ids)[:most_ids]
                size = len(person.text.encode()) + sum(len(each.encode()) for each in ids)
                yield key, _row(person, ids, names), size


def _row(person: Any, ids: list[str], names: Sequence[str]) -> dict[str, Any]:
    text = person.text
    return shapes.Person.make(
        (),
        id=person.pk,
        name=person_name(person.pk, json.loads(text), ids, names),
        distinct_ids=ids,
        properties=Fragment(text if text.startswith("{") else "{}"),
        created_at=person.created_at,
        uuid=str(person.uuid),
    )
