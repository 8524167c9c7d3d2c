"""Transactions that outlive deadlocks."""

from __future__ import annotations

import logging
import random
import time
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg import errors

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

_is_inside = ContextVar("is_inside", default=False)

ATTEMPTS = 5
PAUSE_SECONDS = 0.05
# PostgreSQL has undone the whole transaction; the same one may well succeed next time.
WORTH_REPEATING = (errors.DeadlockDetected, errors.SerializationFailure)


def one_transaction(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service as one transaction, and again where PostgreSQL undid it to end a deadlock.

    Called by another service it is a part of that one's transaction, which succeeds, fails or is
    repeated as a whole: who catches an error of it and goes on to write calls it in
    `undone_alone()`. A service must not change its arguments in a way that the next attempt would
    stumble over.
    """

    @wraps(service)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        if _is_inside.get():
            return service(*args, **kwargs)
        is_inside = _is_inside.set(True)
        try:
            return attempts(*args, **kwargs)
        finally:
            _is_inside.reset(is_inside)

    def attempts(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except OperationalError as error:
                if not is_collision(error) or transaction.get_connection().in_atomic_block:
                    raise
                logger.warning("Attempt %d of %s: %s", attempt, service.__name__, error)
            # Those who met may not meet again, so their pauses differ.
            time.sleep(random.uniform(0, attempt * PAUSE_SECONDS))  # noqa: S311  # no secret
        with transaction.atomic():
            return service(*args, **kwargs)

    return repeated


def undone_alone() -> AbstractContextManager[object]:
    """Let an error of a service undo what that service wrote, also as a part of another one."""
    return transaction.atomic() if _is_inside.get() else nullcontext()


def release_connection() -> None:
    """Give the database connection back before something slow; inside a transaction keep it."""
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        connection.close()


def is_collision(error: Exception) -> bool:
    """Tell whether PostgreSQL undid a transaction because it met another one."""
    return isinstance(error.__cause__, WORTH_REPEATING)
