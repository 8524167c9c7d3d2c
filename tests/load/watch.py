"""What the server takes while it works: memory, threads, database connections."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import psutil
import psycopg

from tests.load.site import Site
from tests.support.callers import Caller

SECONDS_BETWEEN_LOOKS = 1.0
# Ready is who gets a connection in time, which at twice the capacity is not everybody.
EXPECTED = {"/_livez": (200,), "/_readyz": (200, 503)}
CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


@dataclass
class Watcher(threading.Thread):
    """Looks once a second."""

    site: Site
    is_over: threading.Event
    # Of the largest worker, in bytes, with what it shares: that becomes its own bit by bit.
    memory: list[int] = field(default_factory=list)
    threads: int = 0
    connections: int = 0
    looks_failed: list[str] = field(default_factory=list)
    pids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        with self.site.connect() as database:
            while not self.is_over.wait(SECONDS_BETWEEN_LOOKS):
                self._look_at_workers()
                self._count_connections(database)
                self._check_life()

    def _look_at_workers(self) -> None:
        workers = self.site.process.workers()
        self.pids.update(worker.pid for worker in workers)
        try:
            self.memory.append(max(worker.memory_info().rss for worker in workers))
            self.threads = max(self.threads, *(worker.num_threads() for worker in workers))
        except (psutil.Error, ValueError) as error:
            self.looks_failed.append(f"a worker is gone: {error!r}")

    def _count_connections(self, database: psycopg.Connection[tuple[int]]) -> None:
        row = database.execute(CONNECTIONS).fetchone()
        self.connections = max(self.connections, row[0] if row else 0)

    def _check_life(self) -> None:
        """Whoever holds on to the server: others are answered."""
        for path, allowed in EXPECTED.items():
            try:
                status = Caller(self.site.port)("GET", path).status
            except OSError as error:
                self.looks_failed.append(f"{path}: {error!r}")
            else:
                if status not in allowed:
                    self.looks_failed.append(f"{path}: {status}")
