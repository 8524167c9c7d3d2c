"""The error answers of every operation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse

from posthog_lite.domain import MOST_ANSWER_BYTES

JSON = "application/json"
ERROR_TYPES = (
    "authentication_error",
    "invalid_request",
    "server_error",
    "throttled_error",
    "validation_error",
)
ERROR_EXAMPLE = {
    "type": "validation_error",
    "code": "required",
    "detail": "This field is required.",
    "attr": "name",
}
# Of operations that ask the engine.
TOO_COSTLY = OpenApiResponse(
    {"$ref": "#/components/schemas/ErrorResponse"},
    "The query took longer than it may, or needed more memory.",
)
SCHEMAS: dict[str, Any] = {
    "ErrorResponse": {
        "type": "object",
        "description": "What went wrong. Only the first problem is reported.",
        "properties": {
            "type": {"type": "string", "enum": ERROR_TYPES, "description": "The family of errors."},
            "code": {"type": "string", "description": "A word for programs, such as `required`."},
            "detail": {"type": "string", "description": "A sentence for people."},
            "attr": {
                "type": ["string", "null"],
                "description": "The field it is about; `__` leads to nested ones. Null for none.",
            },
        },
        "required": ["type", "code", "detail", "attr"],
        "example": ERROR_EXAMPLE,
    },
    "ErrorText": {
        "type": "object",
        "description": "The bare error of a few operations.",
        "properties": {"error": {"type": "string", "description": "A sentence for people."}},
        "required": ["error"],
    },
    "DetailText": {
        "type": "object",
        "description": "The other bare error of a few operations.",
        "properties": {"detail": {"type": "string", "description": "A sentence for people."}},
        "required": ["detail"],
    },
}
# Named here, because generated clients would make names up.
for name, bare in (("ErrorOrText", "ErrorText"), ("ErrorOrDetail", "DetailText")):
    SCHEMAS[name] = {
        "description": "The usual error, or the bare one.",
        "anyOf": [{"$ref": f"#/components/schemas/{part}"} for part in ("ErrorResponse", bare)],
    }

_CHALLENGE = {
    "WWW-Authenticate": {"schema": {"type": "string"}, "description": "The scheme to use: Bearer."}
}
_RETRY_AFTER = {
    "Retry-After": {
        "schema": {"type": "integer"},
        "description": "Seconds to wait before retrying.",
    }
}


def _response(
    description: str, schema: str = "ErrorResponse", headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content} | (
        {"headers": headers} if headers else {}
    )


_NAMES = {
    "400": "BadRequest",
    "401": "NotAuthenticated",
    "403": "Forbidden",
    "404": "NotFound",
    "406": "NotAcceptable",
    "408": "BodyTooSlow",
    "409": "Conflict",
    "411": "LengthRequired",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "429": "TooManyRequests",
    "503": "Unavailable",
}
_DESCRIPTIONS = {
    "400": "The request says something that cannot be; `attr` names the field.",
    "401": "No credentials, or wrong ones.",
    "403": "The credentials do not reach this far.",
    "404": "It does not exist, or you may not see it.",
    "406": "The Accept header asks for what is not offered.",
    "408": "The body did not arrive in time.",
    "409": "The write conflicts with what is stored.",
    "411": "The body has no Content-Length.",
    "413": f"The body is larger than {settings.MAX_BODY_BYTES // 2**20} MB, "
    f"or the answer would be larger than {MOST_ANSWER_BYTES // 2**20} MB.",
    "415": "The body is of a media type that is not read here.",
    "429": "Too many requests with this key.",
    "503": "The database is unavailable, or the server too busy just now.",
}
_HEADERS = {"401": _CHALLENGE, "429": _RETRY_AFTER, "503": _RETRY_AFTER}
RESPONSES: dict[str, Any] = {
    name: _response(_DESCRIPTIONS[status], headers=_HEADERS.get(status))
    for status, name in _NAMES.items()
}
RESPONSES["NotModified"] = {
    "description": "The `If-None-Match` header of the request names the `ETag` of this answer.",
    "headers": {
        "ETag": {"schema": {"type": "string"}, "description": "Names the content of the answer."}
    },
}

_ONLY_WITH_BODY = frozenset({"408", "411", "415"})
_ONLY_ON_WRITES = frozenset({"409"})
# For a bare error besides the usual one, by the key it has.
BARE_ERRORS = {"error": "ErrorOrText", "detail": "ErrorOrDetail"}
_BARE_STATUSES = ("400", "403", "404", "409")


def error_responses(
    *, method: str, has_body: bool, is_stream: bool, bare: str | None
) -> dict[str, Any]:
    """The error answers of an operation, by status."""
    left_out = (frozenset() if has_body else _ONLY_WITH_BODY) | (
        _ONLY_ON_WRITES if method in ("GET", "HEAD") else frozenset()
    )
    responses: dict[str, Any] = {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in _NAMES.items()
        if status not in left_out
    }
    if method == "GET" and not is_stream:
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    if bare:
        responses |= {
            status: _response(_DESCRIPTIONS[status], BARE_ERRORS[bare])
            for status in _BARE_STATUSES
            if status in responses
        }
    return responses
