"""System checks: every view of the API names its scopes."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ProjectViewSet


def iterate_patterns(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    """Every route below `resolver` with its whole regular expression."""
    found: list[tuple[str, URLPattern]] = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += iterate_patterns(entry, path)
        else:
            found.append((path, entry))
    return found


@register("posthog_lite")
def check_project_views(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E001: not a ProjectViewSet; E002: an action without a scope."""
    messages: list[CheckMessage] = []
    for path, pattern in iterate_patterns(get_resolver()):
        if "project_id" not in path or "organizations" in path:
            continue
        view_class = getattr(pattern.callback, "cls", None)
        if view_class is None or not issubclass(view_class, ProjectViewSet):
            messages.append(Error(f"{path} is not a ProjectViewSet.", id="posthog_lite.E001"))
            continue
        view = view_class(**pattern.callback.initkwargs)  # type: ignore[attr-defined]  # set by as_view
        for method, action in pattern.callback.actions.items():  # type: ignore[attr-defined]  # set by as_view
            if required_scopes(view, action) is None:
                messages.append(
                    Error(f"{method.upper()} {path} names no scope.", id="posthog_lite.E002")
                )
    return messages
