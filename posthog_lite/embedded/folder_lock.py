"""A lock that counts the users of a data folder: the last one to leave stops its server.

Each process holds a shared lock on a file beside the folder, which the system takes back however
the process ends, so a killed process is never waited for.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from posthog_lite.embedded.stop_signals import signals_held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Bytes of the lock file: who starts or stops, who uses, and who is the server (where it locks one).
MUTEX, USERS, SERVER = 0, 1, 2
one_thread = threading.RLock()
# A process that is forked while another thread starts a server would inherit what that holds.
os.register_at_fork(
    before=one_thread.acquire,
    after_in_parent=one_thread.release,
    after_in_child=one_thread.release,
)


class FolderLock:
    """The lock on the folders of one kind of server, which `stop` stops."""

    def __init__(self, *, stop: Callable[[Path], None]) -> None:
        self._stop = stop
        self._files: dict[Path, int] = {}

    def is_used_here(self, folder: Path) -> bool:
        """Return whether this process has the folder in use."""
        return folder in self._files

    @contextmanager
    def alone(self, folder: Path) -> Iterator[None]:
        """Let one process and thread at a time start or stop the server of `folder`."""
        with one_thread:
            if folder not in self._files:
                self._files[folder] = open_lock_file(folder)
                atexit.register(self._leave, folder)
            fcntl.lockf(self._files[folder], fcntl.LOCK_EX, 1, MUTEX)
            try:
                with signals_held():
                    yield
            finally:
                fcntl.lockf(self._files[folder], fcntl.LOCK_UN, 1, MUTEX)

    def join(self, folder: Path) -> None:
        """Use the folder from now on; inside `alone`."""
        fcntl.lockf(self._files[folder], fcntl.LOCK_SH, 1, USERS)

    def keep_for_next_program(self, folder: Path) -> None:
        """Leave the server of `folder` in use when this process goes on as another program (exec).

        That has to join the server again: what is to be done at exit is lost.
        """
        os.set_inheritable(self._files[folder], True)

    def _leave(self, folder: Path) -> None:
        """Stop the server at exit, unless another process uses it."""
        with self.alone(folder):
            lock_file = self._files[folder]
            if try_lock(lock_file, USERS):
                self._stop(folder)
            else:
                unlock(lock_file, USERS)  # the next may be the last

    def has_server(self, folder: Path) -> bool:
        """Return whether a server that locks its byte runs on the folder; inside `alone`."""
        lock_file = self._files[folder]
        if try_lock(lock_file, SERVER):
            unlock(lock_file, SERVER)
            return False
        return True


def try_lock(lock_file: int, byte: int) -> bool:
    """Lock one byte for this process alone, unless another process has it."""
    try:
        fcntl.lockf(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return False
    return True


def unlock(lock_file: int, byte: int) -> None:
    """Give the byte up."""
    fcntl.lockf(lock_file, fcntl.LOCK_UN, 1, byte)


def open_lock_file(folder: Path) -> int:
    """Opened once for the life of the process: closing any handle would give up its locks."""
    path = folder.with_name(f"{folder.name}.lock")
    lock_file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    owner = folder.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:  # root in a user's folder: the user comes after us
        os.fchown(lock_file, owner.st_uid, owner.st_gid)
    return lock_file
