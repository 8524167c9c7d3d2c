"""The server in this very process, as requests meet it that schemathesis makes up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections, transaction

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from django.db.backends.base.base import BaseDatabaseWrapper

CSRF_TOKEN = "a" * 32


class InProcessServer:
    """A WSGI application that counts its answers by status.

    Unless `keeps_writes` is set, each request finds the rows as they were made: what it wrote is
    rolled back after its answer. So a DELETE leaves something to fuzz, and the order of requests
    does not matter.
    """

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.keeps_writes = False
        self._application = get_wsgi_application()
        self._connections: set[BaseDatabaseWrapper] = set()  # of schemathesis' threads

    @property
    def requests(self) -> int:
        return self.statuses.total()

    @property
    def failures(self) -> int:
        """Answers that say that the server is at fault; each 503 is looked at by itself."""
        return sum(n for status, n in self.statuses.items() if status >= 500 and status != 503)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        _add_csrf_token(environ)
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # schemathesis unpacks nothing in-process
        self._remember(connections[DEFAULT_DB_ALIAS])
        if self.keeps_writes:
            return self._answer(environ, start_response)
        with transaction.atomic():
            body = self._answer(environ, start_response)
            transaction.set_rollback(True)
        return body

    def close(self) -> None:
        """Close the connections of the threads that called."""
        for connection in self._connections:
            connection.close()
            connection.dec_thread_sharing()
        self._connections.clear()

    def _remember(self, connection: BaseDatabaseWrapper) -> None:
        if connection not in self._connections:
            connection.inc_thread_sharing()
            self._connections.add(connection)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        answer = self._application(environ, self._counting(start_response))
        try:
            return list(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def _counting(self, start_response: StartResponse) -> StartResponse:
        def counted(status: str, *rest: Any) -> Callable[[bytes], object]:
            self.statuses[int(status[:3])] += 1
            return start_response(status, *rest)

        return counted


def _add_csrf_token(environ: WSGIEnvironment) -> None:
    """Send what a page of the server would send; the document's security scheme cannot say it."""
    cookies = environ.get("HTTP_COOKIE", "")
    if "sessionid=" in cookies:
        environ["HTTP_COOKIE"] = f"{cookies}; csrftoken={CSRF_TOKEN}"
        environ["HTTP_X_CSRFTOKEN"] = CSRF_TOKEN


@contextmanager
def kept_connections(server: InProcessServer) -> Iterator[None]:
    """Keep Django from closing connections, and with them transactions, around requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        server.close()
