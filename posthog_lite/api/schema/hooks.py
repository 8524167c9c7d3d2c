"""What is added to the finished document; named in SPECTACULAR_SETTINGS."""

from __future__ import annotations

from typing import Any

from posthog_lite.api.schema.errors import RESPONSES, SCHEMAS

TAGS = {
    "actions": "Events under names of your own.",
    "query": "Queries asked directly, and the state of those in the background.",
    "dashboard_templates": "Recipes for dashboards.",
    "dashboards": "Dashboards with their tiles, collaborators and public links.",
    "data_color_themes": "Colors for the series of charts.",
    "environments": "Projects by their other name.",
    "event_definitions": "The names of events.",
    "events": "Events, one by one. Numbers come from queries.",
    "groups_types": "Kinds of groups.",
    "insight_variables": "Variables that SQL insights refer to.",
    "insights": "Saved queries and their public links.",
    "members": "Who is in an organization.",
    "organizations": "Organizations and their settings.",
    "personal_api_keys": "The keys that programs send.",
    "persons": "The people whom events made.",
    "projects": "Projects. Each is its own only environment.",
    "property_definitions": "The names and types of properties.",
    "users": "You; for staff, everybody.",
}
NOTHINGS = [{"$ref": f"#/components/schemas/{name}"} for name in ("BlankEnum", "NullEnum")]
# PostHog's own name for what has the same values as DashboardRestrictionLevel.
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
    schemas["BlankEnum"]["type"] = "string"
    for schema in schemas.values():
        properties = schema.get("properties", {})
        effective = properties.get("effective_restriction_level")
        if effective:
            effective["allOf"] = [{"$ref": "#/components/schemas/EffectiveRestrictionLevelEnum"}]
        for field in properties.values():
            # For `oneOf` generated clients make types that must find out which one was sent.
            if any(nothing in field.get("oneOf", []) for nothing in NOTHINGS):
                field["anyOf"] = field.pop("oneOf")
    components["schemas"] = dict(sorted(schemas.items()))
    return result


def spell_out_any(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say `true` for `{}` of further keys: the same to a validator, plainer to SDK generators."""
    parts: list[Any] = [result["paths"], result["components"]]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            if part.get("additionalProperties") == {}:
                part["additionalProperties"] = True
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return result


def group_tags(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Describe the tags, in one group as documentation pages show it."""
    tags = sorted(
        {
            tag
            for operations in result["paths"].values()
            for operation in operations.values()
            for tag in operation["tags"]
        }
    )
    result["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in tags]
    result["x-tagGroups"] = [{"name": "All endpoints", "tags": tags}]
    return result
