"""Clients that hold on to the server: half requests, and readers of a byte a second.

Bounded in number, on this machine only, and gone with the run.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.load.site import Site

SILENT, HALF_HEADERS, SLOW_READERS, SLOW_STREAMS = 100, 300, 10, 56
HALF_BODIES, SLOW_BODIES = 60, 60  # together more than two workers have places for
SECONDS_BETWEEN_BYTES = 1.0


class Holder(threading.Thread):
    """Opens a number of connections of one kind, and a new one for each that the server closes."""

    def __init__(
        self, site: Site, request: bytes, count: int, is_over: threading.Event, drip: bytes = b""
    ) -> None:
        super().__init__(daemon=True)
        self.port = site.port
        self.request = request
        self.drip = drip  # what goes on to be sent
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
        is_bounded = self.refused > 0 or self.closed_by_server > 0
        return len(self.sockets) >= self.count or is_bounded

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
            held.send(self.drip)
            byte = held.recv(12)  # as long as `HTTP/1.1 503`
        except BlockingIOError:
            return True
        except OSError:
            byte = b""
        refused, cut_off = byte.endswith(b" 503"), not byte or byte.endswith(b" 408")
        self.refused += refused
        self.closed_by_server += cut_off
        if refused or cut_off:
            held.close()
        return not refused and not cut_off


def holders(site: Site, is_over: threading.Event) -> dict[str, Holder]:
    key = "".join(f"{name}: {value}\r\n" for name, value in site.caller.headers.items())
    start = f"Host: 127.0.0.1\r\n{key}"
    large = site.dashboard(site.large_dashboard)
    path = f"{site.project}/dashboards/"
    half = "Content-Length: 99\r\n\r\n{"
    announced = "Content-Length: 1000000\r\n\r\n"
    wanted = {
        "silent connections": (SILENT, "", b""),
        "half headers": (HALF_HEADERS, f"GET {path} HTTP/1.1\r\n{start}", b""),
        "half bodies": (HALF_BODIES, f"POST {path} HTTP/1.1\r\n{start}{half}", b""),
        "slow bodies": (SLOW_BODIES, f"POST {path} HTTP/1.1\r\n{start}{announced}", b" "),
        "slow readers": (SLOW_READERS, f"GET {large} HTTP/1.1\r\n{start}\r\n", b""),
        "slow streams": (SLOW_STREAMS, f"GET {large}stream_tiles/ HTTP/1.1\r\n{start}\r\n", b""),
    }
    return {
        name: Holder(site, request.encode(), count, is_over, drip)
        for name, (count, request, drip) in wanted.items()
    }
