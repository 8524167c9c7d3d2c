"""Answers to several queries of one project: what is kept in one look, the rest side by side."""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.db import connection

from posthog_lite.database.transactions import release_connection
from posthog_lite.query.cache import MOST_BYTES_AT_ONCE, ResultNames, find_results
from posthog_lite.query.errors import QueryFailed
from posthog_lite.query.execution import SharedContext
from posthog_lite.query.freshness import Mode
from posthog_lite.query.names import under_names
from posthog_lite.query.results import Answer, answer_or_reason, is_fresh, kept_answer, refusal
from posthog_lite.query.status import find_running_statuses
from posthog_lite.query.texts import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.cache import Kept
    from posthog_lite.query.freshness import Freshness
    from posthog_lite.query.texts import ReadText

logger = logging.getLogger(__name__)

NO_ANSWER = Answer(key="", timezone="")
NOT_READY = Answer(key="", timezone="", status={"complete": False, "error": False})
_threads: dict[int, ThreadPoolExecutor] = {}  # by process, as it may fork


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that is there, or that somebody is working on."""

    get: Callable[[], Answer]
    """Return the answer, waiting for it where it is not there yet."""
    is_there: Callable[[], bool] = lambda: True
    """Return whether nobody has to wait for it."""
    give_up: Callable[[], object] = lambda: None
    """Leave it where nobody has begun with it."""


def answer_many(
    *,
    project: Project,
    queries: Sequence[bytes | None],
    now: datetime,
    freshness: Freshness,
    seconds: float | None = None,
    most_bytes: int = MOST_BYTES_AT_ONCE,
) -> list[Pending]:
    """Return an answer for each query, in their order; None has none. Queries are JSON texts.

    Two statements at most for what is kept. Where the freshness allows it the others are computed
    a few at a time, and none keeps the first ones from being taken. A query that cannot be
    answered says why in its status. What is not there after `seconds` says so; it is worked on.
    Raises AnswerTooLarge where what is kept is more than `most_bytes`.
    """
    end = None if seconds is None else time.monotonic() + seconds
    shared = SharedContext(project, now)
    texts = [None if query is None else read_text(query) for query in queries]
    names = ResultNames(project)
    keys = [names.of(text.asked) if text and text.asked else "" for text in texts]
    wanted = [key for key in keys if key]
    found, awaited = find_results(project=project, keys=wanted, most_bytes=most_bytes)
    kept = [
        under_names(found.get(key), text.names) if text else None
        for text, key in zip(texts, keys, strict=True)
    ]
    if freshness.mode is Mode.CACHE_ONLY:
        running = find_running_statuses(project=project, keys=awaited) if awaited else {}
        return [
            _there(_from_cache(project, text, key, result, running.get(key)))
            for text, key, result in zip(texts, keys, kept, strict=True)
        ]
    return [
        _pending(shared, query, key, result, freshness, end)
        for query, key, result in zip(queries, keys, kept, strict=True)
    ]


def _there(answer: Answer) -> Pending:
    return Pending(lambda: answer)


def _from_cache(
    project: Project,
    text: ReadText | None,
    key: str,
    kept: Kept | None,
    running: Mapping[str, Any] | None,
) -> Answer:
    """Return what is kept; else why there can be nothing, or what is being done about it."""
    if text is None:
        return NO_ANSWER
    if kept is None and running is None and text.refusal is not None:
        return refusal(project, text.refusal)
    return kept_answer(key, project, kept, status=running)


def _pending(
    shared: SharedContext,
    query: bytes | None,
    key: str,
    kept: Kept | None,
    freshness: Freshness,
    end: float | None,
) -> Pending:
    project, now = shared.project, shared.now
    if query is None:
        return _there(NO_ANSWER)
    is_forced = freshness.mode in (Mode.FORCE_BLOCKING, Mode.FORCE_ASYNC)
    if kept is not None and not is_forced and is_fresh(kept, now, freshness):
        return _there(kept_answer(key, project, kept))

    def work() -> Answer:
        try:
            return answer_or_reason(
                project=project,
                query=orjson.loads(query),
                now=now,
                freshness=freshness,
                shared=shared,
            )
        except Exception:  # one bad query must not take the others along
            logger.exception("A query of a tile failed")
            return refusal(project, QueryFailed("This query could not be computed.").detail)

    if settings.QUERIES_SIDE_BY_SIDE < 2:
        return Pending(work, is_there=lambda: False)
    future = _pool().submit(_in_thread, work)
    return Pending(lambda: _wait(future, end), future.done, future.cancel)


def _wait(future: Future[Answer], end: float | None) -> Answer:
    if not future.done():
        release_connection()
    try:
        return future.result(None if end is None else max(0.0, end - time.monotonic()))
    except (TimeoutError, CancelledError):
        return NOT_READY


def _in_thread(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        connection.close()


def _pool() -> ThreadPoolExecutor:
    process = os.getpid()
    if process not in _threads:
        _threads[process] = ThreadPoolExecutor(
            settings.QUERIES_SIDE_BY_SIDE, thread_name_prefix="queries"
        )
    return _threads[process]
