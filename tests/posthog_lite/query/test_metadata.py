"""HogQLMetadata: SQL that is checked and not run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.hogql import ast
from posthog_lite.query.context import QueryContext
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.runners.registry import compute

CONTEXT = QueryContext(project_id=1, now=datetime(2020, 1, 3, tzinfo=UTC))


def never(tree: ast.Select) -> Any:
    raise AssertionError("The engine was asked.")


def check(text: Any, **more: Any) -> dict[str, Any]:
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": text, **more}
    return compute(parse_node(query), CONTEXT, never)  # type: ignore[arg-type]  # never asked


def test_sql_that_can_be_run() -> None:
    text = "with seen as (select person_id from events) select id from persons join seen on 1 = 1"
    assert check(text) == {
        "hogql": None,
        "results": [],
        "query": text,
        "isValid": True,
        "errors": [],
        "warnings": [],
        "notices": [],
        "table_names": ["events", "persons"],
        "ch_table_names": None,
        "isUsingIndices": None,
    }


@pytest.mark.parametrize(
    ("text", "part", "message"),
    [
        ("select 1 + no_field from events", "no_field", "Unable to resolve field: no_field"),
        ("select evnt from events", "evnt", "Unable to resolve field: evnt. Did you mean"),
        ("select event from evnts", "evnts", "Unknown table"),
        ("select nothing(1)", "nothing(1)", "nothing"),
        ("select {variables.plan}", None, "Variable plan is missing from query"),
        ("select {x} from events", "{x}", "Unresolved placeholder: {x}"),
        ("timestamp", "timestamp", ""),
        ("select (((", None, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, part: str | None, message: str) -> None:
    found = check(text)
    [error] = found["errors"]
    assert (found["isValid"], found["table_names"]) == (False, [])
    assert message in error["message"]
    assert error["fix"] is None
    assert part is None or text[error["start"] : error["end"]] == part


def test_braces_are_filled_as_they_would_be() -> None:
    variables = {"1": {"code_name": "plan", "value": "pro"}}
    text = "select count() from events where {filters} and properties.plan = {variables.plan}"
    assert check(text, variables=variables)["isValid"] is True
    assert check("select {x}", values={"x": 1})["isValid"] is True


@pytest.mark.parametrize(
    ("text", "source", "is_valid"),
    [
        ("timestamp", None, True),
        ("timestamp", "select * from events", True),
        ("timestamp", "select * from persons", False),
        ("is_identified", "select * from persons", True),
        ("select 1", "select * from events", False),
        ("count()", "select * from events union all select 1 from persons", True),
    ],
)
def test_expressions_stand_in_a_select(text: str, source: str | None, is_valid: bool) -> None:
    around = {"kind": "HogQLQuery", "query": source} if source else {"kind": "EventsQuery"}
    assert check(text, language="hogQLExpr", sourceQuery=around)["isValid"] is is_valid


@pytest.mark.parametrize(
    ("more", "code", "attr"),
    [
        ({"language": "hog"}, "unsupported_query", "query.language"),
        ({"language": "sql"}, "parse_error", "query.language"),
        ({"language": ["hogQL"]}, "parse_error", "query.language"),
        ({"language": {}}, "parse_error", "query.language"),
        ({"text": None}, "parse_error", "query.query"),
        ({"text": "x" * 64_001}, "parse_error", "query.query"),
        ({"sourceQuery": {"kind": "HogQLQuery", "query": "x"}}, "hogql_syntax_error", None),
    ],
)
def test_what_cannot_be_checked_is_refused(
    more: dict[str, Any], code: str, attr: str | None
) -> None:
    with pytest.raises(DomainError) as refused:
        check(**{"text": "select 1"} | more)
    assert (refused.value.status_code, refused.value.code) == (400, code)
    assert refused.value.attr == attr
