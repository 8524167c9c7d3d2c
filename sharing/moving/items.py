"""An item that is moved: one thing of a project, without the ids that it has there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

THEME, VARIABLE, ACTION = "theme", "variable", "action"
TEMPLATE, INSIGHT, DASHBOARD = "template", "insight", "dashboard"
# Each after what it refers to; the plural names the folder of its files.
PLURALS = {
    THEME: "themes",
    VARIABLE: "variables",
    ACTION: "actions",
    TEMPLATE: "templates",
    INSIGHT: "insights",
    DASHBOARD: "dashboards",
}
LONGEST_KEY = 400


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to move; `key` names it at its source, also where other items refer to it.

    `results` are answers of the source by the key of the insight they belong to, `link` how the
    source shares a dashboard, `author` the address of who made it there.
    """

    kind: str
    key: str
    fields: dict[str, Any]
    author: str | None = None
    link: Mapping[str, Any] | None = None
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return its name as a person knows it."""
        names = (self.fields.get(name) for name in ("name", "template_name", "derived_name"))
        return next((str(name) for name in names if name), self.key)


def digest_of(item: Item) -> str:
    """Return a digest that changes with everything that would be written."""
    told = [item.fields, None if item.link is None else dict(item.link)]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
