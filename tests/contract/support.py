"""Plays a client program: the bytes it sends, and what it needs of the answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rest_framework.test import APIClient

HOST = "localhost:8000"
BASE = f"http://{HOST}"  # what clients are configured with: no trailing slash
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

TRENDS: dict[str, Any] = {
    "kind": "InsightVizNode",
    "source": {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "$pageview", "custom_name": "Views"}],
        "dateRange": {"date_from": "-7d"},
    },
}
SQL: dict[str, Any] = {
    "kind": "DataVisualizationNode",
    "source": {"kind": "HogQLQuery", "query": "select count() from events"},
}


@dataclass(frozen=True)
class Wire:
    """A client program with its key and the headers it sends with every request.

    A Content-Type among them goes along even without a body.
    """

    key: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, method: str, target: str, body: Any = None) -> Any:
        """The answer to one request. `target` is a path, or a link out of an earlier answer."""
        headers = {"Authorization": f"Bearer {self.key}", **self.headers, "Host": HOST}
        content_type = headers.pop("Content-Type", "" if body is None else JSON)
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        path = target.removeprefix(BASE)
        assert path.startswith("/"), target
        return APIClient().generic(method, path, body, content_type, headers=headers)

    def ask(self, method: str, target: str, body: Any = None, *, status: int = 200) -> Any:
        """What the answer holds; it must have this status and be JSON."""
        response = self.send(method, target, body)
        assert response.status_code == status, response.content
        assert response["Content-Type"] == JSON
        return response.json()

    def pages(self, target: str) -> Iterator[list[Any]]:
        """Each page's rows, as a client gets them that follows `next`."""
        following: str | None = target
        while following is not None:
            page = self.ask("GET", following)
            assert_shape(page, PAGE)
            yield page["results"]
            following = page["next"]
            assert following is None or following.startswith(f"{BASE}/api/")


def rows(pages: Iterator[list[Any]]) -> list[Any]:
    return [row for page in pages for row in page]


def maybe(shape: Any) -> tuple[Any, None]:
    return (shape, None)


PAGE = {"count": int, "next": maybe(str), "previous": maybe(str), "results": [dict]}
ERROR = {"type": str, "code": str, "detail": str, "attr": maybe(str)}


def assert_shape(value: Any, shape: Any, at: str = "answer") -> None:
    """`value` is what a client with static types can read.

    A shape is a type, None, a dict of the keys that are read (`key?` may be missing), a list with
    the shape of every item, or a tuple of alternatives. `datetime` and `uuid.UUID` are strings of
    that form, and a bool is not an int.
    """
    if isinstance(shape, dict):
        assert isinstance(value, dict), f"{at} is {value!r}"
        for name, inner in shape.items():
            key = name.removesuffix("?")
            if name == key or key in value:
                assert key in value, f"{at} has no {key}"
                assert_shape(value[key], inner, f"{at}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{at} is {value!r}"
        for number, item in enumerate(value):
            assert_shape(item, shape[0], f"{at}[{number}]")
    elif isinstance(shape, tuple):
        _assert_alternative(value, shape, at)
    else:
        assert _is_of(value, shape), f"{at} is {value!r}, not {shape}"


def _assert_alternative(value: Any, shapes: tuple[Any, ...], at: str) -> None:
    if value is None:
        assert None in shapes, f"{at} is null"
        return
    (shape,) = (shape for shape in shapes if shape is not None)
    assert_shape(value, shape, at)


def _is_of(value: Any, kind: Any) -> bool:
    if kind is uuid.UUID:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    if kind is datetime:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))
