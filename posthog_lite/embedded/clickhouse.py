"""Runs the ClickHouse that comes in a wheel, for when CLICKHOUSE_URL is unset.

Several processes may share one folder: the first one that needs the engine starts a process for it,
the last one to exit stops it. Where that was killed, the engine's process ends by itself.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from posthog_lite.domain import DomainError
from posthog_lite.embedded.clickhouse_folder import (
    Endpoint,
    engine_password,
    read_endpoint,
    withdraw_endpoint,
)
from posthog_lite.embedded.clickhouse_native import EngineNotInstalled, installed_version
from posthog_lite.embedded.folder_lock import FolderLock

ANOTHER_FOLDER = (
    "Give the engine another folder with DATA_DIR, or a running ClickHouse with CLICKHOUSE_URL."
)
START_SECONDS = 60
STOP_SECONDS = 10
REASON = "REASON: "
PACKAGES = Path(__file__).parents[2]  # where `posthog_lite` is imported from


class EmbeddedEngineUnavailable(DomainError):
    """The embedded ClickHouse cannot run here."""

    status_code = 503
    code = "engine_unavailable"
    type = "server_error"
    is_harmless = False  # whether a client of the API may read it


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """The address of the engine for clients on this machine."""

    port: int
    password: str
    pid: int
    version: str


def start_embedded_engine(folder: Path, *, memory: int) -> EngineAddress:
    """Start or join the engine whose data lives in `folder`; made when missing, kept between runs.

    Raises EmbeddedEngineUnavailable with a sentence for the operator.
    """
    folder = folder.absolute().resolve()
    try:
        installed_version()
        _make_folder(folder)
        with _lock.alone(folder):
            _lock.join(folder)
            return _address(folder, _running(folder) or _start(folder, memory=memory))
    except EngineNotInstalled as error:
        refusal = EmbeddedEngineUnavailable(str(error))
        refusal.is_harmless = True
        raise refusal from error
    except OSError as error:
        raise EmbeddedEngineUnavailable(
            f"The embedded ClickHouse cannot use {folder}: {error}. {ANOTHER_FOLDER}"
        ) from error


def why_engine_cannot_run() -> str | None:
    """A sentence for the operator where the package is missing or another one; loads nothing."""
    try:
        installed_version()
    except EngineNotInstalled as error:
        return str(error)
    return None


def find_embedded_engine(folder: Path) -> EngineAddress | None:
    """The engine that runs on `folder`; none is started."""
    folder = folder.absolute().resolve()
    if not folder.is_dir():
        return None
    with _lock.alone(folder):
        endpoint = _running(folder)
    return _address(folder, endpoint) if endpoint else None


def keep_embedded_engine(folder: Path) -> None:
    """Count this process among those who use the engine, whether it runs or not.

    Others start it when they need it; it goes on when they end, and stops at our exit.
    """
    folder = folder.absolute().resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock.alone(folder):
        _lock.join(folder)


def keep_engine_for_next_program(folder: Path) -> None:
    """Leave the engine in use when this process goes on as another program (exec)."""
    keep_embedded_engine(folder)
    _lock.keep_for_next_program(folder.absolute().resolve())


def stop_embedded_engine(folder: Path) -> None:
    """Stop the engine of `folder` whoever else uses it; nothing happens when none runs."""
    folder = folder.absolute().resolve()
    if folder.is_dir():
        with _lock.alone(folder):
            _stop(folder)


def _running(folder: Path) -> Endpoint | None:
    return read_endpoint(folder) if _lock.has_server(folder) else None


def _address(folder: Path, endpoint: Endpoint) -> EngineAddress:
    return EngineAddress(endpoint.port, engine_password(folder), endpoint.pid, endpoint.version)


def _start(folder: Path, *, memory: int) -> Endpoint:
    withdraw_endpoint(folder)
    module = "posthog_lite.embedded.clickhouse_server"
    command = [sys.executable, "-m", module, str(folder), f"--memory={memory}"]
    owner = _owner_if_we_are_root(folder)
    if owner is not None:
        command += [f"--uid={owner.st_uid}", f"--gid={owner.st_gid}"]
    with (folder / "log").open("wb") as output:
        if owner is not None:
            os.fchown(output.fileno(), owner.st_uid, owner.st_gid)
        process = subprocess.Popen(  # noqa: S603  # our own program
            command,
            cwd=PACKAGES,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the engine
        )
    endpoint = _wait_for_start(folder, process)
    process.returncode = 0  # it may outlive this process; the object would warn about that
    return endpoint


def _wait_for_start(folder: Path, process: subprocess.Popen[bytes]) -> Endpoint:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        endpoint = read_endpoint(folder)
        if endpoint is not None:
            return endpoint
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
        time.sleep(0.01)
    raise EmbeddedEngineUnavailable(_reason(folder))


def _reason(folder: Path) -> str:
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    told = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    last = " ".join(lines[-3:])
    return told[-1] if told else f"The embedded ClickHouse in {folder} did not start: {last}"


def _stop(folder: Path) -> None:
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
            if not _lock.has_server(folder):
                return
            time.sleep(0.01)


_lock = FolderLock(stop=_stop)


def _make_folder(folder: Path) -> None:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    _refuse_unusable(existing, is_own=existing == folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = _owner_if_we_are_root(folder)
    if owner is not None:
        os.chown(folder, owner.st_uid, owner.st_gid)


def _refuse_unusable(path: Path, *, is_own: bool) -> None:
    if not path.is_dir():
        raise EmbeddedEngineUnavailable(f"{path} is a file; the engine needs a folder there.")
    owner = path.stat().st_uid
    if is_own and os.geteuid() not in (0, owner):
        name = str(owner)
        with suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
        raise EmbeddedEngineUnavailable(
            f"{path} belongs to the user {name}, so only {name} and root can use the engine in it. "
            f"{ANOTHER_FOLDER}"
        )
    if not os.access(path, os.W_OK | os.X_OK):
        raise EmbeddedEngineUnavailable(
            f"{path} is not a folder this user may write to. {ANOTHER_FOLDER}"
        )


def _owner_if_we_are_root(folder: Path) -> os.stat_result | None:
    """Return whom the engine runs as when root starts it in a user's folder: that user."""
    owner = folder.parent.stat()
    return owner if os.geteuid() == 0 and owner.st_uid != 0 else None
