"""Runs the ClickHouse that comes in a wheel, for when CLICKHOUSE_URL is unset.

Several processes may share one folder: the first one that needs the engine starts a process for it,
and that ends when none needs it any more.
"""

from __future__ import annotations

import atexit
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posthog_lite.domain import DomainError
from posthog_lite.embedded.clickhouse_folder import Endpoint, EngineFolder
from posthog_lite.embedded.clickhouse_native import EngineNotInstalled, installed_version

ANOTHER_FOLDER = (
    "Give the engine another folder with DATA_DIR, or a running ClickHouse with CLICKHOUSE_URL."
)
START_SECONDS = 60
STOP_SECONDS = 10
REASON = "REASON: "
PACKAGES = Path(__file__).parents[2]  # where `posthog_lite` is imported from
_folders: dict[Path, EngineFolder] = {}
_one_thread = threading.RLock()


class EmbeddedEngineUnavailable(DomainError):
    """The embedded ClickHouse cannot run here."""

    status_code = 503
    code = "engine_unavailable"
    type = "server_error"
    is_harmless = False  # whether a client of the API may read it


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """How a client on this machine reaches the engine."""

    port: int
    password: str
    pid: int
    version: str


def _start_afresh_in_child() -> None:
    """A forked process has none of its parent's locks."""
    global _one_thread
    _one_thread = threading.RLock()
    _folders.clear()


os.register_at_fork(after_in_child=_start_afresh_in_child)


def start_embedded_engine(path: Path, *, memory: int) -> EngineAddress:
    """Start or join the engine whose data lives in `path`; made when missing, kept between runs.

    Raises EmbeddedEngineUnavailable with a sentence for the operator.
    """
    try:
        installed_version()
        path = path.absolute()
        with _one_thread:
            folder = _joined(path)
            with folder.mutex():
                folder.use()
                endpoint = _running(folder) or _start(folder, memory=memory)
        return EngineAddress(endpoint.port, folder.password(), endpoint.pid, endpoint.version)
    except EngineNotInstalled as error:
        refusal = EmbeddedEngineUnavailable(str(error))
        refusal.is_harmless = True
        raise refusal from error
    except OSError as error:
        raise EmbeddedEngineUnavailable(
            f"The embedded ClickHouse cannot use {path}: {error}. {ANOTHER_FOLDER}"
        ) from error


def stop_embedded_engine(path: Path) -> None:
    """Stop the engine of `path` whoever else uses it; nothing happens when none runs."""
    path = path.absolute()
    if path.is_dir():
        with _one_thread:
            folder = _joined(path)
            with folder.mutex():
                _stop(folder)


def find_embedded_engine(path: Path) -> EngineAddress | None:
    """The engine that runs on `path`, without starting one."""
    path = path.absolute()
    if not path.is_dir():
        return None
    with _one_thread:
        folder = _joined(path)
        with folder.mutex():
            endpoint = _running(folder)
    if endpoint is None:
        return None
    return EngineAddress(endpoint.port, folder.password(), endpoint.pid, endpoint.version)


def _joined(path: Path) -> EngineFolder:
    if path not in _folders:
        _refuse_unusable_folder(path)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _folders[path] = EngineFolder(path)
        _give_to_owner(path)
        atexit.register(_leave, path, os.getpid())
    return _folders[path]


def _leave(path: Path, pid: int) -> None:
    """At exit: stop the engine unless another process uses it."""
    folder = _folders.get(path)
    if folder is None or pid != os.getpid():
        return
    with suppress(OSError), folder.mutex():
        if not folder.is_used_by_others():
            _stop(folder)


def _running(folder: EngineFolder) -> Endpoint | None:
    return folder.endpoint() if folder.is_owned() else None


def _start(folder: EngineFolder, *, memory: int) -> Endpoint:
    folder.withdraw()
    account = _owner_if_we_are_root(folder.path)
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account.st_uid, "group": account.st_gid, "extra_groups": []}
    module = "posthog_lite.embedded.clickhouse_server"
    command = [sys.executable, "-m", module, str(folder.path), f"--memory={memory}"]
    with folder.log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            command,
            cwd=PACKAGES,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the engine
            **identity,
        )
    endpoint = _wait_for_start(folder, process)
    process.returncode = 0  # it may outlive this process; the object would warn about that
    return endpoint


def _wait_for_start(folder: EngineFolder, process: subprocess.Popen[bytes]) -> Endpoint:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        endpoint = folder.endpoint()
        if endpoint is not None:
            return endpoint
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
        time.sleep(0.01)
    raise EmbeddedEngineUnavailable(_reason(folder))


def _reason(folder: EngineFolder) -> str:
    lines = folder.log.read_text(errors="replace").strip().splitlines()
    told = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    reason = told[-1] if told else " ".join(lines[-3:])
    return told[-1] if told else f"The embedded ClickHouse did not start: {reason}"


def _stop(folder: EngineFolder) -> None:
    endpoint = _running(folder)
    if endpoint is None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(endpoint.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(endpoint.pid, os.WNOHANG)  # ours to reap if this process started it
            if not folder.is_owned():
                return
            time.sleep(0.01)


def _refuse_unusable_folder(path: Path) -> None:
    if not path.exists():
        existing = next(parent for parent in path.parents if parent.exists())
    elif not path.is_dir():
        raise EmbeddedEngineUnavailable(f"{path} is a file; the engine needs a folder there.")
    else:
        existing = path
    owner = existing.stat().st_uid
    if existing == path and os.geteuid() not in (0, owner):
        name = str(owner)
        with suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
        raise EmbeddedEngineUnavailable(
            f"{path} belongs to the user {name}, so only {name} and root can use the engine in it. "
            f"{ANOTHER_FOLDER}"
        )
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise EmbeddedEngineUnavailable(
            f"{existing} is not a folder this user may write to. {ANOTHER_FOLDER}"
        )


def _owner_if_we_are_root(path: Path) -> os.stat_result | None:
    owner = path.parent.stat()
    return owner if os.geteuid() == 0 and owner.st_uid != 0 else None


def _give_to_owner(path: Path) -> None:
    """Root in a user's folder: the user comes after us."""
    owner = _owner_if_we_are_root(path)
    if owner is not None:
        for entry in (path, path.with_name(f"{path.name}.lock")):
            os.chown(entry, owner.st_uid, owner.st_gid)
