from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from posthog_lite.server import serving
from posthog_lite.server.granian_protocol import check_granian
from posthog_lite.server.serving import AddressUnavailable, base_url, check_address
from tests.support.processes import (
    RunningProcess,
    free_port,
    get,
    is_alive,
    postgres_processes,
    run_manage,
    wait_until,
)

pytestmark = pytest.mark.slow

# The workers as they are started where a fork is not safe.
SPAWNING = """
import os, sys
from pathlib import Path
from django.core.management import execute_from_command_line
from posthog_lite.embedded.postgres import embedded_database_url
from posthog_lite.server import workers
folder = Path(os.environ["DATA_DIR"]) / "postgres"
os.environ |= {"DJANGO_SETTINGS_MODULE": "posthog_lite.settings", "DATABASE_POOL_SIZE": "2"}
os.environ["DATABASE_URL"] = embedded_database_url(folder)
workers.START_METHOD = "spawn"
execute_from_command_line(["manage.py", "run_workers", f"--database={folder}", *sys.argv[1:]])
"""
NOHUP = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""


def start_server(data_dir: Path, port: int, *options: str, **environment: str) -> RunningProcess:
    return RunningProcess(
        "manage.py", "serve", f"--port={port}", *options, data_dir=data_dir, **environment
    )


def bootstrap(data_dir: Path) -> dict[str, str]:
    names = ["--organization=Acme", "--project=Web", "--email=ada@example.com"]
    done = run_manage("bootstrap", "--json", *names, data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def test_serves_beside_a_bootstrap_and_sigterm_stops_everything(migrated: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with start_server(migrated, port, "--workers=2") as running:
        running.wait_until_ready(url)
        key = bootstrap(migrated)["personal_api_key"]
        assert json.loads(get(f"{url}/api/users/@me/", key))["email"] == "ada@example.com"
        pids = [process.pid for process in running.children()]
        assert len(pids) >= 2
        assert running.stop(signal.SIGTERM) == 0
        wait_until(lambda: not any(map(is_alive, pids)), "end")  # multiprocessing's helper lags
        assert postgres_processes(migrated) == []
        assert running.output == f"Serving {url} (Ctrl-C stops it)\n"
    assert bootstrap(migrated)["project_id"]


def test_ctrl_c_stops_everything_without_noise(migrated: Path) -> None:
    port = free_port()
    with start_server(migrated, port) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        assert running.press_ctrl_c() == 0
        assert postgres_processes(migrated) == []
        assert running.output.count("\n") == 1


def test_a_closed_terminal_stops_no_server_that_nohup_started(migrated: Path) -> None:
    port = free_port()
    options = [sys.executable, "manage.py", "serve", f"--port={port}", "--workers=1"]
    with RunningProcess("-c", NOHUP, *options, data_dir=migrated) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        before = running.workers()
        os.killpg(running.pid, signal.SIGHUP)
        assert get(f"http://127.0.0.1:{port}/_readyz")
        assert running.workers() == before
        assert running.stop(signal.SIGTERM) == 0


def test_workers_are_spawned_where_a_fork_is_not_safe(migrated: Path) -> None:
    port = free_port()
    options = ["--host=127.0.0.1", f"--port={port}", "--workers=1"]
    with RunningProcess("-c", SPAWNING, *options, data_dir=migrated) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        (worker,) = running.workers()
        assert "spawn_main" in " ".join(worker.cmdline())
        worker.kill()
        wait_until(lambda: running.workers() not in ([], [worker]), "replace the worker")
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        assert running.press_ctrl_c() == 0
        assert postgres_processes(migrated) == []
        assert "Traceback" not in running.output


def test_workers_that_end_again_and_again_are_replaced(migrated: Path) -> None:
    port = free_port()
    with start_server(migrated, port, "--workers=1") as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        for _ in range(4):
            (worker,) = running.workers()
            worker.kill()
            wait_until(lambda: running.workers() not in ([], [worker]), "replace the worker")  # noqa: B023  # waited for
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        assert running.stop(signal.SIGTERM) == 0


def test_another_release_of_granian_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("granian.__version__", "9.9.9")
    with pytest.raises(ImproperlyConfigured, match=r"9\.9\.9 is installed"):
        check_granian()


def test_workers_end_with_a_killed_server(migrated: Path) -> None:
    port = free_port()
    with start_server(migrated, port, "--workers=2") as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        workers = [worker.pid for worker in running.workers()]
        assert len(workers) == 2
        with socket.create_connection(("127.0.0.1", port)) as holding_on:
            holding_on.sendall(b"GET /_livez HT")
            running.stop(signal.SIGKILL)
            wait_until(lambda: not all(map(is_alive, workers)), "end")
        wait_until(lambda: not any(map(is_alive, workers)), "end")
    with start_server(migrated, port) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")


def test_pending_migrations_are_refused(data_dir: Path) -> None:
    done = run_manage("serve", f"--port={free_port()}", data_dir=data_dir)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("The database is not up to date: run manage.py migrate first.\n")
    assert postgres_processes(data_dir) == []


def test_a_taken_port_is_refused_before_the_database_is_touched(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_manage("serve", f"--port={port}", data_dir=data_dir)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--port: port {port} of 127.0.0.1 is taken by another program" in done.stderr
    assert not (data_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEBUG", "true", "DEBUG is on"),
        ("ALLOWED_HOSTS", "a.example,*", "ALLOWED_HOSTS is '*'"),
    ],
)
def test_unsafe_settings_are_refused_before_the_database_is_touched(
    data_dir: Path, name: str, value: str, told: str
) -> None:
    done = run_manage("serve", f"--port={free_port()}", data_dir=data_dir, **{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (data_dir / "postgres").exists()


def test_settings_that_may_be_unsafe_are_told(data_dir: Path) -> None:
    """Where the server answers under a name of its own: behind a proxy, most likely."""
    nowhere = "postgresql://user:password@127.0.0.1:1/posthog_lite"  # so that it goes no further
    done = run_manage(
        "serve",
        f"--port={free_port()}",
        data_dir=data_dir,
        ALLOWED_HOSTS="a.example",
        DATABASE_URL=nowhere,
    )
    assert "Warning: SECURE_COOKIES is off" in done.stderr
    assert "Warning: DATABASE_URL is set and SECRET_KEY is not" in done.stderr
    assert "Set SECURE_COOKIES=true where the server is reached over HTTPS." in done.stderr


@pytest.mark.parametrize("workers", ["0", "-1", "x", "1000"])
def test_a_number_of_workers_that_makes_no_sense_is_refused(data_dir: Path, workers: str) -> None:
    done = run_manage("serve", f"--workers={workers}", data_dir=data_dir)
    assert done.returncode == 2
    assert f"argument --workers: '{workers}' is not a number from 1 to 999." in done.stderr


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(AddressUnavailable, match="from 1 to 65535") as caught:
        check_address(host="127.0.0.1", port=port)
    assert caught.value.attr == "port"


@pytest.mark.parametrize("host", ["nowhere.invalid", "999.1.1.1", "", "a" * 70, "192.0.2.1"])
def test_a_host_that_is_not_here_is_refused(host: str) -> None:
    with pytest.raises(AddressUnavailable) as caught:
        check_address(host=host, port=free_port())
    assert caught.value.attr == "host"


def test_a_name_is_resolved_to_the_address_to_bind() -> None:
    assert check_address(host="localhost", port=free_port()) in ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104  # not bound to
        ("::1", "http://[::1]:80"),
        ("example.com", "http://example.com:80"),
    ],
)
def test_the_url_is_one_that_works_on_this_machine(host: str, url: str) -> None:
    assert base_url(host=host, port=80) == url


@pytest.mark.parametrize(("workers", "size"), [(1, "10"), (9, "10"), (16, "5"), (200, "1")])
def test_workers_share_the_connections_postgresql_allows(
    monkeypatch: pytest.MonkeyPatch, workers: int, size: str
) -> None:
    environment = prepared_environment(monkeypatch, workers=workers)
    assert environment["DATABASE_POOL_SIZE"] == size


def test_a_pool_size_of_the_operator_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = prepared_environment(monkeypatch, DATABASE_POOL_SIZE="3")
    assert environment["DATABASE_POOL_SIZE"] == "3"


def test_workers_give_back_large_memory_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = prepared_environment(monkeypatch, MALLOC_ARENA_MAX="8")
    assert environment["MALLOC_ARENA_MAX"] == "8"
    assert environment["MALLOC_MMAP_THRESHOLD_"] == "1048576"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1"), ("192.0.2.7", "192.0.2.7"), ("fe80::1", "[fe80::1]")],
)
def test_the_host_that_is_served_is_allowed(
    monkeypatch: pytest.MonkeyPatch, host: str, expected: str
) -> None:
    allowed = prepared_environment(monkeypatch, host=host)["ALLOWED_HOSTS"]
    assert expected in allowed.split(",")
    assert "localhost" in allowed.split(",")


def test_allowed_hosts_of_the_operator_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = prepared_environment(monkeypatch, host="192.0.2.7", ALLOWED_HOSTS="a.example")
    assert environment["ALLOWED_HOSTS"] == "a.example"


def test_every_address_allows_no_further_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ALLOWED_HOSTS" not in prepared_environment(monkeypatch, host="::")


def prepared_environment(
    monkeypatch: pytest.MonkeyPatch, host: str = "127.0.0.1", workers: int = 2, **given: str
) -> dict[str, str]:
    """What the workers would find, on a server given by DATABASE_URL."""
    environment = dict(given)
    monkeypatch.setattr("os.environ", environment)
    monkeypatch.setattr(settings, "DATABASES", {"default": {}})
    serving._prepare_environment(host=host, workers=workers)
    return environment
