"""How the OpenAPI document names and secures operations; imported once from the app config."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ScopedViewSet

PLACES = ("projects", "organizations")  # a first word that operation ids leave out
KEY_SCHEME = "PersonalAPIKeyAuth"
SESSION_SCHEME = "BrowserSession"


class OperationSchema(AutoSchema):
    """PostHog's operation ids: `dashboards_list`, and `environments_dashboards_list` beside it."""

    def get_operation_id(self) -> str:
        tokens = self._tokenize_path()
        if len(tokens) > 1 and tokens[0] in PLACES and tokens[1:] != ["projects"]:
            tokens = tokens[1:]
        verb = self.method_mapping[self.method.lower()]
        if verb == "retrieve" and self._is_list_view():
            verb = "list"
        return "_".join([*(t.replace("-", "_") for t in tokens), verb])

    def get_tags(self) -> list[str]:
        tokens = self._tokenize_path()
        nouns = [token for token in tokens if token not in (*PLACES, "environments")]
        return nouns[:1] or tokens[-1:]

    def _tokenize_path(self) -> list[str]:
        """The words of the path, the prefix among them: it tells twins apart."""
        return [word for word in self.path.split("/") if word not in ("", "api") and word[0] != "{"]

    def get_auth(self) -> list[dict[str, list[str]]]:
        schemes = super().get_auth()  # also adds the schemes to the document
        if not isinstance(self.view, ScopedViewSet):
            return schemes
        scopes = required_scopes(self.view, self.view.action)
        return [{SESSION_SCHEME: []}] if scopes is None else [{KEY_SCHEME: scopes}]


class PersonalAPIKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped upstream hook
    target_class = "posthog_lite.api.authentication.PersonalAPIKeyAuthentication"
    name = KEY_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped upstream hook
    target_class = "posthog_lite.api.authentication.BrowserSessionAuthentication"
    name = SESSION_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
