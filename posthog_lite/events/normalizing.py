"""Reads the changes of persons, groups and sessions from events. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from posthog_lite.events.elements import chain_of
from posthog_lite.events.models.group import GROUP_NAME_LENGTH
from posthog_lite.events.models.person import DISTINCT_ID_LENGTH
from posthog_lite.events.property_names import (
    CHANGES_NO_PERSON,
    FEATURE_FLAG_CALLED,
    GROUP_IDENTIFY,
    LIFTED,
    NEEDS_PERSON,
    OTHER_ID,
    REMOVED,
    SYSTEM,
    is_illegal_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from posthog_lite.events.payloads import CapturedEvent

    Properties = dict[str, Any]

NO_PROPERTIES: Properties = {}
NO_NAMES: list[str] = []
# Most events have none of these, so that one look at all of them saves many.
_READ_HERE = REMOVED | {"$elements", "$elements_chain", "$os_name", "$is_server"}
_READ_HERE |= {"$set", "$set_once", "$unset"}
SESSION_ID_LENGTH = 200


@dataclass(slots=True)
class Event:
    """An event as it is stored, with the changes it makes to its person."""

    uuid: str
    event: str
    distinct_id: str
    timestamp: datetime
    properties: Properties
    set: Properties = field(default_factory=dict)
    set_once: Properties = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    # What the event says of their device and of where they come from: set, and once as `$initial_`.
    lifted: Properties = field(default_factory=dict)
    merged_id: str | None = None
    is_personless: bool = False
    makes_person: bool = True
    elements_chain: str = ""
    ip: str | None = None  # of the sender


def normalize(events: Iterable[CapturedEvent]) -> Iterator[Event]:
    """Yield the events to store, without personless ones that need a person."""
    for captured in events:
        is_personless = captured.properties.get("$process_person_profile") is False
        if not (is_personless and captured.event in NEEDS_PERSON):
            yield _normalized(captured, is_personless=is_personless)


def write_addresses(events: Iterable[Event], *, keeps_ips: bool) -> None:
    """Put the sender's address where an event tells none, or take out the one it tells."""
    for event in events:
        if not keeps_ips:
            event.properties.pop("$ip", None)
        elif event.ip:
            event.properties.setdefault("$ip", event.ip)


def as_it_was(captured: CapturedEvent) -> Event:
    """The event of an import, which changes no person."""
    properties = {name: value for name, value in captured.properties.items() if name not in REMOVED}
    chain = _take_elements(properties)
    return Event(
        uuid=captured.uuid,
        event=captured.event,
        distinct_id=captured.distinct_id,
        timestamp=captured.timestamp,
        properties=_with_sets(properties, captured),
        is_personless=properties.get("$process_person_profile") is False,
        elements_chain=chain,
    )


def groups_of(properties: Properties) -> dict[str, str]:
    """The key of each type of group that an event names."""
    groups = properties.get("$groups")
    if not isinstance(groups, dict):
        return {}
    return {
        name[:GROUP_NAME_LENGTH]: key
        for name, value in groups.items()
        if name and (key := text_of(value, GROUP_NAME_LENGTH))
    }


def identified_group(event: Event) -> tuple[str, str, Properties] | None:
    """The type, key and new properties of the group that a `$groupidentify` describes."""
    if event.event != GROUP_IDENTIFY:
        return None
    group_type = text_of(event.properties.get("$group_type"), GROUP_NAME_LENGTH)
    group_key = text_of(event.properties.get("$group_key"), GROUP_NAME_LENGTH)
    if not group_type or not group_key:
        return None
    return group_type, group_key, _object(event.properties.get("$group_set"))


def text_of(value: Any, length: int) -> str:
    """An id or key as text, as other JSON than strings is written; empty for none."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text[:length]


def _normalized(captured: CapturedEvent, *, is_personless: bool) -> Event:
    properties = captured.properties.copy()
    is_plain = _READ_HERE.isdisjoint(properties) and not captured.set and not captured.set_once
    event = Event(
        uuid=captured.uuid,
        event=captured.event,
        distinct_id=captured.distinct_id,
        timestamp=captured.timestamp,
        properties=properties,
        set=NO_PROPERTIES,
        set_once=NO_PROPERTIES,
        unset=NO_NAMES,
        lifted=NO_PROPERTIES,
        is_personless=is_personless,
        makes_person=_makes_person(captured),
        elements_chain="" if is_plain else _take_elements(properties),
        ip=captured.ip,
    )
    if not is_plain:
        _clean(event, captured)
    if not is_personless and event.event not in CHANGES_NO_PERSON:
        _read_changes(event, is_plain=is_plain)
    return event


def _makes_person(captured: CapturedEvent) -> bool:
    """A call of a flag makes nobody, unless it says so or names groups."""
    if captured.event != FEATURE_FLAG_CALLED:
        return True
    properties = captured.properties
    return properties.get("$process_person_profile") is True or bool(groups_of(properties))


def _clean(event: Event, captured: CapturedEvent) -> None:
    for name in REMOVED:
        event.properties.pop(name, None)
    if not event.is_personless:
        event.properties = _with_sets(event.properties, captured)
        return
    for name in ("$set", "$set_once", "$unset"):
        event.properties.pop(name, None)


def _take_elements(properties: Properties) -> str:
    elements = properties.pop("$elements", None)
    chain = properties.pop("$elements_chain", None)
    if isinstance(chain, str) and chain:
        return chain
    return chain_of(elements) if isinstance(elements, list) else ""


def _with_sets(properties: Properties, captured: CapturedEvent) -> Properties:
    """The properties, with `$set` and `$set_once` given beside them merged in."""
    for name, given in (("$set", captured.set), ("$set_once", captured.set_once)):
        if given:
            properties[name] = _object(properties.get(name)) | given
    return properties


def _read_changes(event: Event, *, is_plain: bool) -> None:
    event.lifted = _lifted(event.properties)
    if event.event in OTHER_ID:
        event.merged_id = _merged_id(event)
    if is_plain:
        return
    properties = event.properties
    event.set = _object(properties.get("$set"))
    event.set_once = _object(properties.get("$set_once"))
    unset = properties.get("$unset")
    if isinstance(unset, (list, dict)):
        event.unset = [name for name in unset if isinstance(name, str)]
    event.lifted = _of_system(event.lifted, properties)


def _lifted(properties: Properties) -> Properties:
    return {
        name: value for name, value in properties.items() if name in LIFTED and value is not None
    }


def _of_system(lifted: Properties, properties: Properties) -> Properties:
    """Return the lifted properties without a server's system, and with the system's other name."""
    if properties.get("$is_server") is True:
        return {name: value for name, value in lifted.items() if name not in SYSTEM}
    if "$os_name" in properties and "$os" not in properties:
        return lifted | {"$os": properties["$os_name"]}
    return lifted


def _merged_id(event: Event) -> str | None:
    given = event.properties.get(OTHER_ID[event.event])
    if isinstance(given, dict):  # no id, but a mistake of its sender
        return None
    other = text_of(given, DISTINCT_ID_LENGTH)
    if other == event.distinct_id or is_illegal_id(other) or is_illegal_id(event.distinct_id):
        return None
    return other


def _object(value: Any) -> Properties:
    return value if isinstance(value, dict) else NO_PROPERTIES
