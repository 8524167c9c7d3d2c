"""The operations of the OpenAPI document, as tests call them one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.fuzz.configuration import IDS_BY_TAG as TAGS
from tests.fuzz.configuration import PLACES, real_ids
from tests.support.openapi import document, resolved
from tests.support.world import World

JSON = "application/json"
QUERY = {"group_type_index": 0, "group_key": "acme"}  # a row of the world
TWINS = "/api/environments/"  # the same views as below /api/projects/


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    path: str
    method: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tag(self) -> str:
        tag: str = self.described["tags"][0]
        return tag

    @property
    def needs_session(self) -> bool:
        return "BrowserSession" in self.described["security"][0]

    @property
    def media_types(self) -> list[str]:
        return list(self.described.get("requestBody", {}).get("content", {}))

    @property
    def query(self) -> list[str]:
        return [p["name"] for p in self.described.get("parameters", []) if p["in"] == "query"]

    @property
    def places(self) -> list[str]:
        """The names of what is variable in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def body(self) -> dict[str, Any]:
        """The schema of the JSON body."""
        content = self.described["requestBody"]["content"]
        return resolved(content[JSON]["schema"])

    def url(self, world: World, **raw: str) -> str:
        """The path with ids of rows that there are, but for those given as they go on the wire."""
        known = {place: quote(str(self._id(world, place)), safe="@") for place in self.places}
        path = re.sub(r"{(\w+)}", lambda match: {**known, **raw}[match[1]], self.path)
        return path if self.method == "GET" else f"{path}{self._required_query()}"

    def _required_query(self) -> str:
        """Which row it is, where that stands in the query."""
        described = self.described.get("parameters", [])
        names = [p["name"] for p in described if p["in"] == "query" and p.get("required")]
        return f"?{urlencode({name: QUERY[name] for name in names})}" if names else ""

    def _id(self, world: World, place: str) -> Any:
        password = f"{self.tag.removesuffix('s')}_password"
        names = {"id": TAGS.get(self.tag, ""), "password_id": password}
        name = names.get(place) or PLACES[f"path.{place}"]
        return real_ids(world)[name][0]


def operations() -> Iterator[Operation]:
    """Each operation once, without the twins."""
    for path, methods in document()["paths"].items():
        if not path.startswith(TWINS):
            for method, described in methods.items():
                yield Operation(path, method.upper(), described)


def dumps(value: Any) -> bytes:
    """JSON as some client may send it: with NaN, lone surrogates and numbers of any size."""
    return json.dumps(value).encode()
