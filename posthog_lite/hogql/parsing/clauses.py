"""Clauses that stand in SELECTs and in windows: FROM with its joins, ORDER BY, frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.parsing.lexer import RESERVED, Token
from posthog_lite.hogql.parsing.operators import OR, TERNARY
from posthog_lite.hogql.parsing.primaries import PrimaryParser

_JOIN_WORDS = frozenset(
    ("INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "ANY", "ALL", "ASOF", "SEMI", "ANTI")
)
_STRICTNESS = ("ANY", "ALL", "ASOF", "SEMI", "ANTI")
# Words that follow a table or a column, and so are no aliases without AS.
_NO_ALIASES = RESERVED | _JOIN_WORDS | frozenset(
    ("ARRAY", "FINAL", "SAMPLE", "ASC", "DESC", "ASCENDING", "DESCENDING", "NULLS", "COLLATE",
     "GLOBAL", "LOCAL", "POSITIONAL", "NATURAL", "FORMAT", "INTO", "FOR", "ROWS", "RANGE",
     "PARTITION", "INTERVAL", "FILL", "STEP", "TO", "BY", "TIES", "OVER", "FILTER", "VALUES")
)  # fmt: skip
_FRAME_ENDS: tuple[Literal["PRECEDING", "FOLLOWING"], ...] = ("PRECEDING", "FOLLOWING")


class ClauseParser(PrimaryParser):
    """Reads clauses; subqueries in brackets are read further down."""

    def from_clause(self) -> ast.JoinExpr | None:
        if not self.takes_word("FROM"):
            return None
        return _chained(self._sources())

    def _sources(self) -> list[ast.JoinExpr]:
        """Read a table and all that is joined to it."""
        found = self._source()
        while True:
            start = self.peek().start
            if self.takes(","):
                found += _joined_by(self._source(), "CROSS JOIN", None)
                continue
            join_type = self._join_type()
            if join_type is None:
                return found
            joined = self._source()
            found += _joined_by(joined, join_type, self._constraint(start))

    def _join_type(self) -> str | None:
        """Take the words up to JOIN; None if there is no JOIN, or an ARRAY JOIN."""
        ahead = 1 if self.peek().word in ("GLOBAL", "LOCAL") else 0
        first = ahead
        while self.peek(ahead).word in _JOIN_WORDS and ahead < first + 4:
            ahead += 1
        if self.peek(ahead).word != "JOIN":
            return None
        words = [self.peek(at).word for at in range(first, ahead)]
        self._at += ahead + 1
        return _normalised(words)

    def _constraint(self, start: int) -> ast.JoinConstraint | None:
        if self.takes_word("ON"):
            condition = self.expr(OR)
            if self.is_symbol(","):
                raise self.unsupported("JOIN … ON with several conditions", start)
            return ast.JoinConstraint("ON", condition, **self.span(start))
        if self.takes_word("USING"):
            return ast.JoinConstraint("USING", self.expr(OR), **self.span(start))
        return None

    def _source(self) -> list[ast.JoinExpr]:
        start = self.peek().start
        if self.is_symbol("("):
            found = self._in_brackets()
            if isinstance(found, list):
                return found
            table: ast.Expr = found
        else:
            table = self.expr(99) if self.is_symbol("{") else self.field()
        arguments = self.exprs(")") if self.takes("(") else None
        alias, columns = self._table_alias()
        self._skip_final_and_sample()
        return [
            ast.JoinExpr(
                table,
                alias=alias,
                table_args=arguments,
                column_aliases=columns,
                **self.span(start),
            )
        ]

    def _in_brackets(self) -> ast.Select | list[ast.JoinExpr]:
        """Read a subquery, or joins that stand in brackets."""
        if self.peek(1).word == "VALUES":
            raise self.unsupported("VALUES", self.peek().start)
        before = self._at
        while self.takes("("):
            pass
        is_query = self.is_select()
        self._at = before
        self.expect("(")
        if is_query:
            return self.until_bracket()
        self.enter()
        found = self._sources()
        self._depth -= 1
        self.expect(")")
        return found

    def until_bracket(self) -> ast.Select:
        """Read a SELECT and its closing bracket. To be done by who reads SELECT."""
        raise NotImplementedError

    def _table_alias(self) -> tuple[str | None, tuple[str, ...] | None]:
        is_bare = self._is_bare_alias(self.peek()) and not self.is_word("PIVOT")
        if not (self.takes_word("AS") or is_bare):
            return None, None
        alias = self.alias()
        return alias, self.names_in_brackets() if self.is_symbol("(") else None

    def _skip_final_and_sample(self) -> None:
        """Read what changes nothing: every row is read, in its final state."""
        self.takes_word("FINAL")
        if self.takes_word("SAMPLE"):
            has_offset = any(self.peek(at).word == "OFFSET" for at in range(1, 4))
            for _ in range(1 + has_offset):
                self.expr(TERNARY)
                self.takes_word("OFFSET")

    def array_join(self) -> tuple[Any, tuple[ast.Expr, ...]]:
        for words in (("ARRAY", "JOIN"), ("LEFT", "ARRAY", "JOIN"), ("INNER", "ARRAY", "JOIN")):
            if self.takes_word(*words):
                return " ".join(words), self._array_join_list()
        return None, ()

    def _array_join_list(self) -> tuple[ast.Expr, ...]:
        found = [self.column()]
        while self.takes(","):
            found.append(self.column())
        for item in found:
            if not isinstance(item, ast.Alias):
                raise QueryError(
                    "ARRAY JOIN arrays must have an alias", start=item.start, end=item.end
                )
        return tuple(found)

    def column(self) -> ast.Expr:
        """Read a column; its alias needs no AS."""
        start = self.peek().start
        found = self.expr()
        if self._is_bare_alias(self.peek()):
            return ast.Alias(self.alias(), found, **self.span(start))
        return found

    def _is_bare_alias(self, token: Token) -> bool:
        return token.kind == "name" or (token.kind == "word" and token.word not in _NO_ALIASES)

    def enter(self) -> None:
        self._depth += 1
        self.check_depth()

    def orders(self) -> tuple[ast.OrderExpr, ...]:
        """Read keys of ORDER BY."""
        found = [self.order_key()]
        while self.takes(","):
            found.append(self.order_key())
        return tuple(found)

    def order_key(self) -> ast.OrderExpr:
        """Read a key of ORDER BY."""
        start = self.peek().start
        expr = self.expr()
        descending = self.takes_word("DESC") or self.takes_word("DESCENDING")
        if not descending and not self.takes_word("ASC"):
            self.takes_word("ASCENDING")
        nulls = self._nulls()
        if self.is_word("COLLATE"):
            raise self.unsupported("COLLATE", self.peek().start)
        fill = self._fill() if self.takes_word("WITH", "FILL") else None
        order: Literal["ASC", "DESC"] = "DESC" if descending else "ASC"
        return ast.OrderExpr(expr, order, fill, nulls, **self.span(start))

    def _nulls(self) -> Literal["FIRST", "LAST"] | None:
        if not self.takes_word("NULLS"):
            return None
        if self.takes_word("FIRST"):
            return "FIRST"
        self.expect_word("LAST")
        return "LAST"

    def _fill(self) -> ast.WithFill:
        return ast.WithFill(
            self.expr() if self.takes_word("FROM") else None,
            self.expr() if self.takes_word("TO") else None,
            self.expr() if self.takes_word("STEP") else None,
        )

    def window(self) -> ast.WindowExpr:
        """Read what stands behind OVER."""
        start = self.peek().start
        partition = self.many() if self.takes_word("PARTITION", "BY") else ()
        order = self.orders() if self.takes_word("ORDER", "BY") else ()
        method: Any = None
        first = last = None
        if self.is_word("ROWS") or self.is_word("RANGE"):
            method = self.advance().word
            is_both = self.takes_word("BETWEEN")
            first = self._frame()
            if is_both:
                self.expect_word("AND")
                last = self._frame()
        return ast.WindowExpr(partition, order, method, first, last, **self.span(start))

    def _frame(self) -> ast.WindowFrame:
        if self.takes_word("CURRENT", "ROW"):
            return ast.WindowFrame("CURRENT ROW")
        value: int | None = None
        if not self.takes_word("UNBOUNDED"):
            token = self.peek()
            if token.kind != "number" or not isinstance(token.value, int):
                raise self.unexpected()
            value = int(self.advance().value)
        for word in _FRAME_ENDS:
            if self.takes_word(word):
                return ast.WindowFrame(word, value)
        raise self.unexpected()


def _normalised(words: list[str]) -> str:
    """Return the type of a join with its side first, and INNER where no side is named."""
    strictness = [word for word in words if word in _STRICTNESS]
    sides = [word for word in words if word not in _STRICTNESS]
    if strictness and not sides:
        sides = ["INNER"]
    ordered = [*strictness, *sides] if sides == ["INNER"] else [*sides, *strictness]
    return " ".join([*ordered, "JOIN"])


def _joined_by(
    sources: list[ast.JoinExpr], join_type: str, constraint: ast.JoinConstraint | None
) -> list[ast.JoinExpr]:
    first, *others = sources
    return [replace(first, join_type=join_type, constraint=constraint), *others]


def _chained(sources: list[ast.JoinExpr]) -> ast.JoinExpr:
    following: ast.JoinExpr | None = None
    for source in reversed(sources):
        following = replace(source, next_join=following)
    assert following is not None  # noqa: S101  # there is at least one
    return following
