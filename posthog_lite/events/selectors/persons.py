"""Everything that reads people."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTransform

from posthog_lite.domain import DomainError, Missing
from posthog_lite.events.models import Person, PersonDistinctId
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project

MOST_SEARCH_CHARACTERS = 200
MOST_IDS_SHOWN = 1000
NAMES = ("email", "Email", "$email", "name", "Name", "username", "Username", "UserName")
_SEARCHED = ("email", "name")
_UUID_LIKE = re.compile(r"[0-9a-fA-F]{8,}-[0-9a-fA-F]+-[0-9a-fA-F]+-[0-9a-fA-F]+-[0-9a-fA-F]{8,}")


class NotAPersonId(DomainError):
    """The id in a URL is neither a number nor a uuid."""

    def __init__(self, given: str) -> None:
        super().__init__(
            "The ID provided does not look like a personID. If you are using a distinctId, please"
            f" use /persons?distinct_id={given[:200]} instead."
        )


def list_persons(
    *,
    project: Project,
    search: str = "",
    email: str = "",
    distinct_id: str = "",
) -> QuerySet[Person]:
    """The project's people, newest first."""
    persons = Person.objects.for_project(project).order_by("-created_at", "-id")
    if search:
        persons = persons.filter(_matches(project, search[:MOST_SEARCH_CHARACTERS]))
    if email:
        persons = persons.filter(properties__email=email)
    if distinct_id:
        persons = persons.filter(_has_id(project, distinct_id))
    return persons


def get_person(*, project: Project, given: str) -> Person:
    """The person of a row id or a uuid. Raises NotAPersonId, Missing."""
    pk, uuid = parse_row_id(given), parse_uuid(given)
    if pk is None and uuid is None:
        raise NotAPersonId(given)
    found = Person.objects.for_project(project)
    person = found.filter(Q(uuid=uuid) if pk is None else Q(pk=pk)).first()
    if person is None:
        raise Missing("Not found.")
    return person


def persons_named(
    *, project: Project, ids: Sequence[str] = (), distinct_ids: Sequence[str] = ()
) -> QuerySet[Person]:
    """People by uuids or row ids, and by distinct ids; unknown ones are left out."""
    keys = [key for each in ids if (key := parse_row_id(each)) is not None]
    uuids = [uuid for each in ids if (uuid := parse_uuid(each)) is not None]
    owned = PersonDistinctId.objects.for_project(project).filter(distinct_id__in=distinct_ids)
    return Person.objects.for_project(project).filter(
        Q(pk__in=keys) | Q(uuid__in=uuids) | Q(pk__in=owned.values("person"))
    )


def distinct_ids_of(
    *, project: Project, persons: Iterable[Person], most: int = MOST_IDS_SHOWN
) -> dict[int, list[str]]:
    """The ids of each person, those that somebody chose before those that a browser made up."""
    keys = [person.pk for person in persons]
    rows = (
        PersonDistinctId.objects.for_project(project)
        .filter(person__in=keys)
        .order_by("id")
        .values_list("person_id", "distinct_id")
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for pk, distinct_id in rows:
        found[pk].append(distinct_id)
    return {pk: sorted(found[pk], key=looks_anonymous)[:most] for pk in keys}


def looks_anonymous(distinct_id: str) -> bool:
    """Whether an id looks like one that an SDK made up, before anybody was known."""
    return _UUID_LIKE.fullmatch(distinct_id) is not None


def person_name(properties: dict[str, Any], distinct_ids: Sequence[str], pk: int) -> str:
    """What to call somebody: by a property, else by the best id."""
    for name in NAMES:
        value = properties.get(name)
        if value and isinstance(value, (str, int, float)):
            return str(value)
    return distinct_ids[0] if distinct_ids else str(pk)


def list_values(*, project: Project, key: str, value: str = "") -> list[tuple[Any, int]]:
    """The most frequent values of a property of people, and how many have each."""
    found: defaultdict[str, int] = defaultdict(int)
    rows = Person.objects.for_project(project).filter(properties__has_key=key)
    values = rows.order_by("-id").values_list(KeyTransform(key, "properties"), flat=True)
    for stored in values[:10_000]:
        if isinstance(stored, (str, int, float)) and value.lower() in str(stored).lower():
            found[str(stored)] += 1
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:10]


def _matches(project: Project, text: str) -> Q:
    found = Q(_has_id(project, text))
    for name in _SEARCHED:
        found |= Q(**{f"properties__{name}__icontains": text})
    try:
        return found | Q(uuid=UUID(text))
    except ValueError:
        return found


def _has_id(project: Project, distinct_id: str) -> Exists:
    owned = PersonDistinctId.objects.for_project(project)
    return Exists(owned.filter(distinct_id=distinct_id, person=OuterRef("pk")))
