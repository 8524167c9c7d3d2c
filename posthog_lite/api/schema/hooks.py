"""What is added to the finished document; named in SPECTACULAR_SETTINGS."""

from __future__ import annotations

from typing import Any

from posthog_lite.api.schema.errors import RESPONSES, SCHEMAS

# The peer's own name for what has the same values as DashboardRestrictionLevel.
EFFECTIVE_RESTRICTION_LEVEL = {
    "type": "integer",
    "enum": [21, 37],
    "description": (
        "* `21` - Everyone in the project can edit\n"
        "* `37` - Only those invited to this dashboard can edit"
    ),
}


def add_shared_components(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the schemas and responses that no serializer stands for."""
    components = result["components"]
    components["responses"] = RESPONSES
    schemas = components["schemas"] | SCHEMAS
    schemas["EffectiveRestrictionLevelEnum"] = EFFECTIVE_RESTRICTION_LEVEL
    for schema in schemas.values():
        effective = schema.get("properties", {}).get("effective_restriction_level")
        if effective:
            effective["allOf"] = [{"$ref": "#/components/schemas/EffectiveRestrictionLevelEnum"}]
    components["schemas"] = dict(sorted(schemas.items()))
    return result


def group_tags(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """One group of tags, as documentation pages show it."""
    tags = sorted(
        {
            tag
            for operations in result["paths"].values()
            for operation in operations.values()
            for tag in operation["tags"]
        }
    )
    result["x-tagGroups"] = [{"name": "All endpoints", "tags": tags}]
    return result
