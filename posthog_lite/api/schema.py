"""How the OpenAPI document names and secures operations; imported once from the app config."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ScopedViewSet

KEY_SCHEME = "PersonalAPIKeyAuth"


class OperationSchema(AutoSchema):
    """PostHog's operation ids: `dashboards_list`, and `environments_dashboards_list` beside it."""

    def get_operation_id(self) -> str:
        tokens = [t for t in self._tokenize_path() if t != "api"]
        if tokens and tokens[0] in ("projects", "organizations") and len(tokens) > 1:
            tokens = tokens[1:]
        verb = self.method_mapping[self.method.lower()]
        if verb == "retrieve" and self._is_list_view():
            verb = "list"
        return "_".join([*(t.replace("-", "_") for t in tokens), verb])

    def get_tags(self) -> list[str]:
        tokens = [t for t in self._tokenize_path() if t not in ("api", "environments", "projects")]
        return tokens[:1] or ["projects"]

    def get_auth(self) -> list[dict[str, list[str]]]:
        if not isinstance(self.view, ScopedViewSet):
            return super().get_auth()
        scopes = required_scopes(self.view, self.view.action)
        return [] if scopes is None else [{KEY_SCHEME: scopes}]


class PersonalAPIKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped upstream hook
    target_class = "posthog_lite.api.authentication.PersonalAPIKeyAuthentication"
    name = KEY_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped upstream hook
    target_class = "posthog_lite.api.authentication.BrowserSessionAuthentication"
    name = "BrowserSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
