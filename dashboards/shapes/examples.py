"""Objects that examples in the OpenAPI document are made of."""

from __future__ import annotations

from typing import Any

from posthog_lite.accounts.examples import ADA

PAGE_VIEWS = {  # the query of examples
    "kind": "InsightVizNode",
    "source": {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "$pageview", "math": "total"}],
        "dateRange": {"date_from": "-7d"},
        "interval": "day",
    },
}
SIGN_UPS: dict[str, Any] = {  # the row of examples
    "id": 3,
    "name": "Sign-ups",
    "description": "Who comes, and from where",
    "pinned": True,
    "created_at": "2026-01-05T14:15:22Z",
    "created_by": ADA,
    "last_accessed_at": "2026-01-06T09:00:00Z",
    "last_viewed_at": None,
    "is_shared": False,
    "deleted": False,
    "creation_mode": "default",
    "tags": ["growth"],
    "restriction_level": 21,
    "effective_restriction_level": 21,
    "effective_privilege_level": 37,
    "user_access_level": "manager",
    "access_control_version": "v2",
    "last_refresh": None,
    "team_id": 1,
}
HEADING = {
    "id": 13,
    "layouts": {"sm": {"x": 0, "y": 0, "w": 12, "h": 1}},
    "color": "blue",
    "filters_overrides": None,
    "show_description": None,
    "insight": None,
    "text": {
        "id": 8,
        "body": "# Sign-ups",
        "created_by": ADA,
        "last_modified_at": "2026-01-05T14:15:22Z",
        "last_modified_by": None,
        "team": 1,
    },
    "order": 0,
    "last_refresh": None,
    "is_cached": False,
}
