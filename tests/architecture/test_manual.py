from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import load_command_class

from posthog_lite.management.first_steps import curl_lines

BASE_DIR = Path(__file__).resolve().parent.parent.parent
README = (BASE_DIR / "README.md").read_text()
DOCS = BASE_DIR / "posthog_lite" / "docs"
SETTINGS_READ = set(
    re.findall(r"\benv\.\w+\(\s*\"(\w+)\"", (BASE_DIR / "posthog_lite/settings.py").read_text())
)


def page(name: str) -> str:
    """The text of a page of the manual."""
    return (DOCS / f"{name}.md").read_text()


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_readme_has_the_lines_that_quickstart_prints() -> None:
    for _, line in curl_lines():
        assert f"    {line}" in README.splitlines()


def test_settings_are_found() -> None:
    assert {"DATABASE_URL", "SECRET_KEY", "CACHE_URL"} <= SETTINGS_READ


def test_every_setting_read_is_in_the_settings_table_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", page("settings"), re.MULTILINE)
    assert set(listed) == SETTINGS_READ
    assert len(listed) == len(set(listed))


def test_every_setting_read_is_in_the_example_file() -> None:
    lines = (BASE_DIR / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z_]+)=", lines, re.MULTILINE)) == SETTINGS_READ


@pytest.mark.parametrize("name", ["bootstrap", "quickstart", "serve"])
def test_every_option_of_a_command_is_in_the_manual(name: str) -> None:
    command = load_command_class("posthog_lite", name)
    own = set(command.create_parser("manage.py", name)._option_string_actions)
    inherited = {"--help", "--version", "--verbosity", "--settings", "--pythonpath"}
    inherited |= {"--traceback", "--no-color", "--force-color", "--skip-checks"}
    options = {option for option in own if option.startswith("--")} - inherited
    line = next(line for line in page("commands").splitlines() if line.startswith(f"| `{name}"))
    assert set(re.findall(r"--[a-z-]+", line)) == options


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m venv .venv && .venv/bin/pip install --no-deps -r requirements.lock"
        " && .venv/bin/python manage.py quickstart",
        "python3 -m venv .venv && .venv/bin/pip install --no-deps -r requirements-dev.lock"
        " && .venv/bin/pytest",
    ],
)
def test_each_of_the_two_commands_is_one_line(command: str) -> None:
    assert f"    {command}" in README.splitlines()


def test_every_promise_names_what_holds_it() -> None:
    rows = [line for line in page("promises").splitlines() if line.startswith("|")][2:]
    assert rows
    for row in rows:
        names = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`|`python -m (tests\.\w+)`", row)
        assert names, row
        for path, test, module in names:
            if module:
                assert (BASE_DIR / module.replace(".", "/") / "__main__.py").exists(), module
            else:
                assert f"def {test}(" in (BASE_DIR / path).read_text(), f"{path}::{test}"
