"""Requests that mean harm, made from the OpenAPI document: new fields are among them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from tests.support.openapi import resolved
from tests.support.operations import JSON, Operation, dumps
from tests.support.world import World

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=xyz"
DEEPEST = 100
TWIN = "/api/organizations/{organization_id}/projects/{id}/"  # a project, as below /api/projects/
QUERY = {"kind": "HogQLQuery", "query": "select 1"}
TEXT_TILE = {"type": "TEXT", "body": "b", "layouts": {}}


@dataclass(frozen=True)
class Abuse:
    """A body, and the field that is wrong in it; None where that is the body as a whole."""

    what: str
    body: bytes
    content_type: str = JSON
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.field or 'body'}: {self.what}"


def abused_fields(operation: Operation, world: World) -> Iterator[Abuse]:
    """Each writable field with each bad value, in a body that is fine otherwise."""
    whole = sample(operation.body, world)
    # A few values show that errors of the same fields elsewhere are reported here.
    values = ANY_PART if operation.method == "PUT" or operation.path == TWIN else ANY_FIELD
    for name, schema in operation.body.get("properties", {}).items():
        if not schema.get("readOnly"):
            for what, value in [*values.items(), *bad_values(resolved(schema), world)]:
                yield Abuse(what, dumps({**whole, name: value}), field=name)


def unstorable_fields(operation: Operation, world: World) -> Iterator[Abuse]:
    """One writable field with what no JSON may hold."""
    whole = sample(operation.body, world)
    name = next(iter(operation.body.get("properties", {"name": {}})))
    for what, raw in UNSTORABLE.items():
        placed = dumps({**whole, name: "PLACE"}).replace(b'"PLACE"', raw)
        yield Abuse(what, placed, field=name)


def sample(schema: dict[str, Any], world: World) -> dict[str, Any]:
    """A body with what is required in it."""
    known: dict[str, Any] = {
        "tile": {"id": world.text_tile},
        "tile_id": world.text_tile,
        "tileId": world.text_tile,
        "toDashboard": world.plain_dashboard,
        "fromDashboardId": world.plain_dashboard,
        "tile_order": [world.text_tile, world.insight_tile],
        "ids": [world.dashboard],
        "insight_ids": [world.insight],
        "scopes": ["dashboard:read"],
        "scoped_teams": [],
        "scoped_organizations": [],
        "template": {"template_name": "T", "tiles": [TEXT_TILE]},
        "tag": "llm-analytics",
        "user_uuid": str(world.member.uuid),
        "level": 37,
        "type": "String",
        "action": "set",
        "tags": ["tag"],
        "tiles": [TEXT_TILE],
        "query": QUERY,
        "group_type_index": 0,
    }
    parts = schema.get("properties", {})
    if parts.get("ids", {}).get("items", {}).get("format") == "uuid":
        known["ids"] = [str(world.event_definition)]
    names = [name for name in schema.get("required", []) if not parts[name].get("readOnly")]
    if "template_name" in parts:
        names.append("tiles")  # required on create, which the document cannot say
    return {name: known.get(name, "text") for name in names}


def bad_values(schema: dict[str, Any], world: World) -> Iterator[tuple[str, Any]]:
    """Values of bad size, and bad ones inside of lists and objects."""
    yield from _bad_sizes(schema)
    if "items" in schema:
        for what, value in ANY_PART.items():
            yield f"a list of: {what}", [value]
    for name, inner in schema.get("properties", {}).items():
        for what, value in ANY_PART.items():
            yield f"its {name}: {what}", {**sample(resolved(inner), world), name: value}


def _bad_sizes(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "maxLength" in schema:
        yield "too long", "x" * (schema["maxLength"] + 1)
    if "maxItems" in schema:
        yield "too many", [_item(schema)] * (schema["maxItems"] + 1)
    for bound, step in (("maximum", 1), ("minimum", -1)):
        if bound in schema and abs(schema[bound]) < 2**63 - 1:
            yield f"beyond {bound}", schema[bound] + step


def _item(schema: dict[str, Any]) -> Any:
    samples = {"integer": 1, "string": "x", "object": {}, "boolean": True}
    return samples.get(str(resolved(schema.get("items", {})).get("type")), "x")


ANY_FIELD: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 7,
    "a fraction": 1.5,
    "the largest number": 2**63 - 1,
    "a text": "text",
    "no text": "",
    "digits": "9" * 30,
    "other digits": "١٢",
    "a date that is none": "2026-02-30T25:61:00Z",
    "the first year": "0001-01-01T00:00:00+14:00",
    "a list": ["text"],
    "lists in lists": [[[]]],
    "an object": {"text": None},
    "odd keys": {"__proto__": {}, "": [], "$ref": "#"},
}
ANY_PART = {name: ANY_FIELD[name] for name in ("null", "a number", "digits", "a list", "odd keys")}
# Bodies of which no JSON may be made.
UNSTORABLE = {
    "NUL": rb'"a\u0000b"',
    "NUL in a key": rb'{"a\u0000": 1}',
    "a lone surrogate": rb'"\ud800"',
    "surrogates in wrong order": rb'"\udc00\ud800"',
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "2**63": b"9223372036854775808",
    "below -2**63": b"-9223372036854775809",
    "1e400": b"1e400",
    "1e30": b"1e30",
    "10000 digits": b"9" * 10_000,
    "nested too deep": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    "nested far too deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
}


def abused_bodies(operation: Operation, world: World) -> Iterator[Abuse]:
    """A body that is not one of this operation at all."""
    whole = dumps(sample(operation.body, world) or {"name": "text"})
    yield Abuse("truncated", whole[:-1])
    yield Abuse("no UTF-8", whole[:-1] + b',"a":"\xff\xfe"}')
    yield Abuse("an overlong NUL", whole[:-1] + b',"a":"\xc0\x80"}')
    yield Abuse("UTF-16", whole.decode().encode("utf-16"))
    yield Abuse("UTF-32", whole.decode().encode("utf-32"))
    yield Abuse("with a byte order mark", b"\xef\xbb\xbf" + whole)
    yield Abuse("two of them", whole + whole)
    yield Abuse("single quotes", whole.replace(b'"', b"'"))
    yield Abuse("a trailing comma", whole[:-1] + b",}")
    for text in (b"[]", b"[[]]", b"1", b"true", b'"text"', b"\x00", b" \n", b"{"):
        yield Abuse(repr(text), text)
    for content_type in ("text/plain", "application/xml", "nonsense", "application/json2"):
        yield Abuse(f"called {content_type}", whole, content_type)


def odd_bodies(operation: Operation, world: World) -> Iterator[Abuse]:
    """What may be taken or refused."""
    whole = dumps(sample(operation.body, world) or {"name": "text"})
    yield Abuse("empty", b"")
    yield Abuse("null", b"null")
    names = operation.body.get("properties", {})
    yield Abuse("100 kB in each field", dumps(dict.fromkeys(names, "x" * 100_000)))
    yield Abuse("keys twice", b"{" + whole[1:-1] + b"," + whole[1:-1] + b"}")
    yield Abuse("a charset that is none", whole, f"{JSON}; charset=nonsense")
    yield Abuse("a charset that is another", whole, f"{JSON}; charset=utf-16")
    for content_type in operation.media_types:
        if content_type != JSON:
            yield from _odd_forms(operation, content_type)


def _odd_forms(operation: Operation, content_type: str) -> Iterator[Abuse]:
    names = [*operation.body.get("properties", {}), "a[b]", "a.b", "tile.id", "tiles[0]", "%00"]
    if content_type == FORM:
        for value in ("%00", "%ff", "%ed%a0%80", "text", "1" * 30, "[", "null", ""):
            body = "&".join(f"{name}={value}" for name in names)
            yield Abuse(f"a form of {value}", body.encode(), FORM)
        for what, raw in UNSTORABLE.items():
            value = quote_plus(b'{"a": %s}' % raw)
            body = "&".join(f"{name}={value}" for name in names)
            yield Abuse(f"a form of JSON with {what}", body.encode(), FORM)
        yield Abuse("a form of nothing", b"&&=&===&%&%zz", FORM)
        yield Abuse("a form of many fields", b"&".join([b"name=x"] * 2000), FORM)
        return
    for part in (b"text", b"\x00", b"\xff\xfe", b"{}"):
        yield Abuse(f"parts of {part!r}", _parts(names, part), MULTIPART)
        yield Abuse(f"files of {part!r}", _parts(names, part, b'; filename="f"'), MULTIPART)
    yield Abuse("parts cut short", _parts(names, b"x")[:-9], MULTIPART)
    yield Abuse("no boundary", b"--xyz--", "multipart/form-data")
    yield Abuse("no parts", b"", MULTIPART)
    yield Abuse("parts of no name", b"--xyz\r\n\r\nx\r\n--xyz--\r\n", MULTIPART)


def _parts(names: list[str], value: bytes, more: bytes = b"") -> bytes:
    head = b'--xyz\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    return b"".join(head % (name.encode(), more, value) for name in names) + b"--xyz--\r\n"


PATHS = [
    "-1",
    "1.0",
    "%201",
    "9223372036854775808",
    "99999999999999999999999",
    "%D9%A1%D9%A2",  # digits, but not ours
    "1%00",
    "1%2F2",
    "..%2f..%2fadmin",
    "%ff",
    "%ed%a0%80",
    "'%20OR%201=1--",
    "00000000-0000-0000-0000-000000000000",
    "x" * 5000,
]
QUERIES = [
    "",
    "text",
    "-1",
    "1.5",
    "9223372036854775808",
    "9" * 400,
    "%D9%A1%D9%A2",
    "%00",
    "%ff",
    "%ed%a0%80",
    "NaN",
    "null",
    "true",
    "%5B",
    "%5B1e400%5D",
    "%5B%22a%5Cu0000%22%5D",
    "%22%5Cud800%22",
    "%7B%22a%22:NaN%7D",
    "%7B%22a%22:" + "%5B" * 200 + "%5D" * 200 + "%7D",
    "%5B" * 3000,
    "%7B%22date_from%22:%22%5Cud800%22%7D",
    "%7B%22date_from%22:1,%22properties%22:%7B%7D%7D",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "-99999999999d",
    "%25_%5C",
    "x" * 5000,
]
