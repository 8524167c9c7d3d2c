"""The two servers under test, and the load generator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.support.processes import BASE_DIR, RunningProcess, free_port, get, run_manage

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 2
CONNECTIONS = 16
AS_INSTALLED = Path(__file__).parent / "as_installed"
PATCH_SCRIPT = 'wrk.method = "PATCH"\nwrk.body = [[{"name": "Renamed"}]]\n'


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and its parent process."""

    url: str
    process: psutil.Process

    def memory(self) -> int:
        """Proportional memory of all its processes in bytes (each shared page counted once)."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)

    def worker_memory(self) -> int:
        """Resident memory of the largest process, in bytes."""
        family = [self.process, *self.process.children(recursive=True)]
        return max(int(member.memory_info().rss) for member in family)


def product_command(port: int) -> list[str]:
    return ["manage.py", "serve", "--port", str(port), "--workers", str(WORKERS)]


def floor_command(port: int) -> list[str]:
    options = ["--interface", "wsgi", "--workers", str(WORKERS), "--blocking-threads", "32"]
    options += ["--no-ws", "--log-level", "error", "--port", str(port)]
    return ["-m", "granian", *options, "tests.benchmarks.floor:application"]


@contextmanager
def running(command: list[str], *, port: int, url: str, key: str) -> Iterator[Server]:
    """The server of `command`, from its first answer to `url` on."""
    environment = os.environ | {"LOG_LEVEL": "WARNING", "PYTHONPATH": str(AS_INSTALLED)}
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], cwd=BASE_DIR, env=environment)
    base = f"http://127.0.0.1:{port}"
    try:
        while not _answers(base + url, key):
            if process.poll() is not None or time.monotonic() - started > 60:
                raise SystemExit(f"{command} did not answer.")
            time.sleep(0.02)
        yield Server(base, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str, key: str) -> bool:
    try:
        return bool(get(url, key))
    except OSError:
        return False


def requests_per_second(
    url: str, *, key: str, seconds: float, method: str = "GET", headers: tuple[str, ...] = ()
) -> float:
    """What `wrk` measures. Raises SystemExit when an answer is an error."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("The benchmark needs wrk (Debian: apt-get install wrk).")
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    for header in (f"Authorization: Bearer {key}", "Content-Type: application/json", *headers):
        command += ["-H", header]
    with tempfile.TemporaryDirectory() as folder:
        if method == "PATCH":
            script = Path(folder) / "patch.lua"
            script.write_text(PATCH_SCRIPT)
            command += ["-s", str(script)]
        output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output and "If-None-Match" not in " ".join(headers):
        raise SystemExit(f"{method} {url} failed:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not found or not float(found[1]):
        raise SystemExit(f"{method} {url}: no answer in {seconds} s. Give it more (--seconds).")
    return float(found[1])


def seconds_to_ready() -> float:
    """From the command to the first answer, on a database of its own that has to start too."""
    with tempfile.TemporaryDirectory(prefix="posthog-lite-bench-") as folder:
        data_dir, port = Path(folder), free_port()
        run_manage("migrate", data_dir=data_dir)
        started = time.monotonic()
        with RunningProcess(*product_command(port), data_dir=data_dir) as server:
            server.wait_until_ready(f"http://127.0.0.1:{port}")
            return time.monotonic() - started


def two_ports() -> tuple[int, int]:
    return free_port(), free_port()
