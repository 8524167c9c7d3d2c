"""The client of this process, through clickhouse-connect: for CLICKHOUSE_URL or the embedded one.

Made when it is first needed, and again after the embedded engine was started anew.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from clickhouse_connect import get_client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.httputil import get_pool_manager
from django.conf import settings
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError

from posthog_lite.clickhouse.errors import (
    UNAVAILABLE,
    EngineError,
    EngineUnavailable,
    QueryTimedOut,
    error_of,
)
from posthog_lite.clickhouse.limits import PARALLEL_CONNECTIONS, QUERY_SECONDS, SECONDS_BEYOND
from posthog_lite.embedded.clickhouse import EmbeddedEngineUnavailable, start_embedded_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_connect.driver.httpclient import HttpClient

T = TypeVar("T")
logger = logging.getLogger(__name__)
for noisy in ("urllib3.connectionpool", "clickhouse_connect"):  # they print addresses with values
    logging.getLogger(noisy).setLevel(logging.ERROR)
_lock = threading.RLock()
_clients: dict[str, HttpClient] = {}


def _start_afresh_in_child() -> None:
    """A forked process must not share its parent's connections."""
    global _lock
    _lock = threading.RLock()
    _clients.clear()


os.register_at_fork(after_in_child=_start_afresh_in_child)


def database_name() -> str:
    """The database all tables are in."""
    name: str = settings.CLICKHOUSE_DATABASE
    return name


def client(database: str) -> HttpClient:
    """The client of this process for `database`, which may be "" for none. Raises EngineError."""
    with _lock:
        if database not in _clients:
            _clients[database] = with_engine_errors(lambda: _connect(database))
        return _clients[database]


def forget_clients() -> None:
    """Connect anew next time: the engine may be somewhere else by then."""
    with _lock:
        abandoned = list(_clients.values())
        _clients.clear()
    for each in abandoned:
        each.close()


def with_engine_errors(call: Callable[[], T]) -> T:
    """Return what `call` does, with the driver's errors in the product's words."""
    try:
        return call()
    except EmbeddedEngineUnavailable as error:
        logger.error("The embedded ClickHouse does not run: %s", error)  # noqa: TRY400  # in words
        raise EngineUnavailable(error.detail if error.is_harmless else UNAVAILABLE) from error
    except DatabaseError as error:
        raise _as_engine_error(error) from error


def _as_engine_error(error: DatabaseError) -> EngineError:
    if error.code is not None:
        told = error_of(error.code, str(error))
        if isinstance(told, EngineUnavailable):  # the disk is full, say
            logger.error("The query engine failed: %s", told.reason)
        return told
    cause = error.__cause__
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(cause, ReadTimeoutError):
        return QueryTimedOut("The query took longer than it may.", reason=str(cause))
    if not isinstance(cause, HTTPError):
        logger.error("The query engine answered what nobody understands: %s", error)
    return EngineUnavailable(UNAVAILABLE, reason=str(error))


def _connect(database: str) -> HttpClient:
    options = _address()
    options |= {"database": database} if database else {}
    client: Any = get_client(  # the first of its two kinds, by `interface`
        **options,
        autogenerate_session_id=False,  # threads share the client
        autogenerate_query_id=False,
        connect_timeout=5,
        send_receive_timeout=QUERY_SECONDS + SECONDS_BEYOND,
        pool_mgr=get_pool_manager(maxsize=PARALLEL_CONNECTIONS),
        client_name="posthog-lite",
    )
    return cast("HttpClient", client)


def _address() -> dict[str, Any]:
    if not settings.CLICKHOUSE_URL:
        engine = start_embedded_engine(
            Path(settings.CLICKHOUSE_EMBEDDED_DIR), memory=settings.ENGINE_MEMORY_MB * 1024 * 1024
        )
        address = {"host": "127.0.0.1", "port": engine.port, "password": engine.password}
        return address | {"username": "default", "interface": "http", "compress": False}
    url = urlsplit(settings.CLICKHOUSE_URL)
    return {
        "interface": url.scheme,
        "host": url.hostname,
        "port": url.port or (8443 if url.scheme == "https" else 8123),
        "username": unquote(url.username or "default"),
        "password": unquote(url.password or ""),
    }
