from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import pytest
from environ import Env

from posthog_lite.embedded.postgres import embedded_database_url
from posthog_lite.embedded.postgres_cluster import EmbeddedServerUnavailable, read_postmaster
from tests.support.processes import (
    RunningProcess,
    free_port,
    is_alive,
    postgres_processes,
    run_manage,
    wait_until,
)

pytestmark = pytest.mark.slow

# A process that uses the embedded server of DATA_DIR: it prints the address, then waits.
CLIENT = """
import os, signal, sys, time
from pathlib import Path
from posthog_lite.embedded.postgres import embedded_database_url, kept_running
from posthog_lite.server.serving import exit_on_signals
exit_on_signals()
print("joining", flush=True)
folder = Path(os.environ["DATA_DIR"]) / "postgres"
print("address", embedded_database_url(folder), flush=True)
with kept_running(folder):
    time.sleep(600)
"""

# A process that goes on as another program, which only waits.
STARTING_ANEW = """
import os, sys
from pathlib import Path
from posthog_lite.embedded.postgres import embedded_database_url, keep_for_next_program
folder = Path(os.environ["DATA_DIR"]) / "postgres"
embedded_database_url(folder)
keep_for_next_program(folder)
program = "import time; print('started anew', flush=True); time.sleep(600)"
os.execv(sys.executable, [sys.executable, "-c", program])
"""
# A process that forks while its keeper of the server is at work: does the child hang there?
FORKING = """
import os, sys, threading
from posthog_lite.embedded import folder_lock
is_working, is_forking = threading.Event(), threading.Event()
def work():
    with folder_lock.one_thread:
        is_working.set()
        is_forking.wait(0.5)
threading.Thread(target=work).start()
is_working.wait()
child = os.fork()
if child == 0:
    os._exit(0 if folder_lock.one_thread.acquire(blocking=False) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def start_client(data_dir: Path) -> RunningProcess:
    return RunningProcess("-c", CLIENT, data_dir=data_dir)


def address_from(client: RunningProcess) -> str:
    client.wait_for_output("postgresql://")
    return client.output.split()[-1]


def execute(address: str, statement: str) -> object:
    with psycopg.connect(address) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return row and row[0]


def server_pid(data_dir: Path) -> int:
    postmaster = read_postmaster(data_dir / "postgres")
    assert postmaster is not None
    return postmaster.pid


def test_data_is_kept_between_runs(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        execute(address_from(client), "CREATE TABLE kept AS SELECT 'Ärger' AS word")
        assert client.stop(signal.SIGTERM) == 128 + signal.SIGTERM
        assert postgres_processes(data_dir) == []
    with start_client(data_dir) as client:
        assert execute(address_from(client), "SELECT upper(word) FROM kept") == "ÄRGER"
        assert client.press_ctrl_c() == 128 + signal.SIGINT
        assert postgres_processes(data_dir) == []


def test_processes_share_a_server_until_the_last_one_exits(data_dir: Path) -> None:
    with start_client(data_dir) as first, start_client(data_dir) as second:
        assert address_from(first) == address_from(second)
        assert first.stop(signal.SIGTERM) == 128 + signal.SIGTERM
        assert execute(address_from(second), "SELECT 1") == 1
        assert second.stop(signal.SIGTERM) == 128 + signal.SIGTERM
        assert postgres_processes(data_dir) == []


def test_a_process_that_starts_anew_keeps_the_server_running(data_dir: Path) -> None:
    with RunningProcess("-c", STARTING_ANEW, data_dir=data_dir) as waiting:
        waiting.wait_for_output("started anew")
        pid = server_pid(data_dir)
        with start_client(data_dir) as second:
            address_from(second)
            second.stop(signal.SIGTERM)
            assert server_pid(data_dir) == pid


def test_no_process_is_forked_while_a_thread_starts_the_server(data_dir: Path) -> None:
    with RunningProcess("-c", FORKING, data_dir=data_dir) as forking:
        assert forking.wait() == 0


def test_a_killed_process_does_not_keep_the_server_running(data_dir: Path) -> None:
    with start_client(data_dir) as first, start_client(data_dir) as second:
        assert address_from(first) == address_from(second)
        first.stop(signal.SIGKILL)
        second.stop(signal.SIGTERM)
        assert postgres_processes(data_dir) == []


def test_the_next_process_takes_over_the_server_of_a_killed_one(data_dir: Path) -> None:
    with start_client(data_dir) as first, start_client(data_dir) as second:
        address_from(first)
        address_from(second)
        pid = server_pid(data_dir)
        first.stop(signal.SIGKILL)
        second.stop(signal.SIGKILL)
        assert is_alive(pid)
        with start_client(data_dir) as third:
            address_from(third)
            assert server_pid(data_dir) == pid
            third.stop(signal.SIGTERM)
        assert postgres_processes(data_dir) == []


def test_everything_killed_at_once_is_recovered_from(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        execute(address_from(client), "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(server_pid(data_dir), signal.SIGKILL)
        client.stop(signal.SIGKILL)
    with start_client(data_dir) as client:
        assert execute(address_from(client), "SELECT number FROM kept") == 7


def test_a_pid_that_now_belongs_to_another_process_is_no_server(data_dir: Path) -> None:
    folder = data_dir / "postgres"
    with start_client(data_dir) as client:
        address_from(client)
        client.stop(signal.SIGTERM)
    lines = [str(os.getpid()), str(folder), "1", "5432", str(folder), "", "1 1", "ready"]
    (folder / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert read_postmaster(folder) is None
    with start_client(data_dir) as client:
        assert execute(address_from(client), "SELECT 1") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_during_the_first_start_leaves_nothing_running(
    data_dir: Path, number: signal.Signals
) -> None:
    with start_client(data_dir) as client:
        client.wait_for_output("joining")
        assert client.stop(number) == 128 + number
        assert postgres_processes(data_dir) == []
        assert not list(data_dir.glob("postgres.new-*"))


def test_a_folder_that_was_killed_while_being_made_is_made_again(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        wait_until(lambda: bool(list(data_dir.glob("postgres.new-*/base"))), "begin")
        client.stop(signal.SIGKILL)
    assert not (data_dir / "postgres").exists()
    with start_client(data_dir) as client:
        assert execute(address_from(client), "SELECT 1") == 1
        assert not list(data_dir.glob("postgres.new-*"))


@pytest.mark.parametrize("name", ["x" * 120, "with space", "with,comma and \"quotes' $HOME"])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    folder = data_dir / name
    with start_client(folder) as client:
        address = address_from(client)
        assert execute(address, "SELECT 1") == 1
        options = Env.db_url_config(address)["OPTIONS"]
        socket_dir = Path(options["host"])
        assert (socket_dir / f".s.PGSQL.{options['port']}").exists()
        client.stop(signal.SIGTERM)
    assert socket_dir == folder / "postgres" or not socket_dir.exists()


@pytest.mark.parametrize("name", ["x", "x" * 120])
def test_a_killed_server_comes_back_where_it_was(data_dir: Path, name: str) -> None:
    folder = data_dir / name
    with start_client(folder) as client:
        address = address_from(client)
        execute(address, "CREATE TABLE kept AS SELECT 1")
        killed = server_pid(folder)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: has_other_server(folder, killed), "come back")
        assert execute(address, "SELECT count(*) FROM kept") == 1
        client.stop(signal.SIGTERM)
    assert postgres_processes(folder) == []


def has_other_server(data_dir: Path, pid: int) -> bool:
    postmaster = read_postmaster(data_dir / "postgres")
    return postmaster is not None and postmaster.is_ready and postmaster.pid != pid


def test_only_the_owner_can_reach_the_server(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        address_from(client)
        assert (data_dir / "postgres").stat().st_mode & 0o777 == 0o700
        assert psutil.Process(server_pid(data_dir)).net_connections("tcp") == []


def refusal(folder: Path) -> str:
    with pytest.raises(EmbeddedServerUnavailable) as caught:
        embedded_database_url(folder)
    assert "\n" not in caught.value.detail
    return caught.value.detail


def test_a_file_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres").touch()
    assert "is a file; the database needs a folder there" in refusal(data_dir / "postgres")


def test_a_file_above_the_folder_is_refused(data_dir: Path) -> None:
    (data_dir / "data").touch()
    assert "DATA_DIR" in refusal(data_dir / "data" / "postgres")


def test_a_folder_of_something_else_is_refused_and_left_alone(data_dir: Path) -> None:
    folder = make_folder(data_dir / "postgres", precious="mine")
    assert "holds something that is not a database of PostHog Lite" in refusal(folder)
    assert (folder / "precious").read_text() == "mine"


def make_folder(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    return folder


def test_a_database_of_another_version_is_refused(data_dir: Path) -> None:
    message = refusal(make_folder(data_dir / "postgres", PG_VERSION="16\n"))
    assert "holds a database of PostgreSQL 16; this release runs PostgreSQL 18" in message


def test_an_unfinished_database_is_refused(data_dir: Path) -> None:
    message = refusal(make_folder(data_dir / "postgres", PG_VERSION="18\n"))
    assert "holds an unfinished database. Remove that folder" in message


def test_a_path_that_no_system_can_hold_is_refused(data_dir: Path) -> None:
    assert "File name too long" in refusal(data_dir / ("x" * 300) / "postgres")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_one_may_not_write_to_is_refused(data_dir: Path) -> None:
    data_dir.chmod(0o500)
    assert "is not a folder this user may write to" in refusal(data_dir / "data" / "postgres")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every folder")
def test_a_folder_of_another_user_is_refused() -> None:
    assert "belongs to the user root" in refusal(Path("/etc"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such a folder")
def test_a_database_of_root_is_refused(data_dir: Path) -> None:
    folder = make_folder(data_dir / "postgres", PG_VERSION="18\n")
    shutil.chown(folder, "root")
    assert "belongs to root, whom PostgreSQL refuses" in refusal(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change who it is")
def test_root_runs_the_server_as_the_owner_of_the_folder(data_dir: Path) -> None:
    shutil.chown(data_dir, "nobody")
    with start_client(data_dir) as client:
        address_from(client)
        assert psutil.Process(server_pid(data_dir)).username() == "nobody"
        for path in (
            data_dir / "postgres",
            data_dir / "postgres" / "log",
            data_dir / "postgres.lock",
        ):
            assert path.owner() == "nobody"


def test_a_start_that_fails_says_why(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        address_from(client)
        client.stop(signal.SIGTERM)
    (data_dir / "postgres" / "postgresql.conf").write_text("nonsense = on\n")
    done = run_manage("migrate", data_dir=data_dir)
    assert done.returncode == 2
    assert 'unrecognized configuration parameter "nonsense"' in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_say_in_one_line_what_is_wrong_with_the_folder(data_dir: Path) -> None:
    (data_dir / "postgres").touch()
    commands = [["migrate"], ["serve", f"--port={free_port()}"], ["quickstart", "--no-demo"]]
    commands[-1].append(f"--port={free_port()}")
    for command in commands:
        done = run_manage(*command, data_dir=data_dir)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "is a file; the database needs a folder there" in done.stderr


def test_the_address_is_one_that_settings_understand(data_dir: Path) -> None:
    with start_client(data_dir) as client:
        address = address_from(client)
        folder = str(data_dir / "postgres")
        assert f"host={quote(folder, safe='')}" in address
        assert Env.db_url_config(address) == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "PASSWORD": "",
            "HOST": "",
            "PORT": "",
            "OPTIONS": {"host": folder, "port": 5432},
        }
