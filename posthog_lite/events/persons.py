"""Reads and writes people in the database.

Every writer holds the project's lock: exclusively where ids move between people (a merge, a split,
a deletion), shared where people are only new or changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4
from zlib import crc32

import orjson
from django.db import connection

from posthog_lite.database.compiled import fetch
from posthog_lite.database.transactions import undone_alone
from posthog_lite.events.people import People, PersonState
from posthog_lite.strict_json import within_64_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Any
    from uuid import UUID

    from posthog_lite.events.models import Person
    from posthog_lite.events.rows import Rows

ATTEMPTS_TOGETHER = 3
_LOCK = 0x7065_0000_0000_0000  # plus the project's id
_NEWCOMERS = 0x6E65_0000_0000_0000
_STATE = (
    "d.distinct_id, p.id, p.uuid, p.created_at, p.properties, p.is_identified, p.is_dated,"
    " p.is_implicit, p.version"
)
# PostgreSQL expects the same of an array that a subquery gives, however many ids are in it. So it
# plans the statement once; to plan it for each request would take longer than to run it. And
# LIMIT has it look rows up by their index, also where it planned while the tables were empty.
_OWNERS = (
    " LEFT JOIN LATERAL unnest(ARRAY(SELECT unnest(%s::text[]))) AS u(distinct_id) ON true"
    " LEFT JOIN LATERAL (SELECT * FROM events_persondistinctid"
    "  WHERE project_id = t.id AND distinct_id = u.distinct_id LIMIT 1) d ON true"
    " LEFT JOIN LATERAL (SELECT * FROM events_person WHERE id = d.person_id LIMIT 1) p ON true"
)
_PLACES = 64  # a transaction holds as many locks at most: PostgreSQL has room for so many


class Recipient(NamedTuple):
    """The project that events are for, and the people behind them."""

    project_id: int
    keeps_ips: bool
    people: People


class PeopleMoved(Exception):
    """Another transaction changed the same people; start again."""


class IdsChangeHands(PeopleMoved):
    """The change needs the exclusive lock; start again with it."""


def until_settled(store: Callable[[bool], None]) -> None:
    """Call `store` until no other writer interferes; its argument asks for the exclusive lock.

    The exclusive lock makes others wait, so it comes last unless ids move.
    """
    for _ in range(ATTEMPTS_TOGETHER):
        try:
            with undone_alone():
                return store(False)
        except IdsChangeHands:
            break
        except PeopleMoved:
            continue
    return store(True)


def lock_people(*, project_id: int, alone: bool, newcomers: Iterable[str] = ()) -> int:
    """Hold the lock until the end of the transaction, and return a version for what it writes.

    Writers with the same new ids wait for each other; so do some whose ids share a hash.
    """
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    places = sorted({crc32(distinct_id.encode()) % _PLACES for distinct_id in newcomers})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {lock}(%s),"  # noqa: S608  # one of two names
            " (SELECT count(pg_advisory_xact_lock(place)) FROM unnest(%s::bigint[]) AS place),"
            " nextval('events_version_seq')",
            [
                _LOCK + project_id,
                [_NEWCOMERS + project_id * _PLACES + place for place in places],
            ],
        )
        *_, version = cursor.fetchone()
    return int(version)


def read_people(*, project_id: int, distinct_ids: Sequence[str]) -> People:
    """The people behind these ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_STATE} FROM (SELECT %s::bigint AS id) t{_OWNERS}",  # noqa: S608  # made above
            [project_id, list(distinct_ids)],
        )
        return _people(project_id, cursor.fetchall())


def read_recipient(*, token: str, distinct_ids: Sequence[str]) -> Recipient | None:
    """The project with this token and the people behind these ids, by one question for both."""
    rows = fetch(
        f"SELECT t.id, t.anonymize_ips, {_STATE}"  # noqa: S608  # made above
        f" FROM accounts_project t{_OWNERS} WHERE t.api_token = %s",
        [list(distinct_ids), token],
    )
    if not rows:
        return None
    project_id, anonymizes_ips = rows[0][:2]
    people = _people(project_id, [row[2:] for row in rows])
    return Recipient(project_id, not anonymizes_ips, people)


def _people(project_id: int, rows: Iterable[tuple[Any, ...]]) -> People:
    people: dict[int | None, PersonState | None] = {None: None}
    known: dict[str, PersonState | None] = {}
    for distinct_id, pk, uuid, created_at, properties, *others in rows:
        if distinct_id is None:  # it is new
            continue
        if pk not in people:
            is_identified, is_dated, is_implicit, version = others
            people[pk] = PersonState(
                uuid=uuid,
                created_at=created_at,
                properties=orjson.loads(properties),
                is_identified=is_identified,
                is_dated=is_dated,
                is_implicit=is_implicit,
                pk=pk,
                version=version,
            )
        known[distinct_id] = people[pk]
    return People(project_id, known)


def write_people(*, people: People, rows: Rows, version: int) -> None:
    """Write what changed, and add it to the rows for the engine. Raises PeopleMoved."""
    project_id = rows.project_id
    changed = people.changed
    _lock_persons([person for person in changed if person.pk is not None])
    _insert_persons(project_id, [person for person in changed if person.pk is None], version)
    for source, target in people.merged:
        _move_ids(source, target, rows, version)
    _update_persons([person for person in changed if person.version], version)
    for person in changed:
        person.version = version
        rows.add_person(person, version=version)
    _assign_ids(people, rows, version)
    for distinct_id, person in people.told.items():
        rows.add_distinct_id(distinct_id, person.uuid, version=version)
    _insert_personless_ids(project_id, people.personless)
    _delete_persons([source for source, _ in people.merged], rows, version)
    write_overrides(
        rows=rows,
        overrides={old: person.uuid for old, person in people.overrides.items()},
        version=version,
    )


def rename_taken(*, project_id: int, people: People) -> None:
    """Give new people another uuid where theirs is taken. Needs the exclusive lock.

    That happens to an id that was split from its person and then deleted.
    """
    new = {person.uuid: person for person in people.changed if person.pk is None}
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid FROM events_person WHERE project_id = %s AND uuid = ANY(%s)"
            " UNION SELECT old_person_id FROM events_personoverride"
            " WHERE project_id = %s AND old_person_id = ANY(%s) AND person_id <> old_person_id",
            [project_id, list(new), project_id, list(new)],
        )
        for (uuid,) in cursor.fetchall():
            new[uuid].uuid = uuid4()


def write_overrides(*, rows: Rows, overrides: dict[UUID, UUID], version: int) -> None:
    """Redirect events of some person uuids, and what was redirected to them before."""
    if not overrides:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_personoverride o SET person_id = u.now, version = %s"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS u(old, now)"
            " WHERE o.project_id = %s AND o.person_id = u.old"
            " RETURNING o.old_person_id, o.person_id",
            [version, list(overrides), list(overrides.values()), rows.project_id],
        )
        moved = cursor.fetchall()
        cursor.execute(
            "INSERT INTO events_personoverride"
            " (project_id, old_person_id, person_id, version, created_at)"
            " SELECT %s, u.old, u.now, %s, now() FROM unnest(%s::uuid[], %s::uuid[]) AS u(old, now)"
            " ON CONFLICT (project_id, old_person_id)"
            " DO UPDATE SET person_id = EXCLUDED.person_id, version = EXCLUDED.version",
            [rows.project_id, version, list(overrides), list(overrides.values())],
        )
    for old, now in [*moved, *overrides.items()]:
        rows.add_override(old, now, version=version)


def forget_overrides(*, rows: Rows, person_id: UUID, version: int) -> list[UUID]:
    """Remove the redirections to a person, and return the uuids that had one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM events_personoverride WHERE project_id = %s AND person_id = %s"
            " RETURNING old_person_id",
            [rows.project_id, person_id],
        )
        former = [uuid for (uuid,) in cursor.fetchall()]
    for uuid in former:
        rows.add_override(uuid, uuid, version=version)
    return former


def state_of(person: Person) -> PersonState:
    """A person as the rows for the engine take it."""
    return PersonState(
        uuid=person.uuid,
        created_at=person.created_at,
        # The database gives a huge float back as an integer beyond 64 bits.
        properties=within_64_bits(person.properties),
        is_identified=person.is_identified,
        is_dated=person.is_dated,
        is_implicit=person.is_implicit,
        pk=person.pk,
        version=person.version,
    )


def _lock_persons(persons: Sequence[PersonState]) -> None:
    """Lock rows in the order of their ids, so that writers cannot deadlock."""
    if not persons:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, version FROM events_person WHERE id = ANY(%s) ORDER BY id"
            " FOR NO KEY UPDATE",
            [[person.pk for person in persons]],
        )
        found = dict(cursor.fetchall())
    if any(found.get(person.pk) != person.version for person in persons):
        raise PeopleMoved


def _insert_persons(project_id: int, persons: Sequence[PersonState], version: int) -> None:
    if not persons:
        return
    new = sorted(persons, key=lambda person: person.uuid)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_person"
            " (project_id, uuid, properties, created_at, is_identified, is_dated, is_implicit,"
            " version)"
            " SELECT %s, u.uuid, u.properties, u.created_at, u.is_identified, u.is_dated,"
            " u.is_implicit, %s"
            " FROM json_to_recordset(%s::json) AS u(uuid uuid, properties jsonb,"
            " created_at timestamptz, is_identified bool, is_dated bool, is_implicit bool)"
            " WHERE NOT EXISTS (SELECT FROM events_personoverride o"
            "  WHERE o.project_id = %s AND o.old_person_id = u.uuid AND o.person_id <> u.uuid)"
            " ON CONFLICT (project_id, uuid) DO NOTHING RETURNING uuid, id",
            [project_id, version, _as_json(new), project_id],
        )
        keys = dict(cursor.fetchall())
    if len(keys) < len(new):
        raise PeopleMoved
    for person in new:
        person.pk = keys[person.uuid]


def _update_persons(persons: Sequence[PersonState], version: int) -> None:
    if not persons:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_person p SET properties = u.properties,"
            " created_at = u.created_at, is_identified = u.is_identified, is_dated = u.is_dated,"
            " is_implicit = u.is_implicit, version = %s"
            " FROM json_to_recordset(%s::json) AS u(id bigint, properties jsonb,"
            " created_at timestamptz, is_identified bool, is_dated bool, is_implicit bool)"
            " WHERE p.id = u.id",
            [version, _as_json(persons)],
        )


def _as_json(persons: Iterable[PersonState]) -> str:
    """All rows as one JSON value; an array of JSON texts is slow to escape."""
    rows = [
        {
            "id": person.pk,
            "uuid": person.uuid,
            "properties": person.properties,
            "created_at": person.created_at,
            "is_identified": person.is_identified,
            "is_dated": person.is_dated,
            "is_implicit": person.is_implicit,
        }
        for person in persons
    ]
    return orjson.dumps(rows).decode()


def _assign_ids(people: People, rows: Rows, version: int) -> None:
    """Assign ids to people. Raises PeopleMoved for an id that another writer stored meanwhile."""
    assigned = sorted(people.assigned.items())
    if not assigned:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_persondistinctid AS d (project_id, distinct_id, person_id)"
            " SELECT %s, u.distinct_id, u.person_id"
            " FROM unnest(%s::text[], %s::bigint[]) AS u(distinct_id, person_id)"
            " ON CONFLICT (project_id, distinct_id) DO UPDATE SET person_id = EXCLUDED.person_id"
            " WHERE d.person_id IS NULL AND d.distinct_id = ANY(%s)",
            [
                rows.project_id,
                [distinct_id for distinct_id, _ in assigned],
                [person.pk for _, person in assigned],
                [distinct_id for distinct_id, _ in assigned if people.was_seen(distinct_id)],
            ],
        )
        if cursor.rowcount < len(assigned):
            raise PeopleMoved
    for distinct_id, person in assigned:
        rows.add_distinct_id(distinct_id, person.uuid, version=version)


def _insert_personless_ids(project_id: int, distinct_ids: Collection[str]) -> None:
    if not distinct_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_persondistinctid (project_id, distinct_id)"
            " SELECT %s, u.distinct_id FROM unnest(%s::text[]) AS u(distinct_id)"
            " ON CONFLICT (project_id, distinct_id) DO NOTHING",
            [project_id, sorted(distinct_ids)],
        )
        if cursor.rowcount < len(distinct_ids):
            raise PeopleMoved


def _move_ids(source: PersonState, target: PersonState, rows: Rows, version: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_persondistinctid SET person_id = %s"
            " WHERE project_id = %s AND person_id = %s RETURNING distinct_id",
            [target.pk, rows.project_id, source.pk],
        )
        for (distinct_id,) in cursor.fetchall():
            rows.add_distinct_id(distinct_id, target.uuid, version=version)


def _delete_persons(persons: Sequence[PersonState], rows: Rows, version: int) -> None:
    if not persons:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM events_person WHERE project_id = %s AND id = ANY(%s)",
            [rows.project_id, [person.pk for person in persons]],
        )
    for person in persons:
        rows.add_person(person, version=version, is_deleted=True)
