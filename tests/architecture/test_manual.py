"""The README and the manual name what there is: pages, settings, options and tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.urls import resolve

from posthog_lite.management.first_steps import curl_lines
from posthog_lite.pages.manual import anchor_of, page_names
from tests.support.manual import BASE_DIR, DOCS, FILES, README, code, links, parser_of, tokens

SETTINGS = (BASE_DIR / "posthog_lite/settings.py").read_text()
# How settings are read, and the default where it is written in place.
READ = re.compile(r'\benv\.\w+\(\s*"(\w+)"(?:, default=("[^"]*"|\w+)\))?')
SETTINGS_READ = {name for name, _ in READ.findall(SETTINGS)}
APPS = ("posthog_lite", "dashboards", "themes", "sharing")
VARIABLE = re.compile(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b(?![\w.(])")
# Variables of others, of the examples, and words that are no variables.
OTHERS = re.compile(r"POSTHOG_\w+|XDG_\w+|GITHUB_\w+|PYTHON\w+|DJANGO_SETTINGS_MODULE|HOME")

COMMAND_FILES = [file for app in APPS for file in (BASE_DIR / app).rglob("commands/*.py")]
OWN_COMMANDS = sorted({file.stem for file in COMMAND_FILES} - {"__init__", "run_workers"})
INHERITED = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
INHERITED |= {"--no-color", "--force-color", "--skip-checks"}

by_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def page(name: str) -> str:
    """The text of a page of the manual."""
    return (DOCS / f"{name}.md").read_text()


# -- The README -----------------------------------------------------------------------------------
def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_the_readme_has_the_lines_that_quickstart_prints() -> None:
    for _, line in curl_lines():
        assert f"    {line}" in README.read_text().splitlines()


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
    assert f"    {command}" in README.read_text().splitlines()


# -- Pages and links ------------------------------------------------------------------------------
def test_the_index_names_every_page() -> None:
    assert sorted(page_names()) == sorted(path.stem for path in DOCS.glob("*.md"))


@by_file
def test_links_lead_to_a_heading_or_a_file(file: Path) -> None:
    for link in links(file):
        if not link.startswith(("http://", "https://")):
            path, _, anchor = link.partition("#")
            target = (file.parent / path).resolve() if path else file
            assert target.is_relative_to(BASE_DIR), link
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link
            assert file is README or target.parent == DOCS or "/static/" in link, (
                f"{link}: the manual as it is served holds its own pages alone"
            )


def anchors(file: Path) -> Iterator[str]:
    parts = tokens(file)
    for token, following in pairwise(parts):
        if token.type == "heading_open":
            yield anchor_of("".join(child.content for child in following.children or ()))


@by_file
def test_a_page_begins_with_its_title_and_has_no_other(file: Path) -> None:
    assert file.read_text().startswith("# ")
    assert [token.tag for token in tokens(file) if token.type == "heading_open"].count("h1") == 1


# -- Settings -------------------------------------------------------------------------------------
def test_settings_are_found() -> None:
    assert {"DATABASE_URL", "SECRET_KEY", "CACHE_URL"} <= SETTINGS_READ


def test_every_setting_read_is_in_the_settings_table_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", page("settings"), re.MULTILINE)
    assert set(listed) == SETTINGS_READ
    assert len(listed) == len(set(listed))


def test_every_setting_read_is_in_the_example_file() -> None:
    lines = (BASE_DIR / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z_]+)=", lines, re.MULTILINE)) == SETTINGS_READ


def test_defaults_are_those_of_the_settings_room() -> None:
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| `([\w.,-]+)` \|", page("settings"), re.MULTILINE))
    words = {"True": "true", "False": "false"}
    meant = {name: words.get(text, text.strip('"')) for name, text in READ.findall(SETTINGS)}
    assert told
    assert {name: meant[name] for name in told} == told


@by_file
def test_every_variable_that_is_named_is_a_setting(file: Path) -> None:
    for line in code(file):
        for name in VARIABLE.findall(line):
            known = OTHERS.fullmatch(name) or name.removesuffix("_FILE") in SETTINGS_READ
            assert known, f"{name} in {line!r}"


# -- Commands and promises ------------------------------------------------------------------------
@pytest.mark.parametrize("name", OWN_COMMANDS)
def test_every_command_and_its_options_are_in_the_manual(name: str) -> None:
    options = {option for option in parser_of(name)._option_string_actions if len(option) > 2}
    lines = page("commands").splitlines()
    line = next((line for line in lines if re.match(rf"\| `{name}[ `]", line)), "")
    assert line, name
    assert set(re.findall(r"--[a-z-]+", line)) == options - INHERITED


def test_every_promise_names_what_holds_it() -> None:
    lines = [line for line in page("promises").splitlines() if line.startswith("|")]
    rows = [line for line in lines if not line.startswith(("| promise |", "|---"))]
    assert len(rows) > 50
    for row in rows:
        assert re.search(r"`tests/[\w/]+\.py::\w+`|`python -m tests\.\w+`", row), row


def test_the_address_of_the_manual_is_served() -> None:
    assert resolve("/docs/").url_name == "manual"
