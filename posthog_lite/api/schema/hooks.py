"""Additions to the finished document; named in SPECTACULAR_SETTINGS."""

from __future__ import annotations

from typing import Any

from posthog_lite.api.schema.errors import RESPONSES, SCHEMAS

# Of accounts; views of other things say what theirs are about.
TAGS = {
    "environments": "Projects by their other name.",
    "members": "Who is in an organization.",
    "organizations": "Organizations and their settings.",
    "personal_api_keys": "The keys that programs send.",
    "projects": "Projects. Each is its own only environment.",
    "users": "You; for staff, everybody.",
}
NOTHINGS = [{"$ref": f"#/components/schemas/{name}"} for name in ("BlankEnum", "NullEnum")]


def add_shared_components(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the schemas and responses that no serializer stands for."""
    components = result["components"]
    components["responses"] = RESPONSES
    schemas = components["schemas"] | SCHEMAS
    schemas["BlankEnum"]["type"] = "string"
    for schema in schemas.values():
        properties = schema.get("properties", {})
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
