"""Filters that compare versions."""

from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.query.errors import ParseError
from tests.support.asking import Asking, event, trends, where

VERSIONS = (
    "0.0.3", "0.0.4", "0.2.3", "0.2.9", "0.3.0", "1.2.3", "1.2.10", "v1.3.0", "1.10.0",
    "2.0.0-rc.1", " 2.1.0+build.7 ",
)  # fmt: skip
OTHERS = ("1.2", "1.2.3.4", "01.2.3", "latest", "", 7, None)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "1.2.3", ["1.2.3"]),
        ("eq", "v1.2.3-alpha", ["1.2.3"]),
        ("neq", "1.2.3", [version for version in VERSIONS if version != "1.2.3"]),
        ("gt", "1.2.10", ["v1.3.0", "1.10.0", "2.0.0-rc.1", " 2.1.0+build.7 "]),
        ("gte", "1.10.0", ["1.10.0", "2.0.0-rc.1", " 2.1.0+build.7 "]),
        ("lt", "0.2.9", ["0.0.3", "0.0.4", "0.2.3"]),
        ("lte", "0.2.9", ["0.0.3", "0.0.4", "0.2.3", "0.2.9"]),
        ("tilde", "1.2.3", ["1.2.3", "1.2.10"]),
        ("tilde", "1.2", ["1.2.3", "1.2.10"]),
        ("tilde", "1", ["1.2.3", "1.2.10", "v1.3.0", "1.10.0"]),
        ("caret", "1.2.10", ["1.2.10", "v1.3.0", "1.10.0"]),
        ("caret", "0.2.3", ["0.2.3", "0.2.9"]),
        ("caret", "0.0.3", ["0.0.3"]),
        ("wildcard", "1.2.*", ["1.2.3", "1.2.10"]),
        ("wildcard", "0.*", ["0.0.3", "0.0.4", "0.2.3", "0.2.9", "0.3.0"]),
        ("eq", ["0.0.3", "0.3.0"], ["0.0.3", "0.3.0"]),
    ],
)
def test_versions_are_compared_number_by_number(
    ask: Asking, operator: str, value: Any, expected: list[Any]
) -> None:
    xs: list[dict[str, Any]] = [{}, *({"x": x} for x in (*VERSIONS, *OTHERS))]
    found = [event("ann", f"2020-01-01T00:00:{at:02}", **x) for at, x in enumerate(xs)]
    query = {
        "kind": "EventsQuery",
        "select": ["properties.x"],
        "orderBy": ["timestamp"],
        "after": "2020-01-01",
        "properties": [where("x", value, f"semver_{operator}")],
    }
    assert [x for (x,) in ask(query, *found)["results"]] == expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("eq", "1.2"), ("gt", "latest"), ("lte", "01.2.3"), ("caret", "abc"), ("tilde", ""),
        ("wildcard", "1.2.3"), ("wildcard", "*"), ("wildcard", ".*"), ("eq", "1.2." + "9" * 30),
        ("wildcard", ".*" * 4_999 + "x"),
    ],
)  # fmt: skip
def test_what_is_no_version_is_refused(ask: Asking, operator: str, value: str) -> None:
    with pytest.raises(ParseError, match="The filter of x needs a version like") as refused:
        ask(trends(properties=[where("x", value, f"semver_{operator}")]))
    assert refused.value.attr == "query.properties"
