"""Puts the defaults of a template's variables into its tiles. Pure functions on JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import orjson

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
# Substitution can make a small body large: as much as a body may hold is enough.
LARGEST_GROWTH = 20 * 1024 * 1024
KINDS_WITH_MATH = frozenset({"TrendsQuery", "StickinessQuery"})
NODE_FIELDS = ("custom_name", "properties")
RETENTION_FIELDS = ("id", "name", "type", "order", "custom_name", "properties")
Part = Literal["query", "retention", "filters"]


class VariableWithoutDefault(DomainError):
    """A tile uses a variable that nothing was chosen for."""


class TemplateTooLarge(DomainError):
    """The variables' defaults, repeated in the tiles, are more than can be stored."""


def fill_variables(
    *, tiles: Iterable[dict[str, Any]], variables: Iterable[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """`tiles` with each string `{ID}` in a query replaced by the default of the variable ID.

    The whole string must be the placeholder; other strings stay. An event or action takes the
    form that its part asks for. Raises VariableWithoutDefault and TemplateTooLarge.
    """
    filler = _Filler({variable["id"]: variable["default"] for variable in variables or ()})
    return [filler.tile(tile) for tile in tiles]


class _Filler:
    def __init__(self, defaults: dict[str, dict[str, Any]]) -> None:
        self.defaults = defaults
        self.sizes = {name: len(orjson.dumps(value)) for name, value in defaults.items()}
        self.grown = 0

    def tile(self, tile: dict[str, Any]) -> dict[str, Any]:
        if not self.defaults:
            return tile
        return {
            **tile,
            "query": self.fill(tile.get("query"), "query", ""),
            "filters": self.fill(tile.get("filters"), "filters", ""),
        }

    def fill(self, value: Any, part: Part, kind: str) -> Any:
        """`value` with its placeholders replaced; `kind` is the query around it."""
        if isinstance(value, str):
            return self.replace(value, part, kind)
        if isinstance(value, list):
            return [self.fill(item, part, kind) for item in value]
        if not isinstance(value, dict):
            return value
        own = value.get("kind")
        kind = own if isinstance(own, str) and own.endswith("Query") else kind
        return {
            key: self.fill(item, "retention" if key == "retentionFilter" else part, kind)
            for key, item in value.items()
        }

    def replace(self, text: str, part: Part, kind: str) -> Any:
        match = PLACEHOLDER.fullmatch(text)
        name = match.group(1) if match else ""
        if name not in self.defaults:
            return text
        self.grown += self.sizes[name]
        if self.grown > LARGEST_GROWTH:
            raise TemplateTooLarge("The variables make the tiles too large.", attr="variables")
        default = self.defaults[name]
        if not default:
            raise VariableWithoutDefault(
                f"The variable {name[:100]} has no default: choose one or replace it in the tiles.",
                attr="variables",
            )
        return _fitted(default, part, kind)


def _fitted(default: dict[str, Any], part: Part, kind: str) -> dict[str, Any]:
    """`default` in the form its part asks for; what is not an event or action stays as it is."""
    is_entity = default.get("type") in ("events", "actions") and "kind" not in default
    if not is_entity or part == "filters":
        return default
    if part == "retention":
        return {name: default[name] for name in RETENTION_FIELDS if name in default}
    return _series_node(default, with_math=kind in KINDS_WITH_MATH)


def _series_node(entity: dict[str, Any], *, with_math: bool) -> dict[str, Any]:
    identity = entity.get("id")
    if entity["type"] == "actions":
        node = {"kind": "ActionsNode", "id": identity}
    else:
        node = {"kind": "EventsNode", "event": identity}
    name = entity.get("name") or identity
    if name is not None:
        node["name"] = str(name)
    node |= {key: entity[key] for key in NODE_FIELDS if key in entity}
    if with_math:
        node |= {key: value for key, value in entity.items() if key.startswith("math")}
    return node
