"""The package that `pip install .` makes: whole, and running without a checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from django.conf import settings

from posthog_lite import __version__
from posthog_lite.pytest_plugin import SETTINGS
from tests.support.processes import SECONDS

OTHER_PLUGINS = [f"-pno:{name}" for name in ("cacheprovider", "django", "randomly", "schemathesis")]
PACKAGES = ("posthog_lite", "dashboards", "sharing", "themes")
WHERE = (
    "from posthog_lite.server.program import PROGRAM, command_line, default_data_dir, env_file;"
    "print(PROGRAM, default_data_dir(), env_file(), *command_line('migrate')[1:])"
)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Path:
    """Return the folder that the wheel was unpacked into, as pip does."""
    folder = wheel.parent / "site-packages"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


def environment(installed: Path, home: Path, **others: str) -> dict[str, str]:
    ours = ("DATA_DIR", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "XDG_DATA_HOME", "DATABASE_URL")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return (
        inherited
        | {"PYTHONPATH": str(installed), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        | others
    )


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    files = [
        str(path.relative_to(settings.BASE_DIR))
        for package in PACKAGES
        for path in (Path(settings.BASE_DIR) / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert "posthog_lite/clickhouse/schema/0001_events.sql" in files
    packed = zipfile.ZipFile(wheel).namelist()
    assert set(files) <= set(packed)
    others = {name for name in packed if not name.startswith(tuple(f"{p}/" for p in PACKAGES))}
    assert {Path(name).parts[0] for name in others} == {f"posthog_lite-{__version__}.dist-info"}


def test_package_api_document_and_program_have_one_version(wheel: Path) -> None:
    info = f"posthog_lite-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as file:
        metadata = message_from_string(file.read(f"{info}/METADATA").decode())
        scripts = file.read(f"{info}/entry_points.txt").decode()
    assert metadata["Version"] == __version__
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == __version__
    assert "posthog-lite = posthog_lite.__main__:main" in scripts
    line = [sys.executable, "manage.py", "--version"]
    said = subprocess.check_output(line, cwd=settings.BASE_DIR, text=True, timeout=SECONDS)
    assert said == f"{__version__}\n"


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, "{home}/.local/share/posthog-lite {home}/.local/share/posthog-lite/.env"),
        ({"XDG_DATA_HOME": "/srv"}, "/srv/posthog-lite /srv/posthog-lite/.env"),
        ({"DATA_DIR": "/var/lib/x"}, "{home}/.local/share/posthog-lite /var/lib/x/.env"),
    ],
)
def test_installed_its_data_is_not_among_the_packages(
    installed: Path, tmp_path: Path, others: dict[str, str], said: str
) -> None:
    (tmp_path / "manage.py").touch()  # another program's
    output = subprocess.check_output(
        [sys.executable, "-P", "-c", WHERE],
        cwd=tmp_path,
        env=environment(installed, tmp_path, **others),
        text=True,
        timeout=SECONDS,
    )
    said = said.format(home=tmp_path)
    assert output == f"posthog-lite {said} -P -m posthog_lite migrate\n"


def test_the_plugin_takes_no_setting_of_the_tested_program_for_its_own() -> None:
    text = (Path(settings.BASE_DIR) / "posthog_lite/settings.py").read_text()
    read = re.findall(r"\benv\.\w+\(\s*\"(\w+)\"", text)
    assert {*read, "DJANGO_SETTINGS_MODULE"} == set(SETTINGS)


TESTS_OF_A_CLIENT = """
from urllib.request import urlopen

def test_what_was_sent_is_there(posthog_lite):
    posthog_lite.capture("signed up", "ada", {"plan": "free"})
    sql = "select event, distinct_id, properties.plan from events"
    assert posthog_lite.query(sql) == [["signed up", "ada", "free"]]
    posthog_lite.request("POST", "/api/projects/@current/dashboards/", {"name": "Mine"})

def test_each_test_has_a_project_of_its_own(posthog_lite):
    assert posthog_lite.query("select count() from events") == [[0]]
    path = f"/api/projects/{posthog_lite.project}/dashboards/"
    assert posthog_lite.request("GET", path)["count"] == 0

def test_pages_and_their_files_are_there(posthog_lite):
    for path in ("/static/sharing/vendor/echarts-6.1.0.min.js", "/admin/login/", "/docs/events/"):
        assert urlopen(posthog_lite.url + path).status == 200
"""


@pytest.mark.slow
def test_installed_it_serves_tests_of_clients(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "test_client.py"
    file.write_text(TESTS_OF_A_CLIENT)
    theirs = {"DEBUG": "anything", "DATABASE_URL": "mysql://theirs"}
    theirs["XDG_CACHE_HOME"] = str(installed.parent)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", *OTHER_PLUGINS, str(file)],
        cwd=tmp_path,
        env=environment(installed, tmp_path, **theirs),
        capture_output=True,
        text=True,
        timeout=3 * SECONDS,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == [file], "nothing stays in the home and the current folder"
    assert not list(installed.glob("**/.posthog-lite"))
