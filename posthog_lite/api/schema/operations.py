"""Names, security and descriptions of operations in the OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ListField

from posthog_lite.api.describing import absent_fields, field_descriptions
from posthog_lite.api.schema.errors import JSON, error_responses
from posthog_lite.api.schema.hooks import TAGS
from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ScopedViewSet

PLACES = ("projects", "organizations")  # a first word that operation ids leave out
KEY_SCHEME = "PersonalAPIKeyAuth"
SESSION_SCHEME = "BrowserSession"
SHARE_SCHEME = "SharingAccessToken"  # of `sharing`, which describes it
EVENT_STREAM = "text/event-stream"
WRITE_WORDS = ("Update", "Write")  # left out of the names of PATCH bodies: `PatchedDashboard`
INTEGER_ID = {"type": "integer", "format": "int64"}
PARAMETERS = {
    "project_id": "Id of the project, or `@current`.",
    "user__uuid": "UUID of the user.",
    "format": (
        "`json`; `txt` for one server-sent event that holds the answer; `csv` for a table of the "
        "result."
    ),
}


class OperationSchema(AutoSchema):
    """PostHog's operation ids: `dashboards_list`, and `environments_dashboards_list` beside it."""

    def get_operation_id(self) -> str:
        tokens = self._tokenize_path()
        if len(tokens) > 1 and tokens[0] in PLACES and tokens[1:] != ["projects"]:
            tokens = tokens[1:]
        verb = self.method_mapping[self.method.lower()]
        if verb == "retrieve" and self._is_list_view():
            verb = "list"
        # Two actions of one verb whose paths have the same words are told apart by the view.
        verb = getattr(self.view, "operation_verbs", {}).get(str(self._action), verb)
        name = "_".join([*(t.replace("-", "_") for t in tokens), verb])
        for derived, theirs in self._said("operation_names", {}).items():
            name = name.replace(derived, theirs)
        return name

    def get_tags(self) -> list[str]:
        tokens = self._tokenize_path()
        nouns = [token for token in tokens if token not in (*PLACES, "environments")]
        return nouns[:1] or tokens[-1:]

    def get_summary(self) -> str:
        """The first sentence of the description, as lists of operations show it."""
        return re.split(r"[.;](?:\s|$)", self.get_description(), maxsplit=1)[0]

    def _tokenize_path(self) -> list[str]:
        """The words of the path, the prefix among them: it tells twins apart."""
        return [word for word in self.path.split("/") if word not in ("", "api") and word[0] != "{"]

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is None:
            return None
        TAGS.setdefault(self.get_tags()[0], self._said("tag_description", ""))
        for parameter in operation.get("parameters", []):
            self._finish_parameter(parameter)
        errors = error_responses(
            method=self.method,
            bare=self._said("bare_errors", {}).get(self._action),
            is_stream=self._action in self._said("streaming_actions", ()),
            has_body="requestBody" in operation,
        )
        operation["responses"] = dict(sorted((errors | operation["responses"]).items()))
        return operation

    def _finish_parameter(self, parameter: dict[str, Any]) -> None:
        name = parameter["name"]
        if name in PARAMETERS:
            parameter.setdefault("description", PARAMETERS[name])
        if name.endswith("id") and parameter["in"] == "path":
            own = self.get_tags()[0].removesuffix("s") if name == "id" else name.removesuffix("_id")
            noun = own.replace("_", " ")
            parameter.setdefault("description", f"Id of the {noun}.")
        if parameter["in"] != "path":
            if parameter["schema"].get("default") == "":  # what is not sent counts as empty
                del parameter["schema"]["default"]
            _widen(parameter["schema"])
            return
        if name == "project_id":
            parameter["example"] = "@current"
        # The URL takes any text in these places, and the view answers 404 for what is not an id.
        parameter["schema"].pop("pattern", None)
        if name in self._said("integer_ids", ()):
            parameter["schema"] = dict(INTEGER_ID)

    def _get_request_body(self, direction: Any = "request") -> Any:
        """PATCH takes a part of the body where it is an update; other actions take all of it."""
        method = self.method
        if method == "PATCH" and self._action != "partial_update":
            self.method = "POST"
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = method

    def map_parsers(self) -> list[str]:
        """The one form of a body that every client generator gets right; forms are read too."""
        parsers: list[str] = super().map_parsers()
        return [JSON] if JSON in parsers else parsers

    def map_renderers(self, attribute: str) -> list[str]:
        """Answers are JSON; an operation that streams says so itself."""
        kinds: list[str] = super().map_renderers(attribute)
        return [JSON] if JSON in kinds else kinds

    def get_auth(self) -> list[dict[str, list[str]]]:
        schemes = super().get_auth()  # also adds the schemes to the document
        if not isinstance(self.view, ScopedViewSet):
            return schemes
        scopes = required_scopes(self.view, self._action)
        if scopes is None:
            return [{SESSION_SCHEME: []}]
        for_visitors = getattr(self.view, "share_token_actions", ())
        shared: list[dict[str, list[str]]] = [{SHARE_SCHEME: []}]
        return [{KEY_SCHEME: scopes}, *(shared if self._action in for_visitors else [])]

    def _said(self, name: str, otherwise: Any) -> Any:
        """Return what the view says of itself for the document."""
        return getattr(self.view, name, otherwise)

    @property
    def _action(self) -> str | None:
        return getattr(self.view, "action", None)

    def _get_serializer_name(
        self, serializer: Any, direction: Any, bypass_extensions: bool = False
    ) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        if name.startswith("Patched"):
            for word in WRITE_WORDS:
                name = name.removesuffix(word)
        return name

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema: Any = super()._map_basic_serializer(serializer, direction)
        properties = schema.get("properties", {})
        limits = _column_lengths(serializer)
        for name, field in properties.items():
            _tidy(field)
            _widen(field)
            if name in limits and _is_plain_text(field):
                field.setdefault("maxLength", limits[name])
        for name, text in field_descriptions(serializer).items():
            if name in properties:
                properties[name] = _described(properties[name], text)
        absent = absent_fields(serializer)
        if absent and "required" in schema:
            schema["required"] = [name for name in schema["required"] if name not in absent]
        return schema

    def _insert_field_validators(self, field: Any, schema: Any) -> None:
        super()._insert_field_validators(field, schema)
        if isinstance(field, ListField) and not field.allow_empty and schema.get("type") == "array":
            schema.setdefault("minItems", 1)

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: Any = None,
        direction: Any = "response",
    ) -> Any:
        response: Any = super()._get_response_for_code(
            serializer, status_code, media_types, direction
        )
        events = response.get("content", {}).get(EVENT_STREAM)
        if events is not None:
            events["schema"] = {
                "type": "string",
                "description": "Server-sent events, each a line `data: ` with JSON.",
            }
        return response


def _tidy(field: dict[str, Any]) -> None:
    """Drop titles made from names, and "anything, or null" for what "anything" says already."""
    field.pop("title", None)
    if isinstance(field.get("type"), list):
        field["type"] = list(dict.fromkeys(field["type"]))
    if field.get("oneOf") == [{}, {"type": "null"}]:
        del field["oneOf"]


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _widen(schema: dict[str, Any]) -> None:
    """Integers take 64 bits where nothing says less: generated clients would read 32."""
    if "integer" in _types(schema) and not {"enum", "format", "maximum"} & schema.keys():
        schema["format"] = "int64"
    if isinstance(schema.get("items"), dict):
        _widen(schema["items"])


def _column_lengths(serializer: Any) -> dict[str, int]:
    """Return how long texts of the model may be; REST framework tells it of bodies only."""
    model = getattr(getattr(serializer, "Meta", None), "model", None)
    columns = model._meta.fields if model else []
    return {column.name: column.max_length for column in columns if column.max_length}


def _is_plain_text(schema: dict[str, Any]) -> bool:
    return "string" in _types(schema) and not {"enum", "format"} & schema.keys()


def _described(field: dict[str, Any], text: str) -> dict[str, Any]:
    if "$ref" in field:
        return {"allOf": [field], "description": text}
    choices = field.get("description", "")
    if choices.startswith("* `"):  # stays with the enum when that becomes a component
        text = f"{text}\n\n{choices}"
    elif choices:
        return field
    return {**field, "description": text}


class PersonalAPIKeyScheme(OpenApiAuthenticationExtension):
    target_class = "posthog_lite.api.authentication.PersonalAPIKeyAuthentication"
    name = KEY_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal API key, `phx_…`, that holds the scopes of the operation.",
        }


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    target_class = "posthog_lite.api.authentication.BrowserSessionAuthentication"
    name = SESSION_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A signed-in browser. Writes need the CSRF token as `X-CSRFToken` too.",
        }
