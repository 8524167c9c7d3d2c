"""Queries that nobody waits for: a few at a time in each process, their state readable by all."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Q, Value
from django.utils import timezone

from posthog_lite.clickhouse.engine import cancel
from posthog_lite.clickhouse.errors import EngineUnavailable
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import IsAnyOf
from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import DomainError, Missing
from posthog_lite.query.cache import await_result
from posthog_lite.query.errors import TooManyInBackground
from posthog_lite.query.models import QueryStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project

logger = logging.getLogger(__name__)

AT_ONCE = 4
MOST_WAITING = 100
SECONDS_TO_COMPLETE = 300
KEPT = timedelta(seconds=600)
DIED = "The server that computed this query stopped. Ask again."
COLUMNS = (
    "project_id",
    "query_id",
    "key",
    "is_complete",
    "error_code",
    "error_message",
    "started_at",
    "ended_at",
    "deadline_at",
)
_workers: dict[int, tuple[ThreadPoolExecutor, set[Future[None]]]] = {}  # by process: it may fork


def start_in_background(
    *, project: Project, key: str, query_id: str, work: Callable[[], Any]
) -> Mapping[str, Any]:
    """Run `work` in the background, unless it is running; return its state."""
    running = find_running_status(project=project, key=key)
    if running is not None:
        return running
    if len(_pool()[1]) >= MOST_WAITING:
        raise TooManyInBackground("Too many queries wait to be computed. Ask again in a moment.")
    status = _new_status(project, key, query_id)
    transaction.on_commit(lambda: _submit(status, project, work))
    return as_wire(status)


def _new_status(project: Project, key: str, query_id: str) -> QueryStatus:
    """The state of a query that begins now. One that had its name before is forgotten."""
    await_result(project=project, key=key)
    now = timezone.now()
    statuses = QueryStatus.objects.for_project(project)
    statuses.filter(Q(started_at__lt=now - KEPT) | Q(query_id=query_id)).delete()
    return QueryStatus.objects.create(
        project=project,
        query_id=query_id,
        key=key,
        started_at=now,
        deadline_at=now + timedelta(seconds=SECONDS_TO_COMPLETE),
    )


def find_running_status(*, project: Project, key: str) -> Mapping[str, Any] | None:
    """Return the state of a query that is computed in the background at the moment."""
    return find_running_statuses(project=project, keys=[key]).get(key)


def _incomplete(project: int, keys: Any) -> QuerySet[Any, Any]:
    return (
        QueryStatus.all_projects.filter(IsAnyOf("key", Value(keys)), project=project)
        .filter(is_complete=False)
        .order_by("started_at")
        .values_list(*COLUMNS)
    )


INCOMPLETE = CompiledQuery(_incomplete, project=int, keys=list)


def find_running_statuses(*, project: Project, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return the states of queries that are computed in the background now, by result name."""
    now = timezone.now()
    found = [
        QueryStatus(**dict(zip(COLUMNS, row, strict=True)))
        for row in INCOMPLETE.rows(project=project.pk, keys=list(keys))
    ]
    return {status.key: as_wire(status) for status in found if status.deadline_at > now}


def get_status(*, project: Project, query_id: str) -> QueryStatus:
    """The state of a query by its name. Raises Missing when it is unknown or long over."""
    status = QueryStatus.objects.for_project(project).filter(query_id=query_id).first()
    if status is None or status.started_at < timezone.now() - KEPT:
        raise Missing(f"Query {query_id} not found for team {project.pk}")
    return status


def cancel_query(*, project: Project, query_id: str) -> None:
    """End the work on a query in the background, and forget it; a result is kept."""
    status = get_status(project=project, query_id=query_id)
    if not status.is_complete:
        end_work(project=project, query_id=query_id)
    status.delete()


def end_work(*, project: Project, query_id: str) -> None:
    """End what the engine does for a query of that name, if it does anything."""
    release_connection()
    with suppress(EngineUnavailable):
        cancel(work_name(project, query_id))


def work_name(project: Project, query_id: str) -> str:
    """Return the name that the engine knows a query by, whatever its caller named it."""
    return sha256(f"{project.pk}:{query_id}".encode()).hexdigest()


def as_wire(status: QueryStatus) -> dict[str, Any]:
    """The state of a query as clients read it."""
    is_over = status.is_complete or status.deadline_at < timezone.now()
    message = DIED if is_over and not status.is_complete else status.error_message
    return {
        "id": status.query_id,
        "query_async": True,
        "team_id": status.project_id,
        "complete": is_over,
        "error": message is not None,
        "error_message": message,
        "error_code": status.error_code,
        "results": None,
        "start_time": status.started_at,
        "pickup_time": status.started_at,
        "end_time": status.ended_at,
        "expiration_time": status.started_at + KEPT,
        "task_id": status.query_id,
    }


def _pool() -> tuple[ThreadPoolExecutor, set[Future[None]]]:
    """Return the threads of this process, and what they have to do yet."""
    process = os.getpid()
    if process not in _workers:
        _workers[process] = (ThreadPoolExecutor(AT_ONCE, thread_name_prefix="query"), set())
    return _workers[process]


def _submit(status: QueryStatus, project: Project, work: Callable[[], Any]) -> None:
    """Have it done; what a request that fails leaves undone takes no place."""
    pool, waiting = _pool()
    future = pool.submit(_work, status, project, work)
    waiting.add(future)
    future.add_done_callback(waiting.discard)


def _work(status: QueryStatus, project: Project, work: Callable[[], Any]) -> None:
    try:
        _complete(status, project, **_outcome(work))
    except Exception:
        logger.exception("The state of query %s could not be kept", status)
    finally:
        connection.close()


def _outcome(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        work()
    except DomainError as error:
        return {
            "error_code": error.code,
            "error_message": error.detail,
            "status_code": error.status_code,
        }
    except Exception:
        logger.exception("A query in the background failed")
        return {
            "error_code": "error",
            "error_message": "A server error occurred.",
            "status_code": 500,
        }
    return {}


def _complete(status: QueryStatus, project: Project, **outcome: Any) -> None:
    QueryStatus.objects.for_project(project).filter(pk=status.pk).update(
        is_complete=True, ended_at=timezone.now(), **outcome
    )
