"""Scopes of personal API keys: their spelling and what grants what. No HTTP in here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

SCOPE_OBJECTS = frozenset(
    [
        "access_control",
        "action",
        "activity_log",
        "alert",
        "annotation",
        "batch_export",
        "cohort",
        "comment",
        "dashboard",
        "dashboard_template",
        "early_access_feature",
        "element",
        "event",
        "event_definition",
        "experiment",
        "export",
        "feature_flag",
        "file_system",
        "group",
        "heatmap",
        "insight",
        "insight_variable",
        "integration",
        "notebook",
        "organization",
        "organization_integration",
        "organization_member",
        "person",
        "plugin",
        "project",
        "property_definition",
        "query",
        "session_recording",
        "session_recording_playlist",
        "sharing_configuration",
        "subscription",
        "survey",
        "user",
        "warehouse_table",
        "warehouse_view",
        "webhook",
    ]
)
EVERYTHING = "*"
ACTIONS = ("read", "write")
# Objects that something on this server asks for. The others are accepted, as PostHog knows them.
USED_OBJECTS = (
    "dashboard",
    "insight",
    "query",
    "sharing_configuration",
    "dashboard_template",
    "insight_variable",
    "event",
    "person",
    "group",
    "action",
    "event_definition",
    "property_definition",
    "project",
    "organization",
    "organization_member",
    "user",
)


class InvalidScope(DomainError):
    """The scope does not exist or may not be granted."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"Invalid scope: {scope}", attr="scopes")
        meant = closest_scope(scope)
        self.hint = f" (did you mean {meant}?)" if meant else ""


def is_valid_scope(scope: str) -> bool:
    """Return whether `scope` may be granted: `*`, or a known object with `:read` or `:write`."""
    if scope == EVERYTHING:
        return True
    noun, _, action = scope.partition(":")
    return noun in SCOPE_OBJECTS and action in ACTIONS


def closest_scope(scope: str) -> str | None:
    """Return the scope that somebody probably meant who wrote one that does not exist."""
    noun, _, action = scope.lower().replace("-", "_").partition(":")
    nouns = get_close_matches(noun, sorted(SCOPE_OBJECTS), n=1, cutoff=0.75)
    if not nouns:
        return None
    actions = get_close_matches(action, ACTIONS, n=1, cutoff=0.5)
    return f"{nouns[0]}:{actions[0] if actions else 'read'}"


def is_granted(required: str, granted: list[str] | None) -> bool:
    """Return whether `granted` meets one `required` scope: write implies read, `*` meets all.

    No scopes at all, null or an empty list, grant nothing.
    """
    granted = granted or []
    if EVERYTHING in granted or required in granted:
        return True
    noun, _, action = required.partition(":")
    return action == "read" and f"{noun}:write" in granted


def check_scopes(scopes: Sequence[str]) -> None:
    """Raise InvalidScope, naming the first scope that may not be granted."""
    for scope in scopes:
        if not is_valid_scope(scope):
            raise InvalidScope(scope)
