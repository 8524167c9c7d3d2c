"""Scopes of personal API keys: their spelling and what grants what. No HTTP in here."""

from __future__ import annotations

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


def is_valid_scope(scope: str) -> bool:
    """Return whether `scope` may be granted: `*`, or a known object with `:read` or `:write`."""
    if scope == EVERYTHING:
        return True
    noun, _, action = scope.partition(":")
    return noun in SCOPE_OBJECTS and action in ("read", "write")


def is_granted(required: str, granted: list[str] | None) -> bool:
    """Tell whether `granted` meets one `required` scope: write implies read, `*` meets all.

    No scopes at all, null or an empty list, grant nothing.
    """
    granted = granted or []
    if EVERYTHING in granted or required in granted:
        return True
    noun, _, action = required.partition(":")
    return action == "read" and f"{noun}:write" in granted
