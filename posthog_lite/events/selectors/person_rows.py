"""People as answers show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orjson import Fragment

from posthog_lite.database.stored_json import as_object
from posthog_lite.events.selectors.persons import distinct_ids_of, person_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.models import Person


def person_rows(*, project: Project, persons: Sequence[Person]) -> list[dict[str, Any]]:
    """Each person with a name and all ids."""
    ids = distinct_ids_of(project=project, persons=persons)
    return [_row(person, ids[person.pk]) for person in persons]


def _row(person: Person, distinct_ids: list[str]) -> dict[str, Any]:
    return {
        "id": person.pk,
        "name": person_name(person.properties, distinct_ids, person.pk),
        "distinct_ids": distinct_ids,
        # Written here: the database gives a huge float back as an integer beyond 64 bits.
        "properties": Fragment(json.dumps(as_object(person.properties))),
        "created_at": person.created_at,
        "uuid": str(person.uuid),
    }
