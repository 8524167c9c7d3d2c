"""Moves captured events to the engine shortly afterwards, in a thread of each process.

A query would move it anyway: this keeps the query from waiting, and the outbox small.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection

from posthog_lite.clickhouse.errors import EngineError
from posthog_lite.events.outbox import (
    empty_engine_of_deleted_projects,
    move_next_batch,
    projects_waiting,
)
from posthog_lite.events.squashing import squash_where_needed
from posthog_lite.server import metrics

SECONDS_TO_GATHER = 0.5  # one insert for many requests
SECONDS_AFTER_FAILURE = 5.0
logger = logging.getLogger(__name__)


class BackgroundMover:
    """A thread that is started when there is something to move, and again after a fork."""

    def __init__(self) -> None:
        self._is_woken = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Start a move of waiting rows soon."""
        if not settings.MOVE_IN_BACKGROUND:
            return
        self._is_woken.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mover", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._is_woken.wait()
            time.sleep(SECONDS_TO_GATHER)
            self._is_woken.clear()
            if not move_everything():
                time.sleep(SECONDS_AFTER_FAILURE)
                self._is_woken.set()


def move_everything() -> bool:
    """Move the waiting rows of all projects; return False after an error."""
    try:
        for project_id in projects_waiting():
            while move_next_batch(project_id=project_id):
                pass
            squash_where_needed(project_id=project_id)
        empty_engine_of_deleted_projects()
    except (EngineError, DatabaseError) as error:
        metrics.moves_failed.inc()
        logger.warning("Events wait for the query engine: %s", error)
        return False
    except Exception:
        logger.exception("Events wait for the query engine")
        return False
    finally:
        connection.close()
    return True


mover = BackgroundMover()


def _start_afresh_in_child() -> None:
    global mover
    mover = BackgroundMover()


os.register_at_fork(after_in_child=_start_afresh_in_child)


def wake_mover() -> None:
    """Start a move of the rows just stored soon."""
    mover.wake()
