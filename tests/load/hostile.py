"""Clients that hold on to the server: half requests, and readers of a byte a second.

Bounded in number, on this machine only, and gone with the run.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.load.site import Site

HALF_HEADERS, HALF_BODIES, SLOW_READERS, SLOW_STREAMS = 300, 40, 10, 56
SECONDS_BETWEEN_BYTES = 1.0


class Holder(threading.Thread):
    """Opens a number of connections of one kind, and a new one for each that the server closes."""

    def __init__(self, site: Site, request: bytes, count: int, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port = site.port
        self.request = request
        self.count = count
        self.is_over = is_over
        self.closed_by_server = 0
        self.refused = 0
        self.sockets: list[socket.socket] = []

    def run(self) -> None:
        while not self.is_over.wait(SECONDS_BETWEEN_BYTES):
            self.sockets = [held for held in self.sockets if self._goes_on(held)]
            for _ in range(min(20, self.count - len(self.sockets))):
                with suppress(OSError):
                    self.sockets.append(self._open())
        for held in self.sockets:
            held.close()

    @property
    def is_settled(self) -> bool:
        """Whether it holds what it wants, or meets the server's bound."""
        return len(self.sockets) >= self.count or self.refused > 0

    def _open(self) -> socket.socket:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        held.settimeout(5)
        held.connect(("127.0.0.1", self.port))
        held.sendall(self.request)
        held.setblocking(False)
        return held

    def _goes_on(self, held: socket.socket) -> bool:
        """Read one byte, where there is one; False when the server has closed or refused."""
        try:
            byte = held.recv(12)  # as long as `HTTP/1.1 503`
        except BlockingIOError:
            return True
        except OSError:
            byte = b""
        refused = byte.endswith(b" 503")
        self.refused += refused
        self.closed_by_server += not byte
        if refused or not byte:
            held.close()
        return bool(byte) and not refused


def holders(site: Site, is_over: threading.Event) -> dict[str, Holder]:
    key = "".join(f"{name}: {value}\r\n" for name, value in site.caller.headers.items())
    start = f"Host: 127.0.0.1\r\n{key}"
    large = site.dashboard(site.large_dashboard)
    path = f"{site.project}/dashboards/"
    half = "Content-Length: 99\r\n\r\n{"
    wanted = {
        "half headers": (HALF_HEADERS, f"GET {path} HTTP/1.1\r\n{start}"),
        "half bodies": (
            HALF_BODIES,
            f"POST {path} HTTP/1.1\r\n{start}{half}",
        ),
        "slow readers": (SLOW_READERS, f"GET {large} HTTP/1.1\r\n{start}\r\n"),
        "slow streams": (SLOW_STREAMS, f"GET {large}stream_tiles/ HTTP/1.1\r\n{start}\r\n"),
    }
    return {
        name: Holder(site, request.encode(), count, is_over)
        for name, (count, request) in wanted.items()
    }
