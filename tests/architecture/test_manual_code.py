"""Every command line, path and piece of code in the manual is one that this project has."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from posthog_lite.api.errors import endpoint_not_found
from sharing.viewer import view_nothing
from tests.support.endpoint_tables import PAGE, page_with_tables
from tests.support.manual import BASE_DIR, FILES, Block, blocks, code, parser_of, spans

# The program, one of its commands, and what follows up to the end of the command.
COMMAND = re.compile(
    r"(?:manage\.py|posthog-lite) (?!posthog-lite)([a-z_]+)"
    r"((?: +(?:\"[^\"]*\"|[^|;&)])*)?)"
)
MODULE = re.compile(r"python3? -m (tests[\w.]+)((?: +[^|;&)]*)?)")
BODY = re.compile(r"(?:-d|--data) '(\{.*?\}|\[.*?\])' ")
TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")

by_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@by_file
def test_commands_and_their_options_exist(file: Path) -> None:
    for line in code(file):
        for name, rest in COMMAND.findall(line):
            options = parser_of(name)._option_string_actions
            assert [option for option in OPTION.findall(rest) if option not in options] == [], line


@by_file
def test_command_lines_are_complete(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in shell_lines(file):
        for name, rest in COMMAND.findall(line):
            words = shlex.split(re.sub(r"\d?[<>] ?\S+", "", rest), comments=True)
            try:
                parser_of(name).parse_args(words)
            except (SystemExit, Exception) as error:  # noqa: BLE001  # whatever the parser raises
                pytest.fail(f"{line}: {error} {capsys.readouterr().err}")


@by_file
def test_programs_of_the_tests_have_the_options_named(file: Path) -> None:
    for line in code(file):
        for module, rest in MODULE.findall(line):
            place = BASE_DIR / module.replace(".", "/")
            assert place.is_dir() or place.with_suffix(".py").exists(), line
            folder = place if place.is_dir() else place.parent
            text = "".join(path.read_text() for path in folder.glob("*.py"))
            for option in OPTION.findall(rest):
                assert f'"{option}"' in text, line


def shell_lines(file: Path) -> Iterator[str]:
    for block in blocks(file):
        if block.is_shell:
            yield from block.text.replace("\\\n", " ").splitlines()


@by_file
def test_lines_for_a_shell_are_read_by_one(file: Path) -> None:
    for block in blocks(file):
        if block.is_shell:
            done = subprocess.run(
                ["bash", "-n"], input=block.text, text=True, capture_output=True, check=False
            )
            assert done.returncode == 0, f"{done.stderr}{block.text}"


@by_file
def test_command_lines_can_be_copied_as_they_are(file: Path) -> None:
    for line in shell_lines(file):
        assert not line.lstrip().startswith("manage.py "), f".venv/bin/python {line.lstrip()}"


@by_file
def test_json_and_python_can_be_read(file: Path) -> None:
    for block in blocks(file):
        if block.language == "python":
            ast.parse(block.text)
        for text in json_texts(block):
            json.loads(text)


def json_texts(block: Block) -> Iterator[str]:
    if block.language == "json":
        yield block.text
    elif not block.language and all(line.startswith("{") for line in block.text.splitlines()):
        yield from block.text.splitlines()
    for body in BODY.findall(block.text.replace("\\\n", " ")):
        yield body.replace("'$POSTHOG_PROJECT_TOKEN'", "phc_...")


@by_file
def test_tests_that_are_named_exist(file: Path) -> None:
    for line in code(file):
        for path, name in TEST.findall(line):
            assert (BASE_DIR / path).exists(), line
            assert not name or f"def {name}(" in (BASE_DIR / path).read_text(), line


# -- Paths ----------------------------------------------------------------------------------------
PATH = re.compile(r"(?:[A-Z]{3,7} )?((?:…|/)[\w/:.@<>{}$…-]*)(?:\?\S*)?")
HOST = re.compile(r"(?:https?://(?:127\.0\.0\.1|localhost):\d+|\$POSTHOG_HOST)(/[\w/:.@$-]*)")
PLACES = {":token": "x", "TOKEN": "x", "<token>": "x", ":uuid": "@me", "…": "/api/projects/1"}
# Paths of machines and of other servers, and those that are named because nothing is there.
NOT_HERE = re.compile(
    r"/(etc|srv|run|var|usr|tmp|proc|home)/|/static/array.js|/exporter|/shared/x.png"
)


@by_file
def test_paths_lead_to_something(file: Path) -> None:
    for span in spans(file):
        found = PATH.fullmatch(span)
        if found:
            assert leads_somewhere(found[1]), f"{span} leads nowhere"
    for line in code(file):
        for path in HOST.findall(line):
            assert leads_somewhere(path), f"{path} of {line} leads nowhere"


def leads_somewhere(path: str) -> bool:
    if path.endswith("…"):  # whatever is below it
        return path == "…" or any_below(path[:-1])
    for place, value in PLACES.items():
        path = path.replace(place, value)
    path = re.sub(r":\w*id\b|\$ID|<\w+>|\$\(?\w*", "1", path)
    if NOT_HERE.search(path) or path in ("/", "/api/", "/static/"):
        return True
    try:
        match = resolve(path)
    except Resolver404:
        return any_below(path)
    return inspect.unwrap(match.func) not in (endpoint_not_found, view_nothing) or any_below(path)


def any_below(path: str) -> bool:
    """True for the beginning of paths, like `/shared/` and `/api/projects/1/`."""
    return path in {"/shared/", "/embedded/", "/api/projects/", "/api/environments/"}


def test_the_tables_of_endpoints_are_those_of_the_document() -> None:
    assert PAGE.read_text() == page_with_tables(), (
        "Write them anew with:\n    .venv/bin/python manage.py shell"
        ' -c "from tests.support.endpoint_tables import write; write()"'
    )
