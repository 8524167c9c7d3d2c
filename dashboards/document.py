"""Additions of dashboards to the finished OpenAPI document; named in SPECTACULAR_SETTINGS."""

from __future__ import annotations

from typing import Any

# PostHog's own name for what has the same values as DashboardRestrictionLevel.
NAME = "EffectiveRestrictionLevelEnum"
EFFECTIVE_RESTRICTION_LEVEL = {
    "type": "integer",
    "enum": [21, 37],
    "description": (
        "* `21` - Everyone in the project can edit\n"
        "* `37` - Only those invited to this dashboard can edit"
    ),
}


def name_effective_restriction_level(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give the effective restriction level the component that PostHog has for it."""
    schemas = result["components"]["schemas"]
    for schema in schemas.values():
        effective = schema.get("properties", {}).get("effective_restriction_level")
        if effective:
            effective["allOf"] = [{"$ref": f"#/components/schemas/{NAME}"}]
    schemas[NAME] = EFFECTIVE_RESTRICTION_LEVEL
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result
