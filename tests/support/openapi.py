"""Holds every answer that a test gets against the OpenAPI document."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
REAL_URLS = "posthog_lite.urls"
ERROR = b'{"$ref": "#/components/schemas/ErrorResponse"}'
# What the answer to a method may be that its path does not have: who asks is looked at first.
REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 413, 429})

mismatches: list[str] = []


@cache
def document() -> Any:
    """The OpenAPI document as the code makes it."""
    return SchemaGenerator().get_schema(request=None, public=True)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, wherever it is written down; the first of alternatives."""
    while True:
        parts = schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf") or [schema]
        reference = parts[0].get("$ref")
        if reference is None:
            return schema
        schema = document()["components"]["schemas"][reference.rpartition("/")[2]]


class AnswerCheck:
    """Middleware of the test run: notes every answer that the document does not allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.ROOT_URLCONF == REAL_URLS and request.method in METHODS:
            problem = find_mismatch(request.method, request.path_info, response)
            if problem:
                mismatches.append(f"{request.method} {request.path_info}: {problem}")
        return response


def find_mismatch(method: str, path: str, response: HttpResponseBase) -> str | None:
    """What the document does not say about an answer; None where it says all of it."""
    if not path.startswith("/api/") or path.startswith("/api/schema"):
        return None
    template = _template(path, method.lower(), is_refused=response.status_code == 405)
    if template is None:
        return None if response.status_code in (404, 413) else "the path is not in the document"
    operation = document()["paths"][template].get(method.lower())
    if operation is None:
        return _unknown_method(response)
    return _check(template, method.lower(), operation, response)


def _check(
    template: str, method: str, operation: dict[str, Any], response: HttpResponseBase
) -> str | None:
    name, status = operation["operationId"], str(response.status_code)
    if status not in operation["responses"]:
        return f"{name} declares no {status}; declared: {', '.join(operation['responses'])}"
    declared = _resolve(operation["responses"][status])
    body = b"" if response.streaming else _content(response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    content = declared.get("content", {})
    if not content:
        return f"{name} {status} has a body: {body[:200]!r}" if body else None
    if media_type == "text/event-stream" and "application/json" in content:
        return None  # the same answer as an event, for `format=txt`
    if media_type not in content:
        return f"{name} {status} declares no {media_type or 'missing Content-Type'}"
    if media_type != "application/json":
        return None
    return _first_error(validator(template, method, status), body, f"{name} {status}")


def _content(response: HttpResponseBase) -> bytes:
    if not isinstance(response, HttpResponse):
        return b""
    is_compressed = response.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(response.content) if is_compressed else response.content


def _unknown_method(response: HttpResponseBase) -> str | None:
    if response.status_code not in REFUSALS or isinstance(response, HttpResponseNotFound):
        return f"the document does not have this method, but the answer is {response.status_code}"
    body = _content(response)
    return _first_error(_compile(ERROR), body, "the refusal") if body else None


def _first_error(checker: Any, body: bytes, what: str) -> str | None:
    try:
        data = orjson.loads(body)
    except ValueError as problem:
        return f"{what} is not JSON: {problem}"
    error = next(checker.iter_errors(data), None)
    if error is None:
        return None
    where = "/".join(str(part) for part in error.instance_path) or "the whole body"
    return f"{what} does not validate at {where}: {error.message[:500]}"


@cache
def validator(template: str, method: str, status: str) -> Any:
    """The compiled schema of one JSON answer."""
    declared = _resolve(document()["paths"][template][method]["responses"][status])
    return _compile(orjson.dumps(declared["content"]["application/json"]["schema"]))


@cache
def _compile(schema: bytes) -> Any:
    """Most answers share a schema, and each takes the whole document along."""
    whole = {**orjson.loads(schema), "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _resolve(part: dict[str, Any]) -> dict[str, Any]:
    """A response, wherever it is written down."""
    reference = part.get("$ref")
    if reference is None:
        return part
    found: dict[str, Any] = document()["components"]["responses"][reference.rpartition("/")[2]]
    return found


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Path templates as patterns; those with the fewest parameters are tried first."""
    templates = sorted(document()["paths"], key=lambda path: (path.count("{"), path))
    return [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", path.rstrip("/")) + "/?"), path)
        for path in templates
    ]


def _template(path: str, method: str, *, is_refused: bool) -> str | None:
    """The template of a path; of several, one that has the method, or lacks it where refused."""
    names = [name for pattern, name in _patterns() if pattern.fullmatch(path)]
    fitting = [name for name in names if (method in document()["paths"][name]) != is_refused]
    return next(iter(fitting or names), None)
