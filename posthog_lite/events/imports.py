"""Lines of an import: people, types of properties, and events. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from posthog_lite.domain import DomainError
from posthog_lite.events.json_bodies import load_json
from posthog_lite.events.models.definition import NAME_LENGTH, PropertyKind, PropertyType
from posthog_lite.events.payloads import (
    CapturedEvent,
    Envelope,
    Reception,
    clean_distinct_id,
    read_events,
)
from posthog_lite.events.timestamps import parse_moment

if TYPE_CHECKING:
    from datetime import datetime

MOST_IDS = 10_000
_KINDS = {kind.label: kind for kind in PropertyKind}
_TOKEN = ""  # the project is named by the command


class WrongLine(DomainError):
    """A line of an import that cannot be taken."""


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """A person with all of their ids."""

    distinct_ids: list[str]
    properties: dict[str, Any]
    created_at: datetime | None
    is_identified: bool


@dataclass(frozen=True, slots=True)
class ImportedType:
    """The type of a property; of events and of people where no kind is given."""

    name: str
    property_type: str
    kinds: tuple[int, ...]


def read_line(text: bytes, now: datetime) -> CapturedEvent | ImportedPerson | ImportedType | None:
    """The content of a line; None for an event of a product that is not supported.

    Raises DomainError, with what is wrong.
    """
    data = load_json(text)
    if not isinstance(data, dict):
        raise WrongLine("expected an object")
    if "event" not in data:
        if "person" in data:
            return _person(_object(data, "person"))
        if "property_definition" in data:
            return _type(_object(data, "property_definition"))
    return _event(data, now)


def _event(data: dict[str, Any], now: datetime) -> CapturedEvent | None:
    found = read_events(Envelope(_TOKEN, None, [data]), Reception(now=now))
    if not found:
        return None
    [event] = found
    if event.timestamp == now and (moment := parse_moment(str(data.get("timestamp")))) is not None:
        return replace(event, timestamp=moment)  # one that is still to come stays as it is
    return event


def _person(data: dict[str, Any]) -> ImportedPerson:
    ids = data.get("distinct_ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_IDS or not all(ids):
        raise WrongLine(f"field `distinct_ids` must be a list of 1 to {MOST_IDS:,} ids")
    created_at = data.get("created_at")
    moment = parse_moment(created_at) if isinstance(created_at, str) else None
    if created_at is not None and moment is None:
        raise WrongLine("field `created_at` must be a time in ISO 8601")
    return ImportedPerson(
        distinct_ids=[clean_distinct_id(each) for each in ids],
        properties=_object(data, "properties") if data.get("properties") is not None else {},
        created_at=moment,
        is_identified=data.get("is_identified") is True,
    )


def _type(data: dict[str, Any]) -> ImportedType:
    name, property_type, kind = (data.get(key) for key in ("name", "property_type", "type"))
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH:
        raise WrongLine(f"field `name` must have 1 to {NAME_LENGTH} characters")
    if property_type not in PropertyType.values:
        raise WrongLine(f"field `property_type` must be one of {', '.join(PropertyType.values)}")
    if kind is not None and kind not in _KINDS:
        raise WrongLine(f"field `type` must be one of {', '.join(_KINDS)}")
    kinds = (PropertyKind.EVENT, PropertyKind.PERSON) if kind is None else (_KINDS[kind],)
    return ImportedType(name, property_type, kinds)


def _object(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise WrongLine(f"field `{key}` must be an object")
    return value
