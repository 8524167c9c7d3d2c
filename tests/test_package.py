"""The package that `pip install .` makes: whole, and running without a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from django.conf import settings

from posthog_lite import __version__
from tests.support.processes import SECONDS, get, wait_until

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
    return inherited | {"PYTHONPATH": str(installed), "HOME": str(home)} | others


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


@pytest.mark.slow
def test_installed_it_serves_pages_and_api(installed: Path, tmp_path: Path) -> None:
    before = set(installed.rglob("*.html")) | {path.parent for path in installed.rglob("*.py")}
    options = ["--ephemeral", "--empty", "--json", "--key=phx_test"]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "posthog_lite", "quickstart", *options],
        cwd=tmp_path,
        env=environment(installed, tmp_path, LOG_LEVEL="ERROR"),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            wait_until(lambda: answers(url), "answer")
            assert json.loads(get(f"{url}/api/projects/1/dashboards/", key="phx_test")) == {
                "count": 0,
                "next": None,
                "previous": None,
                "results": [],
            }
            assert b"echarts" in get(f"{url}/static/sharing/vendor/echarts-6.1.0.min.js")
            assert b"Log in" in get(f"{url}/admin/login/")
        finally:
            server.terminate()
    assert server.returncode == 0
    assert not list(tmp_path.iterdir()), "it leaves nothing in the home and the current folder"
    after = set(installed.rglob("*.html")) | {path.parent for path in installed.rglob("*.py")}
    assert after == before


def answers(url: str) -> bool:
    try:
        return bool(get(f"{url}/_readyz"))
    except OSError:
        return False
