"""Events in the bodies of capture v1, which are judged one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posthog_lite.domain import DomainError
from posthog_lite.events.payloads import (
    DROPPED,
    LONGEST_NAME,
    MAX_EVENTS,
    CapturedEvent,
    parse_uuid,
)
from posthog_lite.events.timestamps import parse_moment, resolve_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

# Ids that stand for nobody in particular: their events are stored without a person.
ANONYMOUS_IDS = {
    *("0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous", "backend"),
    *("anonymous-user", "distinct_id", "distinctid", "email", "false", "guest", "id", "nan"),
    *("none", "not_authenticated", "null", "system", "true", "undefined", "user"),
}
# Options -> the properties that they become, and what they must be.
OPTIONS: dict[str, tuple[str, type]] = {
    "cookieless_mode": ("$cookieless_mode", bool),
    "disable_skew_correction": ("$ignore_sent_at", bool),
    "product_tour_id": ("$product_tour_id", str),
    "process_person_profile": ("$process_person_profile", bool),
}


class BatchRefusal(DomainError):
    """A v1 request that is refused whole; `code` tells a program why."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.status_code = status


@dataclass(frozen=True, slots=True)
class Request:
    """The headers of a v1 request, the moment and the address."""

    now: datetime
    sent_at: datetime
    ip: str | None
    library: str
    library_version: str


@dataclass(slots=True)
class BatchOutcome:
    """The results of the events of a batch, by uuid."""

    events: list[CapturedEvent] = field(default_factory=list)
    results: dict[str, dict[str, str]] = field(default_factory=dict)


class _Drop(Exception):  # never leaves this module
    """This event cannot be stored, for the reason given."""


def judge(data: Any, request: Request) -> BatchOutcome:
    """The events to store, and the result for each. Raises BatchRefusal."""
    outcome = BatchOutcome()
    for uuid, event in _batch(data):
        try:
            captured = _event(uuid, event, request)
        except _Drop as reason:
            outcome.results[event["uuid"]] = {"result": "drop", "details": str(reason)}
            continue
        if captured.event not in DROPPED:
            outcome.events.append(captured)
        outcome.results[event["uuid"]] = _result(captured)
    return outcome


def _result(captured: CapturedEvent) -> dict[str, str]:
    if captured.distinct_id.lower() in ANONYMOUS_IDS:
        return {"result": "warning", "details": "person_processing_disabled"}
    return {"result": "ok"}


def _batch(data: Any) -> Iterator[tuple[UUID, dict[str, Any]]]:
    if not isinstance(data, dict) or not isinstance(data.get("batch"), list):
        raise BatchRefusal("invalid_batch", "The body must be an object with a list `batch`.")
    created_at = data.get("created_at")
    if not isinstance(created_at, str) or parse_moment(created_at) is None:
        raise BatchRefusal("invalid_created_at", "`created_at` must be an RFC 3339 timestamp.")
    if not data["batch"]:
        raise BatchRefusal("empty_batch", "The batch holds no event.")
    if len(data["batch"]) > MAX_EVENTS:
        raise BatchRefusal("batch_too_large", f"A batch holds {MAX_EVENTS} events at most.", 413)
    return iter(_with_uuids(data["batch"]))


def _with_uuids(events: list[Any]) -> list[tuple[UUID, dict[str, Any]]]:
    named = []
    for event in events:
        text = event.get("uuid") if isinstance(event, dict) else None
        uuid = parse_uuid(text) if isinstance(text, str) else None
        if uuid is None:
            raise BatchRefusal("invalid_event_uuid", "Every event must have a valid `uuid`.")
        named.append((uuid, event))
    if len({uuid for uuid, _ in named}) < len(named):
        raise BatchRefusal("duplicate_event_uuid", "Two events of the batch have one `uuid`.")
    return named


def _event(uuid: UUID, event: dict[str, Any], request: Request) -> CapturedEvent:
    distinct_id = _required_text(event, "distinct_id", "distinct_id_too_large")
    properties = _properties(event, request)
    if distinct_id.lower() in ANONYMOUS_IDS:
        properties["$process_person_profile"] = False
    is_skew_ignored = properties.get("$ignore_sent_at") is True
    return CapturedEvent(
        event=_required_text(event, "event", "event_name_too_long"),
        distinct_id=distinct_id,
        uuid=str(uuid),
        timestamp=resolve_timestamp(
            now=request.now,
            timestamp=_timestamp(event),
            sent_at=None if is_skew_ignored else request.sent_at,
        ),
        properties=properties,
        ip=request.ip,
    )


def _required_text(event: dict[str, Any], key: str, too_long: str) -> str:
    text = event.get(key)
    if not isinstance(text, str) or not text.strip():
        raise _Drop("missing_event_name" if key == "event" else "missing_distinct_id")
    if len(text) > LONGEST_NAME:
        raise _Drop(too_long)
    return text


def _timestamp(event: dict[str, Any]) -> str:
    text = event.get("timestamp")
    if not isinstance(text, str) or parse_moment(text) is None:
        raise _Drop("invalid_event_timestamp")
    return text


def _properties(event: dict[str, Any], request: Request) -> dict[str, Any]:
    """The properties, with what v1 has fields and headers for."""
    given = event.get("properties")
    if given is not None and not isinstance(given, dict):
        raise _Drop("malformed_event_properties")
    properties = dict(given or {}) | _options(event.get("options"))
    properties["$lib"] = request.library
    properties["$lib_version"] = request.library_version
    for key in ("session_id", "window_id"):
        if isinstance(event.get(key), str):
            properties[f"${key}"] = event[key]
    return properties


def _options(options: Any) -> dict[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise _Drop("invalid_options")
    properties = {}
    for key, (name, kind) in OPTIONS.items():
        value = options.get(key)
        if value is None:
            continue
        if not isinstance(value, kind):
            raise _Drop("invalid_options")
        properties[name] = value
    return properties
