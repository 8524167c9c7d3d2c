"""Applies events to people. Pure: no database.

`People` starts with the stored state of the ids that the events name, takes one event after
another, and collects the changes to write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import orjson

from posthog_lite.events.property_names import (
    CREATE_ALIAS,
    DELETE_PERSON_PROPERTY,
    FREQUENT,
    IDENTIFY,
    INITIAL,
    MERGE_DANGEROUSLY,
    SET,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from posthog_lite.events.normalizing import Event, Properties

_NAMESPACE = UUID("932979b4-65c3-4424-8467-0b66ec27bc22")
# An event this much later than the person of its id is no longer of the time before there was one.
AFTER_PERSON = timedelta(minutes=1)
MOST_PROPERTY_BYTES = 512 * 1024
ALWAYS_WRITES = frozenset({IDENTIFY, CREATE_ALIAS, MERGE_DANGEROUSLY, SET, DELETE_PERSON_PROPERTY})

FULL, PERSONLESS, UPGRADED = "full", "propertyless", "force_upgrade"


def person_uuid(project_id: int, distinct_id: str) -> UUID:
    """The uuid of a person whose first id this is, also of a personless one."""
    return uuid5(_NAMESPACE, f"{project_id}:{distinct_id}")


@dataclass(slots=True, eq=False)
class PersonState:
    """A person as stored, or as the events leave them."""

    uuid: UUID
    created_at: datetime
    properties: Properties = field(default_factory=dict)
    is_identified: bool = False
    is_dated: bool = True
    is_implicit: bool = False
    pk: int | None = None
    version: int = 0
    is_changed: bool = False
    # Whether stored events bear the uuid: those of a new person do if they had none before.
    has_history: bool = True


@dataclass(slots=True)  # one is made for every event: frozen ones take three times as long to make
class Attribution:
    """The owner of an event: a person, or an id without one."""

    person: PersonState | None
    own_id: UUID
    mode: str


class People:
    """The people behind some ids: `None` stands for an id seen in personless events only."""

    def __init__(self, project_id: int, known: Mapping[str, PersonState | None]) -> None:
        self._project_id = project_id
        self._people: dict[str, PersonState | None] = dict(known)
        self._stored = dict(known)
        # The uuids under which earlier events were stored, and whose they are now.
        self._overrides: dict[UUID, PersonState] = {}
        self._absorbed: dict[PersonState, PersonState] = {}
        self._told: set[str] = set()

    def take(self, event: Event, *, is_history: bool = False) -> Attribution:
        """Apply an event, and return its owner; of the past it only names somebody."""
        person = self._people.get(event.distinct_id)
        if event.is_personless or (person is None and not event.makes_person):
            return self._take_personless(event, person)
        if event.merged_id is not None:
            person = self._merge_ids(event, event.merged_id)
        elif person is None:
            person = self.create(event.distinct_id, event.timestamp)
            person.is_identified, person.is_implicit = event.event == IDENTIFY, is_history
        if person.is_implicit and not is_history:
            person.is_implicit, person.is_changed = False, True
        if not person.is_dated:
            person.created_at, person.is_dated, person.is_changed = event.timestamp, True, True
        if event.lifted or event.set or event.set_once or event.unset:
            _change_properties(person, event)
        return Attribution(person, person.uuid, FULL)

    def attach(self, distinct_id: str, person: PersonState) -> None:
        """Give an id without a person to this one."""
        own = person_uuid(self._project_id, distinct_id)
        if distinct_id in self._people and own != person.uuid:
            self._overrides[own] = person
        self._people[distinct_id] = person

    def absorb(self, source: PersonState, target: PersonState) -> None:
        """Merge the source into the target, whose properties win."""
        if _fits(merged := source.properties | target.properties):
            target.properties = merged
        if source.is_dated:
            dates = [source.created_at, *([target.created_at] if target.is_dated else [])]
            target.created_at, target.is_dated = min(dates), True
        target.is_implicit &= source.is_implicit
        target.is_changed = True
        for distinct_id, person in self._people.items():
            if person is source:
                self._people[distinct_id] = target
        if source.has_history:
            self._overrides[source.uuid] = target
        self._absorbed[source] = target

    def get(self, distinct_id: str) -> PersonState | None:
        return self._people.get(distinct_id)

    def was_seen(self, distinct_id: str) -> bool:
        """Return whether the id was stored before, with or without a person."""
        return distinct_id in self._stored

    def create(self, distinct_id: str, created_at: datetime) -> PersonState:
        """Add a new person with their first id."""
        person = PersonState(
            uuid=person_uuid(self._project_id, distinct_id),
            created_at=created_at,
            is_changed=True,
            has_history=distinct_id in self._people,
        )
        self._people[distinct_id] = person
        return person

    def tell(
        self,
        distinct_ids: Sequence[str],
        *,
        properties: Properties,
        created_at: datetime | None,
        is_identified: bool,
        now: datetime,
    ) -> None:
        """Make all of these ids one person with the given properties.

        A new person without `created_at` gets the time of their first event.
        """
        first, *others = distinct_ids
        self._told.update(distinct_ids)
        found = next(filter(None, map(self._people.get, distinct_ids)), None)
        person = found or self.create(first, created_at or now)
        for distinct_id in [first, *others]:
            other = self._people.get(distinct_id)
            if other is None:
                self.attach(distinct_id, person)
            elif other is not person:
                self.absorb(other, person)
        if found is None or created_at is not None:
            person.created_at, person.is_dated = created_at or now, created_at is not None
        if _fits(merged := person.properties | properties):
            person.properties = merged
        person.is_identified |= is_identified
        person.is_implicit, person.is_changed = False, True

    def final(self, person: PersonState) -> PersonState:
        """The person that this one was merged into, or itself."""
        while person in self._absorbed:
            person = self._absorbed[person]
        return person

    @property
    def overrides(self) -> dict[UUID, PersonState]:
        return {old: self.final(person) for old, person in self._overrides.items()}

    @property
    def merged(self) -> list[tuple[PersonState, PersonState]]:
        """The stored people that were merged away, each with their target."""
        return [(source, self.final(source)) for source in self._absorbed if source.pk is not None]

    @property
    def assigned(self) -> dict[str, PersonState]:
        """The ids that had no person and were given one."""
        return {
            distinct_id: person
            for distinct_id, person in self._people.items()
            if person is not None and self._stored.get(distinct_id) is None
        }

    @property
    def told(self) -> dict[str, PersonState]:
        """The ids of person lines that had their person before; a new engine lacks them."""
        people = ((each, self._people.get(each)) for each in self._told - self.assigned.keys())
        return {distinct_id: person for distinct_id, person in people if person is not None}

    @property
    def personless(self) -> list[str]:
        """The ids that are new and only in personless events."""
        return [
            distinct_id
            for distinct_id, person in self._people.items()
            if person is None and distinct_id not in self._stored
        ]

    @property
    def newcomers(self) -> list[str]:
        """The ids that are seen for the first time."""
        return [distinct_id for distinct_id in self._people if not self.was_seen(distinct_id)]

    @property
    def changed(self) -> list[PersonState]:
        """The people to write, new ones included."""
        people = dict.fromkeys(person for person in self._people.values() if person is not None)
        return [person for person in people if person.is_changed]

    @property
    def joins_people(self) -> bool:
        """Return whether ids move between people, rather than people being new or changed."""
        return bool(self._overrides or self.merged) or any(
            person.pk is not None for person in self.assigned.values()
        )

    @property
    def is_unchanged(self) -> bool:
        return not (self.changed or self.assigned or self.personless or self.merged)

    def _take_personless(self, event: Event, person: PersonState | None) -> Attribution:
        if person is None:
            self._people.setdefault(event.distinct_id, None)
            own = person_uuid(self._project_id, event.distinct_id)
            return Attribution(None, own, PERSONLESS)
        is_later = event.timestamp > person.created_at + AFTER_PERSON
        return Attribution(person, person.uuid, UPGRADED if is_later else PERSONLESS)

    def _merge_ids(self, event: Event, other_id: str) -> PersonState:
        """Merge the other id's person into the event's, unless it is identified.

        Either way whoever merges is identified from then on, and not merged into others.
        """
        target, source = self._people.get(event.distinct_id), self._people.get(other_id)
        if target is None:
            target = source or self.create(event.distinct_id, event.timestamp)
            self.attach(event.distinct_id if source else other_id, target)
        elif source is None:
            self.attach(other_id, target)
        elif source is not target and (
            not source.is_identified or event.event == MERGE_DANGEROUSLY
        ):
            self.absorb(source, target)
        if not target.is_identified:
            target.is_identified = target.is_changed = True
        return target


def _change_properties(person: PersonState, event: Event) -> None:
    """Apply set_once, set and unset, in this order."""
    old = person.properties
    if not (event.set or event.set_once or event.unset) and _is_small_news(old, event):
        return
    once = {INITIAL[name]: value for name, value in event.lifted.items()} | event.set_once
    new = old | {name: value for name, value in once.items() if old.get(name) is None}
    new |= event.lifted | event.set
    for name in event.unset:
        new.pop(name, None)
    if new != old and _is_worth_writing(old, new, event) and _fits(new):
        person.properties = new
        person.is_changed = True


def _is_small_news(old: Properties, event: Event) -> bool:
    """Return whether nothing lifted from an event needs to be written, as with most events."""
    if event.event in ALWAYS_WRITES:
        return False
    for name, value in event.lifted.items():
        if name not in old or old.get(INITIAL[name]) is None:
            return False
        if name not in FREQUENT and old[name] != value:
            return False
    return True


def _is_worth_writing(old: Properties, new: Properties, event: Event) -> bool:
    """Return whether a change goes beyond frequently changing properties."""
    if event.event in ALWAYS_WRITES or old.keys() != new.keys():
        return True
    return any(name not in FREQUENT and old[name] != value for name, value in new.items())


def _fits(properties: Properties) -> bool:
    return len(orjson.dumps(properties)) <= MOST_PROPERTY_BYTES


def ids_of(events: Sequence[Event]) -> list[str]:
    """Every id that the events name, once."""
    found = {event.distinct_id for event in events}
    found.update(event.merged_id for event in events if event.merged_id is not None)
    return sorted(found)
