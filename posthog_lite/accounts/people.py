"""Users as other objects name them: `created_by` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import Value

from posthog_lite.accounts.models import User
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import IsAnyOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Person = dict[str, Any]
    People = Mapping[int | None, Person]

PERSON_KEYS = (
    "id",
    "uuid",
    "distinct_id",
    "first_name",
    "last_name",
    "email",
    "is_email_verified",
    "hedgehog_config",
    "role_at_organization",
)

_ANY_OF = CompiledQuery(
    lambda ids: User.objects.filter(IsAnyOf("pk", Value(ids))).values_list(*PERSON_KEYS), ids=list
)


def get_people(ids: Iterable[int | None], *, caller: User) -> People:
    """The users with these ids in the shape of UserBasic, by id; nobody under None.

    Most rows were made by the caller, who is known already: then no query is made.
    """
    people: dict[int | None, Person] = {}
    wanted = {pk for pk in ids if pk is not None}
    if caller.pk in wanted:
        people[caller.pk] = {name: getattr(caller, name) for name in PERSON_KEYS}
        wanted.remove(caller.pk)
    for row in _ANY_OF.rows(ids=sorted(wanted)) if wanted else ():
        people[row[0]] = _person(row)
    return people


def _person(row: tuple[Any, ...]) -> Person:
    person = dict(zip(PERSON_KEYS, row, strict=True))
    if person["hedgehog_config"] is not None:
        person["hedgehog_config"] = orjson.loads(person["hedgehog_config"])
    return person
