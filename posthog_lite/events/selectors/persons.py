"""Everything that reads people."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Func, JSONField, OuterRef, Q, TextField, Value
from django.db.models.functions import Length

from posthog_lite.database.stored_json import as_object
from posthog_lite.domain import DomainError, Missing
from posthog_lite.events.models import EventDeletion, Person, PersonDistinctId
from posthog_lite.events.payloads import parse_uuid
from posthog_lite.events.person_names import named_by
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project

MOST_SEARCH_CHARACTERS = 200
MOST_IDS_SHOWN = 1000
LONGEST_VALUE = 1000
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


def persons_by_distinct_id(*, project: Project, distinct_ids: Sequence[str]) -> dict[str, int]:
    """The number of the person of each distinct id; unknown ids are left out."""
    rows = PersonDistinctId.objects.for_project(project).filter(distinct_id__in=distinct_ids)
    owned = rows.filter(person__isnull=False).order_by("id")
    return dict(owned.values_list("distinct_id", "person_id"))


def list_event_deletions(
    *, project: Project, status: str = "all", person_uuid: UUID | None = None
) -> QuerySet[EventDeletion]:
    """The deletions of events of the last months, newest first: all, `pending` or `completed`."""
    rows = EventDeletion.objects.for_project(project).order_by("-entry_id", "-id")
    if status != "all":
        rows = rows.filter(verified_at__isnull=status == "pending")
    return rows if person_uuid is None else rows.filter(person_uuid=person_uuid)


def distinct_ids_of(
    *, project: Project, persons: Iterable[Person], most: int | None = None
) -> dict[int, list[str]]:
    """The first ids of each person, chosen ones before those that look generated."""
    rows = Person.objects.for_project(project).filter(pk__in=[person.pk for person in persons])
    found = dict(rows.values_list("pk", first_distinct_ids(most)))
    return {person.pk: chosen_first(found.get(person.pk, ())) for person in persons}


def first_distinct_ids(most: int | None = None) -> ArraySubquery:
    """The oldest ids of a person, as a column: somebody may have very many."""
    # A person's ids are of their project. With its number as well, a database that has not looked
    # at the table yet would go through all ids of the project.
    owned = PersonDistinctId.all_projects.filter(person=OuterRef("pk"))
    return ArraySubquery(owned.order_by("id").values("distinct_id")[: most or MOST_IDS_SHOWN])


def chosen_first(distinct_ids: Iterable[str]) -> list[str]:
    """Ids that somebody chose before those that look generated."""
    return sorted(distinct_ids, key=looks_anonymous)


def looks_anonymous(distinct_id: str) -> bool:
    """Return whether an id looks generated by an SDK."""
    return _UUID_LIKE.fullmatch(distinct_id) is not None


def person_name(pk: int, properties: Any, distinct_ids: Sequence[str], names: Sequence[str]) -> str:
    """The display name of a person: from a property, else the best id."""
    named = named_by(as_object(properties), names)
    return named or (distinct_ids[0] if distinct_ids else str(pk))


def list_values(*, project: Project, key: str, value: str = "") -> list[tuple[Any, int]]:
    """The most frequent values of a property of people, and how many have each."""
    return frequent_values(Person.objects.for_project(project), key=key, value=value, most=10)


def frequent_values(
    rows: QuerySet[Any], *, key: str, value: str, most: int
) -> list[tuple[Any, int]]:
    """The most frequent values of a property of the latest 10,000 rows that have a short one.

    Who sends events may send values so long that as many of them would not fit into memory.
    """
    found: defaultdict[str, int] = defaultdict(int)
    value_of = Func(
        "properties", Value(key), function="jsonb_extract_path", output_field=JSONField()
    )
    text = Func(
        "properties", Value(key), function="jsonb_extract_path_text", output_field=TextField()
    )
    having = rows.filter(properties__has_key=key).alias(size=Length(text)).order_by("-id")
    having = having.filter(size__lte=LONGEST_VALUE)
    for stored in having.values_list(value_of, flat=True)[:10_000]:
        if isinstance(stored, (str, int, float)) and value.lower() in str(stored).lower():
            found[str(stored)] += 1
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]


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
