"""Real processes for tests: bounded in time, and never outliving the test that starts them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from posthog_lite.embedded.clickhouse import stop_embedded_engine
from posthog_lite.embedded.postgres import stop_embedded_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECONDS = 60.0  # far more than anything here takes, also on a busy machine


def process_environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """The environment of an operator who sets only DATA_DIR, and wants no access log."""
    # Ours, or left by a command that a test ran in this very process.
    tests = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "TEST_DATA_DIR", "DATABASE_POOL_SIZE")
    ours = (*tests, "ALLOWED_HOSTS", "LOG_FORMAT")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "LOG_LEVEL": "ERROR"}
    return inherited | own | changes


def run_manage(*arguments: str, data_dir: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=process_environment(data_dir, **changes),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _take_signals() -> None:
    """A shell without job control starts what runs in the background without Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class RunningProcess:
    """A Python process in the background; leaving the block kills it and all it started."""

    def __init__(self, *arguments: str, data_dir: Path, **changes: str) -> None:
        self.data_dir = data_dir
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115  # __exit__ closes it
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=BASE_DIR,
            env=process_environment(data_dir, **changes),
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_take_signals,  # nothing of ours runs in threads then
        )
        self.pid = self._process.pid

    def __enter__(self) -> RunningProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in [*self.children(), *_alive([self.pid])]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(SECONDS)
        self._output.close()
        stop_embedded_server(self.data_dir / "postgres")
        stop_embedded_engine(self.data_dir / "clickhouse")

    @property
    def output(self) -> str:
        """What it has printed so far, errors included."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode()

    def children(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).children(recursive=True)
        return []

    def workers(self) -> list[psutil.Process]:
        """Of a server, who answers: neither PostgreSQL nor multiprocessing's helper."""
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.pid)
            command = server.cmdline()
            return [child for child in server.children() if _is_worker(child, command)]
        return []

    def wait_for_output(self, text: str) -> None:
        self.wait_until(lambda: text in self.output, f"print {text!r}")

    def wait_until_ready(self, url: str) -> None:
        """Wait for the readiness check of a server at `url`."""
        self.wait_until(lambda: _answers(f"{url}/_readyz"), f"answer at {url}")

    def stop(self, number: signal.Signals) -> int:
        """Send a signal to this process alone and wait for its exit code."""
        self.signal(number)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process alone."""
        self._process.send_signal(number)

    def press_ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the whole process group. Waits for the exit code."""
        os.killpg(self.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(SECONDS)

    def wait_until(self, is_done: Callable[[], bool], what: str) -> None:
        """Fail the test when the process ends first, or takes too long."""
        wait_until(lambda: is_done() or self._process.poll() is not None, what)
        assert is_done(), f"It ended with {self._process.returncode}:\n{self.output}"


def wait_until(is_done: Callable[[], bool], what: str) -> None:
    """Fail the test when `is_done` does not come true in time."""
    deadline = time.monotonic() + SECONDS
    while not is_done():
        assert time.monotonic() < deadline, f"did not {what} in {SECONDS} seconds"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
    except OSError:
        return False
    return True


def get(url: str, key: str | None = None, **options: Any) -> bytes:
    """The body at `url`; raises HTTPError for anything but success."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url, headers=headers, **options)  # noqa: S310  # our own
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310  # our own
        body: bytes = response.read()
    return body


def postgres_processes(data_dir: Path) -> list[int]:
    """Every process of a PostgreSQL whose data lies below `data_dir`."""
    folder = str(data_dir / "postgres")
    return [
        process.pid
        for process in psutil.process_iter(["cwd"])
        if process.info["cwd"] and process.info["cwd"].startswith(folder)
    ]


def remove_data_dir(data_dir: Path) -> None:
    """Stop the embedded servers of a throw-away folder and remove all of it."""
    stop_embedded_server(data_dir / "postgres")
    stop_embedded_engine(data_dir / "clickhouse")
    shutil.rmtree(data_dir, ignore_errors=True)


def is_alive(pid: int) -> bool:
    return bool(_alive([pid]))


def _is_worker(child: psutil.Process, command: list[str]) -> bool:
    """Whether it was forked, and so has its parent's command line, or spawned."""
    with suppress(psutil.Error):
        line = child.cmdline()
        return line == command or any("spawn_main" in part for part in line)
    return False


def _alive(pids: list[int]) -> list[psutil.Process]:
    alive = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def _answers(url: str) -> bool:
    try:
        return bool(get(url))
    except (urllib.error.URLError, OSError):
        return False
