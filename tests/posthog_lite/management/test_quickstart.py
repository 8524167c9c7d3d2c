from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.bootstrap import get_or_create_demo
from posthog_lite.embedded import clickhouse_native
from posthog_lite.management.commands import quickstart
from posthog_lite.server.serving import own_addresses
from tests.support.processes import RunningProcess, free_port, get, postgres_processes

pytestmark = pytest.mark.slow

demo_calls: list[tuple[Project, User]] = []


def note_demo_data(*, project: Project, user: User) -> None:
    demo_calls.append((project, user))


def fail_to_make_demo_data(*, project: Project, user: User) -> None:
    raise RuntimeError("no demo data")


def test_first_run_prints_working_lines_and_second_run_reuses_everything(data_dir: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    first = serve_once(data_dir, port)
    key = found(r"Personal API key +(phx_\w+)", first)
    assert found(r"Admin login +(\S+)", first) == "demo@example.com"
    assert len(found(r"Admin password +(\S+)", first)) >= 20
    assert f"{url}/api/schema/swagger-ui/" in first
    assert f"{url}/admin/" in first
    started = time.monotonic()
    second = serve_once(data_dir, port, key)
    assert time.monotonic() - started < 30
    assert "phx_" not in second
    assert "Admin password" not in second
    assert "were shown when the demo project was made" in second
    assert "Try it from another terminal:" in first
    assert "Try it from another terminal, with your key in POSTHOG_PERSONAL_API_KEY:" in second
    assert "manage.py bootstrap --organization Demo --project 'Demo project'" in second
    assert '-H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY"' in second
    assert first.startswith(f"Making the database in {data_dir / 'postgres'}: this once")
    assert second.startswith("Starting the database ...\n")


def serve_once(data_dir: Path, port: int, key: str = "") -> str:
    """What a run prints until its server is ready; its curl lines are tried, then Ctrl-C."""
    environment = {"POSTHOG_PERSONAL_API_KEY": key} if key else {}
    command = ["manage.py", "quickstart", f"--port={port}"]
    with RunningProcess(*command, data_dir=data_dir, **environment) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        output = running.output
        assert get(f"http://127.0.0.1:{port}/admin/login/")
        try_curl_lines(output, environment)
        assert running.press_ctrl_c() == 0
        assert running.output == f"{output}{quickstart.FAREWELL}\n"
        assert postgres_processes(data_dir) == []
    return output


def try_curl_lines(output: str, environment: dict[str, str]) -> None:
    lines = [line.strip() for line in output.splitlines() if "curl " in line]
    assert len(lines) == 4
    exports = [line.strip() for line in output.splitlines() if line.startswith("  export ")]
    if shutil.which("curl") is None:  # nothing but Python is needed to run the tests
        return
    script = "\n".join([*exports, *lines])
    done = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    stored, counted = json_objects(done.stdout)
    assert stored == {"status": 1}
    assert [name for name, count in counted["results"] if name == "signed up"] == ["signed up"]
    assert re.search(r"Dashboard \d+\n", done.stdout)
    page = get(done.stdout.splitlines()[-1]).decode()
    assert "Sign-ups by day" in page


def json_objects(text: str) -> list[dict[str, Any]]:
    decoder, objects = json.JSONDecoder(), []
    while (start := text.find("{")) >= 0:
        value, length = decoder.raw_decode(text[start:])
        objects.append(value)
        text = text[start + length :]
    return objects


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_while_migrating_stops_the_database_too(
    data_dir: Path, number: signal.Signals
) -> None:
    command = ["manage.py", "quickstart", f"--port={free_port()}"]
    with RunningProcess(*command, data_dir=data_dir) as running:
        running.wait_until(lambda: bool(postgres_processes(data_dir)), "start a database")
        assert running.stop(number) == 128 + number
        assert postgres_processes(data_dir) == []
        assert "Traceback" not in running.output


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    """Runs the command up to where it would serve; gives what it printed."""

    def command(**options: Any) -> str:
        output = StringIO()
        call_command("quickstart", port=free_port(), stdout=output, **options)
        return output.getvalue()

    monkeypatch.setattr(quickstart, "go_on_as_server", lambda **arguments: None)
    return command


def test_demo_rows(run: Any) -> None:
    output = run()
    project = Project.objects.get()
    user = User.objects.get()
    assert (project.name, project.is_demo, project.organization.name) == (
        "Demo project",
        True,
        "Demo",
    )
    assert (user.email, user.is_staff, user.is_superuser) == ("demo@example.com", True, True)
    assert user.check_password(found(r"Admin password +(\S+)", output))
    assert (user.current_project, user.current_organization) == (project, project.organization)
    assert Membership.objects.get().level == MembershipLevel.OWNER
    key = get_key(value=found(r"Personal API key +(phx_\w+)", output))
    assert key is not None
    assert (key.user, key.scopes) == (user, ["*"])


def test_the_second_run_changes_nothing(run: Any) -> None:
    run()
    before = User.objects.values().get()
    run()
    assert User.objects.values().get() == before
    assert PersonalAPIKey.objects.count() == Project.objects.count() == 1


def test_no_demo_makes_no_rows_and_names_bootstrap(run: Any) -> None:
    output = run(no_demo=True)
    assert not Organization.objects.exists()
    assert not User.objects.exists()
    assert "manage.py bootstrap --organization Acme --project Web --email you@example" in output
    assert "curl" not in output


def test_the_password_of_an_existing_user_is_kept(run: Any) -> None:
    User.objects.create_user("demo@example.com", "their own")
    assert "as it was" in run()
    assert User.objects.get().check_password("their own")


def test_apps_add_their_demo_data(run: Any, settings: Any) -> None:
    settings.DEMO_DATA = [f"{__name__}.note_demo_data"]
    demo_calls.clear()
    run()
    run()
    assert demo_calls == [(Project.objects.get(), User.objects.get())]


def test_demo_data_that_fails_leaves_nothing_behind(db: None, settings: Any) -> None:
    settings.DEMO_DATA = [f"{__name__}.fail_to_make_demo_data"]
    with pytest.raises(RuntimeError, match="no demo data"):
        get_or_create_demo()
    assert not Organization.objects.exists()
    assert not User.objects.exists()


@pytest.mark.usefixtures("_signals_as_they_are")
def test_a_port_that_makes_no_sense_is_refused_before_anything_is_made(db: None) -> None:
    with pytest.raises(CommandError, match=r"^--port: a port is a number") as caught:
        call_command("quickstart", port=0)
    assert caught.value.returncode == 2
    assert not Organization.objects.exists()


def test_engine_that_cannot_run_here_is_told(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Queries are not answered" not in quickstart.introduction(url="http://x", demo=None)
    monkeypatch.setattr(clickhouse_native, "PACKAGE", "no-such-package")

    told = quickstart.introduction(url="http://x", demo=None)

    assert "Queries are not answered here. The embedded ClickHouse is not installed" in told


def test_every_address_lets_in_the_names_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = {}
    monkeypatch.setattr("os.environ", environment)
    monkeypatch.setattr(quickstart, "own_addresses", lambda: ["192.0.2.7", "2001:db8::1", "box"])
    quickstart.let_in("0.0.0.0")  # noqa: S104  # not bound to
    assert environment["ALLOWED_HOSTS"].endswith("192.0.2.7,[2001:db8::1],box")
    assert re.match(environment["CORS_ALLOWED_ORIGIN_REGEXES"], "http://localhost:3000")
    assert not re.match(environment["CORS_ALLOWED_ORIGIN_REGEXES"], "http://localhost.evil")
    assert "http://[2001:db8::1]:80" in quickstart.addresses_elsewhere("::", 80)
    environment.clear()
    quickstart.let_in("127.0.0.1")
    assert "ALLOWED_HOSTS" not in environment
    assert quickstart.addresses_elsewhere("127.0.0.1", 80) == []


def test_the_machine_has_an_address() -> None:
    assert own_addresses()
