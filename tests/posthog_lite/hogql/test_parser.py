from __future__ import annotations

from time import process_time

import pytest

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import (
    HogQLError,
    HogQLSyntaxError,
    QueryTooComplex,
)
from posthog_lite.hogql.parser import parse_expr, parse_order_expr, parse_select

field, call, constant = ast.field, ast.call, ast.constant


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", constant(1)),
        ("-1.5", constant(-1.5)),
        ("null", constant(None)),
        ("true", constant(True)),
        ("inf", constant(float("inf"))),
        ("12345678901234567890", constant(12345678901234567890)),
        ("123456789012345678901", constant(1.2345678901234568e20)),
        ("'it''s \\'x\\''", constant("it's 'x'")),
        ("properties.$browser", field("properties", "$browser")),
        ('properties."$a b"', field("properties", "$a b")),
        ("count()", call("count")),
        ("quantile(0.5)(x)", call("quantile", field("x"), params=(constant(0.5),))),
        ("a is null", ast.compare(field("a"), "==", constant(None))),
        ("a <> 1", ast.compare(field("a"), "!=", constant(1))),
        ("a =~* 'b'", ast.compare(field("a"), "=~*", constant("b"))),
        ("a and b or c", ast.Or((ast.And((field("a"), field("b"))), field("c")))),
        ("x -> x + 1", ast.Lambda(("x",), ast.ArithmeticOperation("+", field("x"), constant(1)))),
        ("a ? b : c", call("if", field("a"), field("b"), field("c"))),
        ("a ?? b", call("ifNull", field("a"), field("b"))),
        ("interval 1 day", call("toIntervalDay", constant(1))),
        ("[1, (2, 3)]", ast.Array((constant(1), ast.Tuple((constant(2), constant(3)))))),
        ("{'a': 1}", ast.Dict(((constant("a"), constant(1)),))),
        ("a[1]", ast.ArrayAccess(field("a"), constant(1))),
        ("a.1", ast.TupleAccess(field("a"), 1)),
        ("x::int", ast.TypeCast(field("x"), "int")),
        ("not (not a)", ast.Not(ast.Not(field("a")))),
        ("a not between 1 and 2", ast.BetweenExpr(field("a"), constant(1), constant(2), True)),
        ("{variables.x}", ast.Placeholder(field("variables", "x"))),
        ("{limit}", ast.Placeholder(field("limit"))),
        ("order.from", field("order", "from")),
        ("limit * 2", ast.ArithmeticOperation("*", field("limit"), constant(2))),
        ("[order, from]", ast.Array((field("order"), field("from")))),
        (
            "group = 1 and end",
            ast.And((ast.compare(field("group"), "==", constant(1)), field("end"))),
        ),
    ],
)
def test_an_expression_is_read(text: str, tree: ast.Expr) -> None:
    assert parse_expr(text) == tree


def test_words_of_clauses_are_names_where_nothing_else_fits() -> None:
    assert parse_select(
        "select count() as offset, event as group, from events group by group "
        "order by offset desc, group limit {limit} offset {offset}"
    ) == ast.SelectQuery(
        select=(ast.Alias("offset", call("count")), ast.Alias("group", field("event"))),
        select_from=ast.JoinExpr(field("events")),
        group_by=(field("group"),),
        order_by=(ast.OrderExpr(field("offset"), "DESC"), ast.OrderExpr(field("group"))),
        limit=ast.Placeholder(field("limit")),
        offset=ast.Placeholder(field("offset")),
    )
    assert parse_select("select a, order, b from events") == ast.SelectQuery(
        select=(field("a"), field("order"), field("b")), select_from=ast.JoinExpr(field("events"))
    )


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("select a from events where", "at the end"),
        ("select a where and 2", "near `and 2`"),
        ("select a group by order by a", "near `order by a`"),
        ("select a order by limit 5", "near `limit 5`"),
        ("select case when then 1 end", "near `then 1 end`"),
    ],
)
def test_words_of_clauses_are_no_names_before_their_clause(text: str, near: str) -> None:
    with pytest.raises(HogQLSyntaxError, match=near):
        parse_select(text)


def test_a_select_is_read() -> None:
    assert parse_select(
        "with 1 as one select event, count() as c from events as e "
        "left join persons p on e.person_id = p.id where one group by event "
        "having c > 1 order by c desc limit 5 offset 2"
    ) == ast.SelectQuery(
        ctes=(ast.CTE("one", constant(1), "column"),),
        select=(field("event"), ast.Alias("c", call("count"))),
        select_from=ast.JoinExpr(
            field("events"),
            alias="e",
            next_join=ast.JoinExpr(
                field("persons"),
                alias="p",
                join_type="LEFT JOIN",
                constraint=ast.JoinConstraint(
                    "ON", ast.compare(field("e", "person_id"), "==", field("p", "id"))
                ),
            ),
        ),
        where=field("one"),
        group_by=(field("event"),),
        having=ast.compare(field("c"), ">", constant(1)),
        order_by=(ast.OrderExpr(field("c"), "DESC"),),
        limit=constant(5),
        offset=constant(2),
    )


def test_window_functions_are_read() -> None:
    window = ast.WindowExpr(
        (field("a"),),
        (ast.OrderExpr(field("b")),),
        "ROWS",
        ast.WindowFrame("PRECEDING", 1),
        ast.WindowFrame("FOLLOWING", None),
    )
    assert parse_expr(
        "quantile(0.9)(x) over (partition by a order by b "
        "rows between 1 preceding and unbounded following)"
    ) == ast.WindowFunction("quantile", (field("x"),), (constant(0.9),), window)
    assert parse_expr("lag(x) over w") == ast.WindowFunction(
        "lag", (field("x"),), over_identifier="w"
    )


def test_unions_keep_their_operators() -> None:
    tree = parse_select("select 1 union all select 2 except select 3")
    assert isinstance(tree, ast.SelectSetQuery)
    operators = [item.set_operator for item in tree.subsequent_select_queries]
    assert operators == ["UNION ALL", "EXCEPT"]


def test_an_order_key_is_read() -> None:
    assert parse_order_expr("timestamp desc") == ast.OrderExpr(field("timestamp"), "DESC")


def test_the_same_text_is_parsed_once() -> None:
    assert parse_expr("some_name + 1") is parse_expr("some_name + 1")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("select 1 frm x", "Syntax error in line 1, column 14, near `x`."),
        ("select 1\n+", "Syntax error in line 2, column 2, at the end of the query."),
        ("select 'abc", "A quotation mark or comment at character 8 is not closed."),
        ("select 1; select 2", "Syntax error in line 1, column 11, near `select 2`."),
        ("select f'{x'", "A quotation mark or comment at character 12 is not closed."),
        ("select { , 'a'}", "Syntax error in line 1, column 10, near `, 'a'}`."),
        ("select @", "Syntax error in line 1, column 8, near `@`."),
        ("select 1 }", "The bracket at character 10 closes no bracket that is open."),
        ("", "The query is empty."),
        ("select '\ud800'", "The query contains a character that no text can hold."),
    ],
)
def test_bad_syntax_is_refused_in_words(text: str, detail: str) -> None:
    with pytest.raises(HogQLSyntaxError) as refused:
        parse_select(text)
    assert refused.value.detail == detail
    assert refused.value.code == "hogql_syntax_error"


@pytest.mark.parametrize(
    "text",
    [
        "select 1 settings max_threads = 1",
        "select top 3 event from events",
        "select 1 order by a interpolate (b as 1)",
        "select <Sparkline />",
        "select 1 from a pivot (sum(x) for y in (1, 2))",
    ],
)
def test_what_the_tree_has_no_place_for_is_refused(text: str) -> None:
    with pytest.raises(HogQLError):
        parse_select(text)


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 100 + "1" + ")" * 100,
        "(" * 2000 + "1" + ")" * 2000,
        "(select " * 100 + "1" + ")" * 100,
        "[" * 100 + "]" * 100,
        "f'{" * 100 + "1" + "}'" * 100,
        "not " * 9000 + "a",
        "- " * 9000 + "a",
        "case when " * 100 + "a",
        "x -> " * 9000 + "a",
        "a ? " * 9000 + "b",
        "+".join(["a"] * 6000),
        "a" + "::int" * 5000,
        "a" + ".b" * 20_000,
        "f(" + ",".join(["g(h(i(j(x))))"] * 4000) + ")",
        "'" + "\\'" * 31_000,
        "/*" * 30_000,
        " " * 60_000 + "'",
        "x" * 70_000,
    ],
)
def test_what_is_too_much_is_refused_at_once(text: str) -> None:
    began = process_time()
    with pytest.raises(HogQLError):
        parse_expr(text)
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "f(" + ",".join(["g(h(i(j(x))))"] * 800) + ")",
        " and ".join(["properties.a = 'x'"] * 2500),
        "x in (" + ",".join(f"'a{n}'" for n in range(7000)) + ")",
        "f(" * 50 + "1" + ")" * 50,
    ],
)
def test_much_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    began = process_time()
    parse_expr(text)
    assert process_time() - began < 4


def test_deep_trees_are_refused() -> None:
    with pytest.raises(QueryTooComplex, match="at most 120 levels"):
        parse_expr("+".join(["a"] * 300))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a = 1 and b between 1 and 2 or not c", "((a = 1) and (b between 1 and 2)) or (not c)"),
        ("not a between 1 and 2", "not (a between 1 and 2)"),
        ("a between b = c and d = e", "a between (b = c) and (d = e)"),
        ("a = b is null", "(a = b) is null"),
        ("a ?? b = c", "a ?? (b = c)"),
        ("a ?? b + c ? d : e ? f : g", "(a ?? (b + c)) ? d : (e ? f : g)"),
        ("- a * b", "(0 - a) * b"),
        ("a || b + c", "(a || b) + c"),
        ("a or b as c", "(a or b) as c"),
        ("a + x -> b or c", "a + (x -> (b or c))"),
        ("lambda x, y: x + y", "(x, y) -> x + y"),
        ("a::int::string", "cast(cast(a as int) as string)"),
        ("a.1.b[2]?.c", "((((a).1).b)[2]).c"),
        ("case when a then b end", "if(a, b, null)"),
        ("f'a{f'{b}c'}'", "concat('a', concat(b, 'c'))"),
        ("date '2020-01-01'", "toDate('2020-01-01')"),
        ("extract(year from a)", "date_part('year', a)"),
        ("trim(leading 'x' from a)", "trimLeft(a, 'x')"),
        ("interval '2 hours'", "interval 2 hour"),
        ("'a' 'b'", None),
        ("a as b + c", None),
        ("f(a b)", None),
        ("1 2", None),
        ("a.", None),
        ("[1, 2", None),
        ("{'a' 1}", None),
        ("a is b", None),
        ("interval '1 foo'", None),
        ("cast(a int)", None),
    ],
)
def test_operators_bind_as_they_do(text: str, same: str | None) -> None:
    if same is None:
        with pytest.raises(HogQLError):
            parse_expr(text)
    else:
        assert parse_expr(text) == parse_expr(same)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("select a b, c as d, from e f", "select a as b, c as d from e as f"),
        ("select a from b, c", "select a from b cross join c"),
        ("select a from b any left join c on d", "select a from b left any join c on d"),
        ("select a from (b join c on x)", "select a from b join c on x"),
        ("(select 1) limit 3", "select 1 limit 3"),
        ("select 1 union select 2", "select 1 union distinct select 2"),
        ("select a limit 1, 2", "select a limit 1 offset 2"),
        ("select a -- b\n, c // d\n /* e */ from f", "select a, c from f"),
        ("select left, timestamp, id from t", 'select "left", `timestamp`, "id" from t'),
        ("select t.select, t.`from` from t", "select t.`select`, t.from from t"),
        ("select a from t where b group by a with rollup",
         "select a from t where b group by rollup(a)"),
        ("with a as (select 1), 2 as b select c;", "with a as (select 1), 2 as b select c"),
        ("select a from b order by c ascending nulls last, d descending",
         "select a from b order by c asc nulls last, d desc"),
    ],
)  # fmt: skip
def test_ways_to_say_the_same(text: str, same: str) -> None:
    assert parse_select(text) == parse_select(same)
