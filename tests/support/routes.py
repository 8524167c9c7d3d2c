"""The routes of the URLconf, as tests walk them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

from posthog_lite.api.routers import PROJECT_PREFIXES
from posthog_lite.api.scopes import required_scopes
from posthog_lite.checks import iterate_patterns

GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Route:
    """One method of one URL below a project."""

    method: str
    template: str  # /api/projects/{project_id}/dashboards/{pk}/
    action: str
    scopes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.template)

    @property
    def noun(self) -> str:
        """The resource below the project: `dashboards` also for what is nested in them."""
        return self.template.split("/")[4]

    def url(self, project_id: object, **values: object) -> str:
        """The path with `values` in its places; 1 where none is given."""
        known = {"project_id": project_id, **values}
        return re.sub(r"{(\w+)}", lambda match: str(known.get(match[1], 1)), self.template)


def project_patterns() -> list[tuple[str, Any]]:
    """The template and the view of every URL that lies below a project."""
    below = tuple(f"/api/{prefix}/{{project_id}}/" for prefix in PROJECT_PREFIXES)
    found = [(_template(path), entry.callback) for path, entry in iterate_patterns(get_resolver())]
    return [(template, view) for template, view in found if template.startswith(below)]


def project_routes() -> list[Route]:
    """Every method of every URL below a project, HEAD and OPTIONS among them."""
    return [
        Route(method, template, action, tuple(_scopes(view, action)))
        for template, view in project_patterns()
        for method, action in _methods(view)
    ]


def _template(pattern: str) -> str:
    path = GROUP.sub(r"{\1}", pattern)
    return "/" + re.sub(r"[\^$?]|\\Z", "", path)


def _methods(view: Any) -> list[tuple[str, str]]:
    actions = {method.upper(): action for method, action in view.actions.items()}
    if "GET" in actions:
        actions["HEAD"] = actions["GET"]
    actions["OPTIONS"] = "metadata"
    return sorted(actions.items())


def _scopes(view: Any, action: str) -> list[str]:
    scopes = required_scopes(view.cls(**view.initkwargs), action)
    assert scopes, f"{view.cls.__name__}.{action} names no scope"
    return scopes
