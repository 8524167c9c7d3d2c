"""Additions of sharing to the OpenAPI document; named in the settings and the app config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from sharing.visitor import DETAILS, THEME_KEYS

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema

INSIGHTS = ("Insight", "InsightBasic")


class ShareTokenScheme(OpenApiAuthenticationExtension):
    target_class = "sharing.authentication.ShareTokenAuthentication"
    name = "SharingAccessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "query", "name": "sharing_access_token"}


def leave_out_what_visitors_lack(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Make keys optional that answers to visitors lack."""
    schemas = result["components"]["schemas"]
    for name in INSIGHTS:
        _make_optional(schemas.get(name, {}), DETAILS)
    theme = schemas.get("DataColorTheme", {})
    _make_optional(theme, [key for key in theme.get("properties", {}) if key not in THEME_KEYS])
    return result


def _make_optional(schema: dict[str, Any], keys: Any) -> None:
    if "required" in schema:
        schema["required"] = [key for key in schema["required"] if key not in keys]
