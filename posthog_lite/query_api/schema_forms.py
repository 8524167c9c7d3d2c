"""Short forms for the schemas of queries."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

Schema = dict[str, Any]


def text(told: str) -> Schema:
    """A string."""
    return {"type": "string", "description": told}


def text_or_null(told: str) -> Schema:
    """A string or null."""
    return {"type": ["string", "null"], "description": told}


def whole(told: str) -> Schema:
    """A whole number."""
    return {"type": "integer", "description": told}


def number(told: str) -> Schema:
    """A number."""
    return {"type": "number", "description": told}


def flag(told: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": told}


def anything(told: str) -> Schema:
    """A value of more than one type, which not every generator can tell apart."""
    return {"description": told}


def texts(told: str) -> Schema:
    """A list of strings."""
    return {"type": "array", "items": {"type": "string"}, "description": told}


def whole_numbers(told: str) -> Schema:
    """A list of whole numbers."""
    return {"type": "array", "items": {"type": "integer"}, "description": told}


def reference(name: str) -> Schema:
    """The component of a name."""
    return {"$ref": f"#/components/schemas/{name}"}


def one(name: str, told: str) -> Schema:
    """A component."""
    return {"allOf": [reference(name)], "description": told}


def many(name: str, told: str) -> Schema:
    """A list of a component."""
    return {"type": "array", "items": reference(name), "description": told}


def by_key(name: str, told: str) -> Schema:
    """An object whose values are a component."""
    return {"type": "object", "additionalProperties": reference(name), "description": told}


def choice(*choices: type[StrEnum]) -> Schema:
    """The members of enumerations, described by the docstring of the first."""
    members = [str(member) for enumeration in choices for member in enumeration]
    return {"type": "string", "enum": members, "description": choices[0].__doc__}


def part(told: str, *required: str, **fields: Schema) -> Schema:
    """An object with these fields, and any others."""
    needed = {"required": list(required)} if required else {}
    return {
        "type": "object",
        "description": told,
        "properties": fields,
        **needed,
        "additionalProperties": True,
    }


def node(kind: str, told: str, *required: str, **fields: Schema) -> Schema:
    """A part that says what it is."""
    always = {"type": "string", "enum": [kind], "description": f"Always `{kind}`."}
    return part(told, "kind", *required, kind=always, **fields)


def union(told: str, *names: str) -> Schema:
    """One of several components; for `oneOf`, generators make types that must tell them apart."""
    return {
        "anyOf": [reference(name) for name in names],
        "description": told,
        "additionalProperties": True,
    }
