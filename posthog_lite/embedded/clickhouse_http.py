"""ClickHouse's HTTP protocol in front of an engine in this process, as far as drivers use it."""

from __future__ import annotations

import hmac
import re
import select
import socket
import threading
import time
import uuid
from base64 import b64decode
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from posthog_lite.embedded.clickhouse_native import Session

QUERIES_AT_ONCE = 16
SECONDS_FOR_A_TURN = 30
SECONDS_BETWEEN_LOOKS = 0.25
IDLE_SECONDS = 60
BODY_LIMIT = 256 * 1024 * 1024
# Arguments of the URL that are no settings of a query.
NO_SETTINGS = frozenset(
    (
        *(
            "query",
            "query_id",
            "database",
            "default_format",
            "user",
            "password",
            "quota_key",
            "role",
        ),
        *("session_id", "session_timeout", "session_check", "compress", "decompress"),
        *("enable_http_compression", "buffer_size", "wait_end_of_query", "client_protocol_version"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    )
)
STATUS_BY_CODE = {60: 404, 81: 404, 159: 408, 164: 403, 202: 503, 516: 403} | dict.fromkeys(
    (6, 26, 27, 36, 43, 46, 47, 53, 62, 115), 400
)
UNKNOWN_ERROR = 1002
CODE = re.compile(r"Code: (\d+)")
PART_NAME = re.compile(rb'name="([^"]+)"')


class Refused(Exception):
    """An error of our own, in the engine's form."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text}")


class EngineServer(ThreadingMixIn, TCPServer):
    """Listens on a free port of the loopback interface; a thread for each connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, open_session: Callable[[], Session], password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.open_session = open_session
        self.password = password
        self.turns = threading.Semaphore(QUERIES_AT_ONCE)
        self.watch = ClientWatch(open_session)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is no news."""


class ClientWatch:
    """Ends the statements of clients that are gone, which the engine itself does not notice."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._running: dict[str, socket.socket] = {}
        self._open_session = open_session
        threading.Thread(target=self._run, daemon=True).start()

    @contextmanager
    def watching(self, client: socket.socket) -> Iterator[str]:
        """A mark to put into the statement that runs within the block."""
        mark = uuid.uuid4().hex
        self._running[mark] = client
        try:
            yield mark
        finally:
            self._running.pop(mark, None)

    def _run(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            for mark, client in list(self._running.items()):
                if _is_gone(client) and mark in self._running:
                    self._end(mark)

    def _end(self, mark: str) -> None:
        # Never SYNC, which may wait for ever.
        with suppress(RuntimeError), closing(self._open_session()) as session:
            session.query(f"KILL QUERY WHERE startsWith(query, '/*{mark}*/') ASYNC")


def _is_gone(client: socket.socket) -> bool:
    try:
        is_readable = select.select([client], [], [], 0)[0]
        return bool(is_readable) and client.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS  # of a connection that says nothing; a running statement takes longer
    disable_nagle_algorithm = True
    server: EngineServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Say nothing: queries hold what people sent."""

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._answer(200, b"Ok.\n")
        else:
            self.do_POST()

    def do_POST(self) -> None:
        try:
            arguments = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            self._authenticate(arguments)
            body = self._read_body()
            arguments, body = _unpacked(arguments, body, self.headers.get("Content-Type", ""))
            self._answer(200, self._run(arguments, body))
        except (Refused, RuntimeError) as error:  # the engine raises nothing else
            text = str(error)
            found = CODE.search(text)
            code = int(found[1]) if found else UNKNOWN_ERROR
            header = ("X-ClickHouse-Exception-Code", str(code))
            self._answer(STATUS_BY_CODE.get(code, 500), text.encode(), header)

    def _authenticate(self, arguments: dict[str, str]) -> None:
        sent = self.headers.get("X-ClickHouse-Key") or arguments.get("password", "")
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            with suppress(ValueError):
                sent = b64decode(credentials).decode().partition(":")[2]
        if not hmac.compare_digest(sent.encode(), self.server.password.encode()):
            self.close_connection = True  # the body is left unread
            raise Refused(516, "Authentication failed: the password is wrong.")

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT:
            self.close_connection = True
            raise Refused(307, "The statement is too large.")
        return self.rfile.read(length)

    def _chunks(self) -> Iterator[bytes]:
        left = BODY_LIMIT
        while size := int(self.rfile.readline(100).partition(b";")[0], 16):
            left -= size
            if left < 0:
                self.close_connection = True
                raise Refused(307, "The statement is too large.")
            yield self.rfile.read(size)
            self.rfile.readline(2)
        self.rfile.readline(2)

    def _run(self, arguments: dict[str, str], body: bytes) -> bytes:
        if not self.server.turns.acquire(timeout=SECONDS_FOR_A_TURN):
            raise Refused(202, "Too many simultaneous queries.")
        try:
            with (
                closing(self.server.open_session()) as session,
                self.server.watch.watching(self.connection) as mark,
            ):
                _prepare(session, arguments)
                return _query(session, arguments, body, mark)
        finally:
            self.server.turns.release()

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("X-ClickHouse-Summary", '{"read_rows":"0"}')
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _unpacked(
    arguments: dict[str, str], body: bytes, content_type: str
) -> tuple[dict[str, str], bytes]:
    """Arguments that came as parts of a form belong to those of the URL."""
    if not content_type.startswith("multipart/form-data"):
        return arguments, body
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    fields = {}
    for part in body.split(boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = PART_NAME.search(head)
        if name:
            fields[name[1].decode()] = value.removesuffix(b"\r\n").decode()
    return arguments | fields, b""


def _prepare(session: Session, arguments: dict[str, str]) -> None:
    if arguments.get("database"):
        session.query(f"USE {_quoted(arguments['database'], '`')}")
    settings = [
        f"{re.sub(r'[^a-z0-9_]', '', name)}={_quoted(value, chr(39))}"
        for name, value in arguments.items()
        if name not in NO_SETTINGS and not name.startswith("param_")
    ]
    if settings:
        session.query("SET " + ", ".join(settings))


def _query(session: Session, arguments: dict[str, str], body: bytes, mark: str) -> bytes:
    head = arguments.get("query", "").encode()
    statement = head + b"\n" + body if head and body else head or body
    parameters = {
        name.removeprefix("param_"): value
        for name, value in arguments.items()
        if name.startswith("param_")
    }
    output_format = arguments.get("default_format", "TabSeparated")
    marked = f"/*{mark}*/".encode() + statement
    options = {"params": parameters} if parameters else {}
    sql: str | bytes = marked if _is_insert(statement) else marked.decode()
    return session.query(sql, output_format, **options).bytes() or b""


def _is_insert(statement: bytes) -> bool:
    return statement.lstrip()[:6].upper() == b"INSERT"


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
