"""Takes the body of a capture request: finds its project, reads its events, has them stored.

Nothing large is built before a token in it is known to be a project's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from posthog_lite.accounts.selectors import get_project_with_token, list_projects_with_tokens
from posthog_lite.domain import DomainError
from posthog_lite.events.compression import unpack
from posthog_lite.events.ingestion import ingest, ingest_by_token
from posthog_lite.events.json_bodies import load_json
from posthog_lite.events.payloads import (
    check_token,
    possible_tokens,
    read_envelope,
    read_events,
)
from posthog_lite.events.payloads_v1 import judge
from posthog_lite.events.refusals import (
    CaptureRefusal,
    EmptyBody,
    InvalidToken,
    MissingToken,
    PayloadTooLarge,
    UnknownToken,
)
from posthog_lite.server import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.compression import Packing
    from posthog_lite.events.payloads import CapturedEvent, Reception
    from posthog_lite.events.payloads_v1 import BatchOutcome, Request

T = TypeVar("T")

SMALL = 1024 * 1024  # bodies up to here are taken side by side
SCANNED_FROM = 64 * 1024  # smaller ones are read at once; it takes less than a millisecond
SECONDS_TO_WAIT = 10
NUL = rb"\u0000"  # as JSON has it
_large_body = threading.BoundedSemaphore(1)  # its objects take many times its bytes


class Busy(DomainError):
    """Another large body is being read. SDKs keep theirs and try again."""

    status_code = 503


def receive(*, body: bytes, packing: Packing, reception: Reception) -> None:
    """Store the events of a body, all or none. Raises CaptureRefusal, Busy."""
    token, events = by_size(
        lambda limit: _read(unpack(body, packing=packing, limit=limit), reception)
    )
    metrics.events_captured.inc(ingest_by_token(token=token, events=events, now=reception.now))


def receive_v1(
    *, token: str, body: bytes, packing: Packing, request: Request
) -> dict[str, dict[str, str]]:
    """Store what can be stored; the result for each event by its uuid. Raises BatchRefusal."""
    project = find_project(check_token(token))

    def take(limit: int) -> BatchOutcome:
        return judge(load_json(unpack(body, packing=packing, limit=limit)), request)

    outcome = by_size(take)
    if outcome.events:
        stored = ingest(project=project, events=outcome.events, now=request.now)
        metrics.events_captured.inc(stored)
    return outcome.results


def by_size(take: Callable[[int], T]) -> T:
    """Take a body with a small limit; one that is larger with the full limit, one at a time."""
    try:
        return take(SMALL)
    except PayloadTooLarge:
        with _alone():
            return take(settings.MAX_BODY_BYTES)


@contextmanager
def _alone() -> Iterator[None]:
    if not _large_body.acquire(timeout=SECONDS_TO_WAIT):
        raise Busy("transient error, please retry")
    try:
        yield
    finally:
        _large_body.release()


def _read(text: bytes, reception: Reception) -> tuple[str, list[CapturedEvent]]:
    """The token of a body, which is known to be a project's where the body is large, and events."""
    if not text.strip():
        raise EmptyBody
    if len(text) > SCANNED_FROM:
        _find_any_project(text)
    envelope = read_envelope(load_json(text), reception)
    if NUL in text and envelope.token not in possible_tokens(text):
        raise InvalidToken("null_byte")  # it was taken out with all others
    if len(text) > SCANNED_FROM:
        find_project(envelope.token)
    try:
        return envelope.token, read_events(envelope, reception)
    except CaptureRefusal:
        find_project(envelope.token)  # else it is the token that is wrong
        raise


def find_project(token: str) -> Project:
    """The project with this token. Raises UnknownToken."""
    project = get_project_with_token(token=token)
    if project is None:
        raise UnknownToken
    return project


def _find_any_project(text: bytes) -> None:
    """Raise what is wrong with the tokens of a body, where none of them is a project's."""
    tokens = possible_tokens(text)
    if not tokens:
        raise MissingToken
    if not list_projects_with_tokens(tokens=tokens):
        check_token(tokens[0])
        raise UnknownToken
