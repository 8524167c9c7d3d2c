"""People as answers show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orjson import Fragment

from posthog_lite.database.stored_json import as_object
from posthog_lite.events.person_names import name_properties
from posthog_lite.events.selectors.persons import MOST_IDS_SHOWN, distinct_ids_of, person_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.models import Person


COLUMNS = ("id", "uuid", "name", "distinct_ids", "created_at", "properties")
MOST_LINES = 10_000
_LINES_AT_ONCE = 500


def person_rows(
    *, project: Project, persons: Sequence[Person], most_ids: int = MOST_IDS_SHOWN
) -> list[dict[str, Any]]:
    """Each person with a name and ids."""
    ids = distinct_ids_of(project=project, persons=persons, most=most_ids)
    names = name_properties(project.settings["person_display_name_properties"])
    return [_row(person, ids[person.pk], names) for person in persons]


def person_lines(*, project: Project, persons: QuerySet[Person]) -> Iterator[Sequence[Any]]:
    """The first 10,000 people as lines of a table, below the names of its columns."""
    yield COLUMNS
    for start in range(0, MOST_LINES, _LINES_AT_ONCE):
        some = list(persons[start : start + _LINES_AT_ONCE])
        for row in person_rows(project=project, persons=some):
            yield [row[name] for name in COLUMNS]
        if len(some) < _LINES_AT_ONCE:
            return


def _row(person: Person, distinct_ids: list[str], names: Sequence[str]) -> dict[str, Any]:
    return {
        "id": person.pk,
        "name": person_name(person, distinct_ids, names),
        "distinct_ids": distinct_ids,
        # Written here: the database gives a huge float back as an integer beyond 64 bits.
        "properties": Fragment(json.dumps(as_object(person.properties))),
        "created_at": person.created_at,
        "uuid": str(person.uuid),
    }
