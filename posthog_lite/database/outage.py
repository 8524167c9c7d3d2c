"""Knowledge of this process about a database that takes no connections."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg

CONNECT_SECONDS = 3
SECONDS_TO_TRUST = 0.1  # how long the last attempt speaks for the next ones


class Outage:
    """Lets one thread try to connect and tells the others, so that nobody waits in vain."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried_at = float("-inf")
        self._error: psycopg.OperationalError | None = None

    @property
    def is_known(self) -> bool:
        """Return whether the last attempt failed."""
        return self._error is not None

    def check(self, conn_params: dict[str, Any]) -> None:
        """Raise OperationalError, with PostgreSQL's reason, while it takes no connections."""
        with self._lock:
            if time.monotonic() - self._tried_at > SECONDS_TO_TRUST:
                self._error = _try_to_connect(conn_params)
                self._tried_at = time.monotonic()
            reason = self._error
        if reason is not None:
            raise psycopg.OperationalError(str(reason)) from reason


def _try_to_connect(conn_params: dict[str, Any]) -> psycopg.OperationalError | None:
    try:
        psycopg.connect(**conn_params | {"connect_timeout": CONNECT_SECONDS}).close()
    except psycopg.OperationalError as error:
        return error.with_traceback(None)
    return None
