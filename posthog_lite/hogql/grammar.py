"""The door to the `hogql_parser` package: the only file that knows it.

The package is the grammar itself, but was made to be loaded inside another program: while it is
imported it asks for modules of that program. Empty ones stand in during the import, and are gone
afterwards. When the pin changes: the test of this file and the recorded queries must pass.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

import orjson

from posthog_lite.hogql.errors import HogQLUnavailable

PACKAGE = "hogql-parser"
PINNED = "1.3.88"
_ERRORS = (
    "ExposedHogQLError", "InternalHogQLError", "BaseHogQLError", "SyntaxError", "ParsingError",
    "NotImplementedError", "QueryError",
)  # fmt: skip


class _GrammarError(Exception):
    """Base of what the package raises beside the errors that it answers with."""


class _Anything(ModuleType):
    """A module in which every public name is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def select_tree(text: str) -> dict[str, Any]:
    """Return the tree of a SELECT as plain data, or `{"error": true, …}`."""
    return _read(_parser().parse_select_json, text)


def expr_tree(text: str) -> dict[str, Any]:
    """Return the tree of an expression as plain data, or `{"error": true, …}`."""
    return _read(_parser().parse_expr_json, text)


def _read(parse: Callable[[str], str], text: str) -> dict[str, Any]:
    try:
        return _tree(parse(text))
    except _GrammarError:
        nowhere = {"offset": 0}
        return {"error": True, "type": "SyntaxError", "start": nowhere, "end": nowhere}


def _tree(answer: str) -> dict[str, Any]:
    tree: dict[str, Any] = orjson.loads(answer)
    return tree


@lru_cache(maxsize=1)
def _parser() -> Any:
    try:
        version = importlib.metadata.version(PACKAGE)
        with _stand_ins():
            parser = importlib.import_module("hogql_parser")
    except ImportError as error:
        raise HogQLUnavailable(
            f"HogQL cannot be read on this machine: the package {PACKAGE} {PINNED} is missing or "
            "has no build for it. The dashboards work without it."
        ) from error
    _check(parser, version)
    return parser


def _check(parser: Any, version: str) -> None:
    if version != PINNED:
        raise HogQLUnavailable(
            f"HogQL is read by {PACKAGE} {PINNED}, but {version} is installed. "
            "Install the locked requirements again."
        )
    if _tree(parser.parse_expr_json("1")).get("value") != 1:
        raise HogQLUnavailable(f"The package {PACKAGE} {version} does not answer as expected.")


@contextmanager
def _stand_ins() -> Iterator[None]:
    errors = ModuleType("posthog.hogql.errors")
    for name in _ERRORS:
        setattr(errors, name, type(name, (_GrammarError,), {}))
    modules = {
        "posthog": ModuleType("posthog"),
        "posthog.hogql": ModuleType("posthog.hogql"),
        "posthog.hogql.ast": _Anything("posthog.hogql.ast"),
        "posthog.hogql.base": _Anything("posthog.hogql.base"),
        "posthog.hogql.errors": errors,
    }
    kept = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(kept)
