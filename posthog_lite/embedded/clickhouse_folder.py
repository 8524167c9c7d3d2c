"""The folder of an embedded engine: what is in it, who uses it, and who owns it.

    clickhouse/data       the engine's own files
    clickhouse/password   what a client has to send; made once, for its owner's eyes only
    clickhouse/endpoint   where the running engine listens
    clickhouse/log        what the engine's process said
    clickhouse.lock       three bytes to lock: who starts or stops, who uses, who owns the engine

The system takes back the locks of a process however it ends, so a killed one is never waited for.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MUTEX, USERS, OWNER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running engine listens, and what it is."""

    pid: int
    port: int
    version: str


class EngineFolder:
    """One process's hold on an engine folder. Make one for a folder and process, and keep it.

    Closing any handle of the lock file would give up all locks of the process on it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock_file = os.open(
            self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600
        )

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @contextmanager
    def mutex(self) -> Iterator[None]:
        """One process at a time starts or stops the engine."""
        fcntl.lockf(self._lock_file, fcntl.LOCK_EX, 1, MUTEX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, MUTEX)

    def try_mutex(self) -> bool:
        """Take the mutex for good if it is free: for a process that is about to end."""
        return self._try_lock(fcntl.LOCK_EX, MUTEX)

    def release_mutex(self) -> None:
        fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, MUTEX)

    def use(self) -> None:
        """Count this process among those who need the engine."""
        fcntl.lockf(self._lock_file, fcntl.LOCK_SH, 1, USERS)

    def leave(self) -> None:
        fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, USERS)

    def is_used_by_others(self) -> bool:
        """Whether another process needs the engine. Gives up the use of this one."""
        if not self._try_lock(fcntl.LOCK_EX, USERS):
            return True
        self.leave()
        return False

    def own(self) -> bool:
        """Become the process that owns the folder; False when another one does."""
        return self._try_lock(fcntl.LOCK_EX, OWNER)

    def is_owned(self) -> bool:
        """Whether an engine process runs on the folder. Ask with the mutex held."""
        if not self._try_lock(fcntl.LOCK_EX, OWNER):
            return True
        fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, OWNER)
        return False

    def _try_lock(self, kind: int, byte: int) -> bool:
        try:
            fcntl.lockf(self._lock_file, kind | fcntl.LOCK_NB, 1, byte)
        except OSError:
            return False
        return True

    def password(self) -> str:
        """What clients send; made when it is missing."""
        file = self.path / "password"
        with suppress(FileNotFoundError):
            return file.read_text().strip()
        password = secrets.token_urlsafe(32)
        write_privately(file, password)
        return password

    def endpoint(self) -> Endpoint | None:
        """Where the engine said it listens; it may have ended since."""
        with suppress(OSError, ValueError, TypeError):
            return Endpoint(**json.loads((self.path / "endpoint").read_text()))
        return None

    def publish(self, endpoint: Endpoint) -> None:
        write_privately(self.path / "endpoint", json.dumps(asdict(endpoint)))

    def withdraw(self) -> None:
        (self.path / "endpoint").unlink(missing_ok=True)


def write_privately(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
