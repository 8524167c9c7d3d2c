"""Whatever anybody types is refused in words, or is SQL that the engine understands."""

from __future__ import annotations

from contextlib import suppress
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthog_lite.clickhouse.errors import EngineError
from posthog_lite.domain import DomainError
from posthog_lite.hogql.compiler import compile_query
from posthog_lite.hogql.context import CompiledSQL, HogQLContext
from posthog_lite.hogql.parser import parse_expr, parse_select
from posthog_lite.hogql.text import hogql, select_text
from posthog_lite.query.executor import SETTINGS
from tests.posthog_lite.hogql.support import NOW, PROJECT, assert_only_of_project

# What the engine may say of a query: its types do not fit. Not: that it cannot read it, or that a
# name is unknown.
ABOUT_NAMES = {
    "syntax_error", "unknown_identifier", "unknown_table", "unknown_function", "unknown_setting",
    "multiple_expressions_for_alias", "cyclic_aliases", "access_denied", "readonly",
    "unknown_query_parameter", "ambiguous_identifier", "not_implemented",
}  # fmt: skip
COLUMNS = [
    "event", "timestamp", "properties.a", "properties.a.b", "person.properties.x", "distinct_id",
    "person_id", "uuid", "$session_id", "pdi.distinct_id", "session.duration", "e", "a", "b", "x",
    "group_0.properties.n", "created_at", "1", "'x'", "null", "true", "-1.5", "[1, 2]", "(1, 'a')",
    "elements_chain_texts", "now()", "today()", "interval 1 day", "number", "$group_1",
]  # fmt: skip
TYPED = (
    "select from where group by order limit offset having with as union all join on using and or "
    "not in like is null case when then else end between over partition array final sample "
    "prewhere window distinct asc desc ties nulls interpolate fill settings format "
    "( ) [ ] { } , . ; : :: ? ?? -> - + * / % = == != < > <= >= =~ !~ ' \" ` \\ -- /* */ $ @ # "
    "events persons system.tables numbers(3) event properties count() 1 'x' e file('x') é 😀 \0"
)
WORDS = TYPED.split(" ")
FUNCTIONS = ["lower", "toString", "toDate", "toDateTime", "toInt", "length", "isNull", "toFloat"]
PAIRS = ["concat", "ifNull", "nullIf", "coalesce", "least", "equals", "dateDiff", "has"]
NAMES = st.sampled_from(["a", "b", "event"])
AGGREGATES = ["count", "uniq", "max", "any", "groupArray", "sum", "argMax", "countDistinct"]
OPERATORS = [
    "=", "!=", "<", ">=", "like", "not ilike", "in", "not in", "=~", "!~*", "+", "-", "*", "/",
    "%", "and", "or", "??", "is null and",
]  # fmt: skip


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(FUNCTIONS), inner),
        st.builds("{}({}, {})".format, st.sampled_from(PAIRS), inner, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("if({}, {}, {})".format, inner, inner, inner),
        st.builds("({} between {} and {})".format, inner, inner, inner),
        st.builds("not {}".format, inner),
        # No name for what has one already: nobody writes that, and the engine loses one of them.
        st.builds("({} as {})".format, inner.filter(lambda text: " as " not in text), NAMES),
        st.builds("({} in ({}, {}))".format, inner, inner, inner),
        st.builds("arrayMap(x -> {}, [{}])".format, inner, inner),
        st.builds("case when {} then {} else {} end".format, inner, inner, inner),
        st.builds("{}::{}".format, inner, st.sampled_from(["int", "string", "float"])),
        st.builds("(select {} from events)".format, inner),
    )


expressions = st.recursive(st.sampled_from(COLUMNS), _deeper, max_leaves=6)
aggregates = st.builds("{}({})".format, st.sampled_from(AGGREGATES), expressions)
columns = st.one_of(
    expressions,
    st.just("*"),
    st.builds("{} as {}".format, expressions, st.sampled_from(["a", "b", "e", "timestamp"])),
)
sources = st.sampled_from([
    "events", "events e", "persons", "events e join persons p on e.person_id = p.id", "sessions",
    "(select event as a, 1 as b from events) x", "numbers(3)", "groups", "person_distinct_ids d",
    "events left join (select 1 as a) q on 1 = 1", "events array join [1, 2] as a",
    "(select 1 as a union all select 2) u",
])  # fmt: skip
plain = st.builds(
    "select {} from {} where {} order by {} limit 3".format,
    st.lists(columns, min_size=1, max_size=3).map(", ".join), sources, expressions, expressions,
)  # fmt: skip
grouped = st.builds(
    "select {0}, {1} from {2} group by {0} having {3}".format,
    expressions, aggregates, sources, aggregates,
)  # fmt: skip
queries = st.one_of(
    plain,
    grouped,
    st.builds("with {} as a, b as (select {} from events) select a, * from b".format,
              expressions, columns),
    st.builds("{} union all {}".format, plain, plain),
)  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)


def compiled_or_refused(text: str, timezone: str = "UTC") -> CompiledSQL | None:
    """The SQL of a text; None where it is refused as a client's mistake, in words."""
    try:
        return compile_query(parse_select(text), context(timezone))
    except DomainError as error:
        refused = error
    assert refused.status_code == 400
    assert refused.detail
    return None


def context(timezone: str = "UTC") -> HogQLContext:
    return HogQLContext(project_id=PROJECT, timezone=timezone, now=NOW)


@given(texts | st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_is_anything_but_refused_or_compiled(text: str) -> None:
    found = compiled_or_refused(text)
    if found is not None:
        assert_only_of_project(found.sql)


@given(queries)
@settings(max_examples=40, deadline=None)
def test_a_printed_query_reads_as_the_same_query(text: str) -> None:
    with suppress(DomainError):
        tree = parse_select(text)
        assert parse_select(select_text(tree)) == tree


@given(expressions)
@settings(max_examples=80, deadline=None)
def test_a_printed_expression_reads_as_the_same_expression(text: str) -> None:
    with suppress(DomainError):
        tree = parse_expr(text)
        assert parse_expr(hogql(tree)) == tree


@pytest.mark.slow
@given(text=queries, timezone=st.sampled_from(["UTC", "America/New_York"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_compiles_the_engine_understands(text: str, timezone: str, engine: ModuleType) -> None:
    found = compiled_or_refused(text, timezone)
    if found is None:
        return
    assert_only_of_project(found.sql)
    code = ""
    try:
        engine.execute(found.sql, found.parameters, settings=SETTINGS)
    except EngineError as refused:
        code = refused.code
    assert code not in ABOUT_NAMES, (text, found.sql)


def test_the_strategies_find_what_runs() -> None:
    found = compiled_or_refused("select lower(event) as a, * from events e where 1 order by a")
    assert found is not None
    assert found.columns[:2] == ["a", "uuid"]
