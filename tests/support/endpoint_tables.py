"""Writes the tables of the manual's page of endpoints from the OpenAPI document.

DJANGO_SETTINGS_MODULE=tests.settings .venv/bin/python -m tests.support.endpoint_tables
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.support.openapi import document

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PAGE = BASE_DIR / "posthog_lite" / "docs" / "endpoints.md"
BEGIN = "## With a key\n"  # everything below this heading of the page is written here
PROJECT = "/api/projects/{project_id}/"
KEY, SESSION, TOKEN = "PersonalAPIKeyAuth", "BrowserSession", "SharingAccessToken"
NAME = re.compile(r"\{(?:dashboard_|insight_|password_)?(\w+)\}")
METHODS = ("get", "post", "put", "patch", "delete")


def page_with_tables() -> str:
    """The page as it has to be."""
    above, _, _ = PAGE.read_text().partition(BEGIN)
    return above + BEGIN + tables(document()["paths"])


def write() -> None:
    PAGE.write_text(page_with_tables())


def tables(paths: dict[str, Any]) -> str:
    """A table for each noun, those of a project first."""
    both = [path for path in paths if not path.startswith("/api/environments/{project_id}")]
    nouns = groupby(sorted(both, key=_order), key=_noun)
    return "".join(_table(noun, {path: paths[path] for path in found}) for noun, found in nouns)


def _order(path: str) -> tuple[bool, str, str]:
    return not path.startswith(PROJECT), _noun(path), path


def _noun(path: str) -> str:
    return path.removeprefix(PROJECT).removeprefix("/api/").partition("/")[0]


def _table(noun: str, paths: dict[str, Any]) -> str:
    title = noun.replace("_", " ").capitalize()
    head = f"\n### {title}\n\n| method | path | what it does | scope |\n|---|---|---|---|\n"
    return head + "".join(_row(path, paths[path]) for path in paths)


def _row(path: str, item: dict[str, Any]) -> str:
    told: dict[tuple[str, str], list[str]] = {}
    for method in METHODS:
        if method in item:
            operation = item[method]
            key = (operation["summary"], _scope(operation["security"]))
            told.setdefault(key, []).append(method.upper())
    shown = re.sub(
        r"\{(?:dashboard_|insight_|password_)?(\w+)\}", r":\1", path.replace(PROJECT, "…/")
    )
    shown = shown.replace("__", "_")
    return "".join(
        f"| {', '.join(methods)} | `{shown}` | {summary} | {scope} |\n"
        for (summary, scope), methods in told.items()
    )


def _scope(security: list[dict[str, list[str]]]) -> str:
    words = []
    for scheme in security:
        if KEY in scheme:
            scopes = " and ".join(f"`{scope}`" for scope in scheme[KEY])
            words.append(scopes or "any key")
        words += ["browser session"] if SESSION in scheme else []
        words += ["token of a link"] if TOKEN in scheme else []
    return ", or ".join(words)
