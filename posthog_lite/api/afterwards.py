"""What a request leaves to be done once its answer is on the way: nothing a client waits for."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.util import Finalize, register_after_fork
from typing import TYPE_CHECKING
from weakref import WeakSet

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request

logger = logging.getLogger(__name__)
ATTRIBUTE = "work_after_answer"
LOCK_TIMEOUT = "20ms"
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 4.0  # less than a server that is told to stop gives its requests


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done. Of two with one name at the same time, one is enough."""

    name: str
    do: Callable[[], None]


@dataclass(eq=False, slots=True, weakref_slot=True)
class Leftovers:
    """What one request leaves to be done."""

    works: list[Work] = field(default_factory=list)


_in_hand: set[str] = set()  # names of what this process is doing
_owed: WeakSet[Leftovers] = WeakSet()  # of answers that are on the way, or out already
_lock = threading.Lock()


def do_after_answer(request: Request, name: str, do: Callable[[], None]) -> None:
    """Have it done when the answer has been sent.

    A server that is told to stop waits for it. It is repeated while others hold the rows that it
    writes, and so must bear that.
    """
    pending: Leftovers | None = getattr(request._request, ATTRIBUTE, None)
    if pending is None:  # outside of the middleware, as in a test of one view
        do()
    else:
        pending.works.append(Work(name, do))


def collect_work(request: HttpRequest) -> Leftovers:
    """Where `do_after_answer` puts what is to be done for this request."""
    pending = Leftovers()
    setattr(request, ATTRIBUTE, pending)
    return pending


def attach_work(response: HttpResponse, pending: Leftovers) -> None:
    """Servers close a response after sending it; Django closes what belongs to it with it."""
    if pending.works:
        with _lock:
            _owed.add(pending)
        response._resource_closers.append(partial(_do_all, pending))  # type: ignore[attr-defined]  # stubs lack it


def _wait_for_work() -> None:
    """Have a process that ends do first what its last answers left to be done.

    Servers do not: to them a request has ended when its answer is out.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _is_anything_owed() and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)


def _is_anything_owed() -> bool:
    with _lock:
        return len(_owed) > 0


def _wait_at_exit(*_: object) -> None:
    """What `atexit` is to other processes, which the workers of `serve` do not have."""
    Finalize(None, _wait_for_work, exitpriority=0)


_wait_at_exit()
register_after_fork(_wait_at_exit, _wait_at_exit)  # a forked worker starts without any


def _do_all(pending: Leftovers) -> None:
    try:
        with _taken_in_hand(pending.works) as works:
            _do_until_done(works)
    finally:
        with _lock:
            _owed.discard(pending)


def _do_until_done(works: list[Work]) -> None:
    """Waiting for a row that somebody holds takes no connection, of which readers need each."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while works := [work for work in works if not _is_done(work)]:
        if time.monotonic() > deadline:
            names = ", ".join(work.name for work in works)
            logger.warning("Not noted, as others hold the rows: %s", names)
            return
        connection.close()
        time.sleep(PAUSE_SECONDS)


@contextmanager
def _taken_in_hand(works: list[Work]) -> Iterator[list[Work]]:
    """What nobody else in this process is doing: many readers of a held row need one thread."""
    with _lock:
        mine = [work for work in works if work.name not in _in_hand]
        names = {work.name for work in mine}
        _in_hand.update(names)
    try:
        yield mine
    finally:
        with _lock:
            _in_hand.difference_update(names)


def _is_done(work: Work) -> bool:
    """Also when it failed: the answer is out, and nobody but the log can be told."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            work.do()
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        logger.exception("Work left for after an answer failed: %s", work.name)
    except Exception:
        logger.exception("Work left for after an answer failed: %s", work.name)
    return True
