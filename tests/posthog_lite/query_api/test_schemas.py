"""What the document says of queries is what is read of them, no less and no more."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from posthog_lite.query.nodes.parsing import READERS, parse_node
from posthog_lite.query.nodes.parsing import WRAPPERS as WRAPPING
from posthog_lite.query_api.schemas import ALL, INSIGHTS, KINDS, OF_ACTORS, ROWS, WRAPPERS
from tests.support.golden import cases
from tests.support.openapi import document

OBJECTS = {name: schema["properties"] for name, schema in ALL.items() if "properties" in schema}
OPEN = ("OpenQuery", "OpenEntityNode")
DESCRIBED = {(name, key) for name, keys in OBJECTS.items() for key in keys if name not in OPEN}
Read = set[tuple[str, str]]


class Traced(dict[str, Any]):
    """An object of a query that notes which of its keys are read."""

    def __init__(self, name: str, values: dict[str, Any], read: Read) -> None:
        super().__init__(values)
        self.name, self.read = name, read

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add((self.name, key))
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.read.add((self.name, str(key)))
        return super().__contains__(key)


class Sample:
    """A query made from its schema, whole, or with one key alone of one of its objects."""

    def __init__(self, alone: tuple[str, str] | None, source: str) -> None:
        self.alone, self.source, self.read = alone, source, Read()

    def component(self, name: str) -> Any:
        schema = ALL[self.source if name == "OpenQuery" else name]
        if "properties" not in schema:
            return schema["enum"][0]
        name = self.source if name == "OpenQuery" else name
        values = {key: self.value(key, schema["properties"][key]) for key in self.keys(name)}
        return Traced(name, values, self.read)

    def keys(self, name: str) -> list[str]:
        keys = [key for key in OBJECTS[name] if (name, key) != ("PropertyFilter", "values")]
        if self.alone is None or self.alone[0] != name:
            return keys
        return [key for key in keys if key in (*ALL[name].get("required", ()), self.alone[1])]

    def value(self, key: str, schema: dict[str, Any]) -> Any:
        for part in (schema, *schema.get("allOf", ())):
            if "$ref" in part:
                return self.component(part["$ref"].rpartition("/")[2])
        if schema.get("type") == "array":
            return self.items(schema["items"])
        if schema.get("type") == "object":
            inner = schema["additionalProperties"]
            return {"a": "a" if inner is True else self.value(key, inner)}
        known = {"integer": 1, "number": 1.5, "boolean": False}
        default = "EventsNode" if key == "kind" else "a"
        return schema.get("enum", [known.get(str(schema.get("type")), default)])[0]

    def items(self, schema: dict[str, Any]) -> list[Any]:
        members = ALL.get(schema.get("$ref", "").rpartition("/")[2], {}).get("anyOf", [schema])
        return [
            self.value("", m) for m in members if m.get("$ref", "").rpartition("/")[2] not in OPEN
        ]


def read_of(kind: str, source: str, alone: tuple[str, str] | None = None) -> Read:
    sample = Sample(alone, source)
    parse_node(sample.component(kind))
    return sample.read


def places() -> list[tuple[str, str]]:
    """Kinds, each with what may be their open source."""
    actors = [("ActorsQuery", name) for name in OF_ACTORS]
    return [(kind, "HogQLQuery") for kind in KINDS] + actors


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    whole = [read_of(kind, source) for kind, source in places() if source not in OF_ACTORS]
    found = Read().union(*whole)
    for name in OF_ACTORS:
        found |= actors_read(name, None)
    for field in DESCRIBED - found:
        for kind, source in places():
            found |= (
                actors_read(source, field) if source in OF_ACTORS else read_of(kind, source, field)
            )
    return found


def actors_read(name: str, alone: tuple[str, str] | None) -> Read:
    """What is read of the people of a number, whose insight is a trend."""
    sample = Sample(alone, "TrendsQuery")
    source = sample.component(name)
    query = {"kind": "ActorsQuery", "source": source}
    parse_node(query)
    return sample.read


def test_every_described_field_is_read(read: Read) -> None:
    assert DESCRIBED - read == set()


def test_every_field_that_is_read_is_described(read: Read) -> None:
    assert read - DESCRIBED == set()


def test_the_kinds_are_those_that_are_computed() -> None:
    assert {*INSIGHTS, *ROWS} == set(READERS)
    assert set(WRAPPERS) == WRAPPING


def validator(name: str) -> Any:
    whole = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


@pytest.mark.parametrize(
    "file", ["trends", "stickiness", "lifecycle", "funnels", "retention", "paths"]
)
def test_recorded_queries_are_as_described(file: str) -> None:
    for case in cases(file):
        validator(case["query"]["kind"]).validate(case["query"])


def test_any_other_query_with_a_kind_is_described_too() -> None:
    root = validator("QuerySchemaRoot")
    assert root.is_valid({"kind": "TrendsQuery", "series": None, "breakdown": {}})
    assert root.is_valid({"kind": "WebOverviewQuery", "properties": {"type": "AND"}})
    assert not root.is_valid({"query": "select 1"})


def test_a_word_that_is_not_known_is_not_described() -> None:
    assert validator("TrendsQuery").is_valid({"kind": "TrendsQuery", "interval": "week"})
    assert not validator("TrendsQuery").is_valid({"kind": "TrendsQuery", "interval": "decade"})
