"""Specifications of functions: `name/2`, `name/1-3`, `name/0+`, or `name=engineName/1`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from posthog_lite.hogql import ast
    from posthog_lite.hogql.printing import Printer
    from posthog_lite.hogql.types import Printed

Result: TypeAlias = Literal["String", "Number", "Boolean", "DateTime", "Date", "Array", "Unknown"]
Print: TypeAlias = "Callable[[Printer, ast.Call], Printed]"


@dataclass(frozen=True, slots=True)
class Special:
    """A function printed by a function of its own."""

    least: int
    most: int | None
    printed: Print


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the engine's name for it, its arguments, what it gives.

    A `strict` one is NULL only where an argument is; one that is not may be NULL at any time.
    """

    name: str
    engine_name: str
    least: int
    most: int | None
    result: Result = "Unknown"
    is_strict: bool = False

    def expects(self) -> str:
        """Return the number of arguments in words."""
        if self.most is None:
            return f"at least {_arguments(self.least)}"
        if self.least == self.most:
            return _arguments(self.least)
        return f"{self.least} to {_arguments(self.most)}"

    def takes(self, number: int) -> bool:
        """Return True for a number of arguments that is allowed."""
        return self.least <= number and (self.most is None or number <= self.most)


def listed(text: str, result: Result = "Unknown", *, is_strict: bool = False) -> list[Function]:
    """Return the functions of a list in text."""
    return [_function(entry, result, is_strict) for entry in text.split()]


def _function(entry: str, result: Result, is_strict: bool) -> Function:
    names, _, arity = entry.rpartition("/")
    name, _, engine_name = names.partition("=")
    low, _, high = arity.partition("-")
    if low.endswith("+"):
        return Function(name, engine_name or name, int(low[:-1]), None, result, is_strict)
    return Function(name, engine_name or name, int(low), int(high or low), result, is_strict)


def _arguments(number: int) -> str:
    return f"{number} argument" if number == 1 else f"{number} arguments"
