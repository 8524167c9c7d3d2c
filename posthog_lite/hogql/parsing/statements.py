"""SELECT: tokens to tree, clause by clause in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.parsing.clauses import ClauseParser
from posthog_lite.hogql.parsing.lexer import RESERVED
from posthog_lite.hogql.parsing.operators import TERNARY

_SET_WORDS = ("UNION", "INTERSECT", "EXCEPT")


class StatementParser(ClauseParser):
    """Reads SELECTs, and expressions with SELECTs in them."""

    def select_set(self) -> ast.Select:
        """Read a SELECT, or several with UNION, INTERSECT or EXCEPT between them."""
        start = self.peek().start
        if self.takes("("):
            first = self.until_bracket()
            return self._set_from(first, start, is_bracketed=True)
        return self._set_from(self._select(), start, is_bracketed=False)

    def is_select(self) -> bool:
        """Return True where a SELECT begins."""
        return self.is_word("SELECT") or (
            self.is_word("WITH") and self.peek(1).kind != "end" and not self.is_symbol(")", 1)
        )

    def bracketed_select(self, start: int, first: ast.Select | None = None) -> ast.Expr:
        """Read a SELECT up to its closing bracket; `first` has been read with brackets before."""
        if first is None:
            found = self.select_set()
        else:
            found = self._set_from(first, start, is_bracketed=True)
        self.expect(")")
        return found

    def argument(self) -> ast.Expr:
        """Read an argument; a SELECT needs no brackets of its own."""
        return self.select_set() if self.is_select() else self.expr()

    def until_bracket(self) -> ast.Select:
        """Read a SELECT and its closing bracket."""
        self.enter()
        found = self.select_set()
        self._depth -= 1
        self.expect(")")
        return found

    def _set_from(self, first: ast.Select, start: int, *, is_bracketed: bool) -> ast.Select:
        """Return `first` with the SELECTs that follow it, and with the ORDER BY of them all."""
        following: list[ast.SelectSetNode] = []
        while (operator := self._set_operator()) is not None:
            member_start = self.peek().start
            is_bracketed = self.is_symbol("(")
            member = self.until_bracket() if self.takes("(") else self._select()
            span = self.span(member_start)
            following.append(ast.SelectSetNode(operator, member, **span))
        found: ast.Select = first
        if following:
            found = ast.SelectSetQuery(first, tuple(following), **self.span(start))
        return self._bounded(found) if is_bracketed else found

    def _set_operator(self) -> Any:
        if self.peek().word not in _SET_WORDS:
            return None
        word = self.advance().word
        if self.takes_word("ALL"):
            return f"{word} ALL"
        is_distinct = self.takes_word("DISTINCT")
        return f"{word} DISTINCT" if is_distinct or word == "UNION" else word

    def _bounded(self, found: ast.Select) -> ast.Select:
        """Return a SELECT in brackets, or a set that ends with one, with what follows it."""
        order = self.orders() if self.takes_word("ORDER", "BY") else None
        limit, offset = self._limit_and_offset()
        if not (order or limit or offset):
            return found
        if (order and found.order_by) or (limit and found.limit) or (offset and found.offset):
            return ast.SelectSetQuery(found, (), order_by=order, limit=limit, offset=offset)
        return replace(
            found,
            order_by=order or found.order_by,
            limit=limit or found.limit,
            offset=offset or found.offset,
        )

    def _limit_and_offset(self) -> tuple[ast.Expr | None, ast.Expr | None]:
        limit = self.expr(TERNARY) if self.takes_word("LIMIT") else None
        offset = None
        if limit is not None and self.takes(","):
            offset = self.expr(TERNARY)
        if self.takes_word("OFFSET"):
            offset = self.expr(TERNARY)
        if limit is None and offset is not None and self.takes_word("LIMIT"):
            limit = self.expr(TERNARY)
        return limit, offset

    def _select(self) -> ast.SelectQuery:
        start = self.peek().start
        ctes = self._with()
        if ctes and self.is_symbol("("):
            return self._bracketed_behind_with(ctes)
        self.expect_word("SELECT")
        self._refuse_top()
        distinct = self.takes_word("DISTINCT")
        columns = self._columns_of_select()
        source = self.from_clause()
        op, arrays = self.array_join()
        parts = self._conditions()
        parts |= self._grouping()
        parts |= self._ending()
        if self.is_word("SETTINGS") or self.is_word("FORMAT") or self.is_word("INTO"):
            raise self.unsupported("SelectStmt.settingsClause()", self.peek().start)
        return ast.SelectQuery(
            select=columns,
            select_from=source,
            distinct=distinct,
            ctes=ctes,
            array_join_op=op,
            array_join_list=arrays,
            **parts,
            **self.span(start),
        )

    def _bracketed_behind_with(self, ctes: tuple[ast.CTE, ...]) -> ast.SelectQuery:
        self.expect("(")
        found = self.until_bracket()
        if not isinstance(found, ast.SelectQuery):
            raise self.unsupported("WITH before a UNION in brackets", self.peek().start)
        return replace(found, ctes=(*ctes, *found.ctes))

    def _refuse_top(self) -> None:
        if self.is_word("TOP") and self.peek(1).kind == "number":
            raise self.unsupported("SelectStmt.topClause()", self.peek().start)

    def _columns_of_select(self) -> tuple[ast.Expr, ...]:
        columns = [self.column()]
        while self.takes(","):
            token = self.peek()
            is_clause = token.word in RESERVED - {"NOT", "CASE"} and not self.is_name()
            if is_clause or token.kind == "end" or token.text == ")":
                break
            columns.append(self.column())
        return tuple(columns)

    def _conditions(self) -> dict[str, Any]:
        return {
            "prewhere": self.expr() if self.takes_word("PREWHERE") else None,
            "where": self.expr() if self.takes_word("WHERE") else None,
        }

    def _grouping(self) -> dict[str, Any]:
        mode, keys = self._group_by()
        having = self.expr() if self.takes_word("HAVING") else None
        qualify = self.expr() if self.takes_word("QUALIFY") else None
        windows = self._windows() if self.takes_word("WINDOW") else ()
        return {
            "group_by": keys,
            "group_by_mode": mode,
            "having": having,
            "qualify": qualify or (self.expr() if self.takes_word("QUALIFY") else None),
            "window_exprs": windows,
        }

    def _group_by(self) -> tuple[Any, tuple[ast.Expr, ...] | None]:
        if not self.takes_word("GROUP", "BY"):
            return None, None
        if self.is_word("GROUPING", "SETS"):
            raise self.unsupported("GROUPING SETS", self.peek().start)
        if self.is_word("ALL") and not self.is_symbol("(", 1):
            self.advance()
            return "all", None
        word = self.peek().word
        if word in ("CUBE", "ROLLUP") and self.is_symbol("(", 1):
            self._at += 2
            return word.lower(), self.exprs(")")
        keys = self.many()
        return self._group_by_mode(), keys

    def _group_by_mode(self) -> str | None:
        for word in ("CUBE", "ROLLUP"):
            if self.takes_word("WITH", word):
                return word.lower()
        if self.is_word("WITH", "TOTALS"):
            raise self.unsupported("WITH TOTALS", self.peek().start)
        return None

    def _windows(self) -> tuple[tuple[str, ast.WindowExpr], ...]:
        found: list[tuple[str, ast.WindowExpr]] = []
        while not found or self.takes(","):
            name = self.name()
            self.expect_word("AS")
            self.expect("(")
            found.append((name, self.window()))
            self.expect(")")
        return tuple(found)

    def _ending(self) -> dict[str, Any]:
        """Read ORDER BY, LIMIT BY, LIMIT and OFFSET."""
        order = self.orders() if self.takes_word("ORDER", "BY") else None
        if self.is_word("INTERPOLATE"):
            raise self.unsupported("INTERPOLATE", self.peek().start)
        limit, offset = self._limit_and_offset()
        limit_by = None
        if limit is not None and self.takes_word("BY"):
            limit_by = ast.LimitByExpr(limit, self.many(), offset)
            limit, offset = self._limit_and_offset()
        with_ties = limit is not None and self.takes_word("WITH", "TIES")
        if with_ties and self.takes_word("OFFSET"):
            offset = self.expr(TERNARY)
        return {
            "order_by": order,
            "limit_by": limit_by,
            "limit": limit,
            "offset": offset,
            "limit_with_ties": with_ties,
        }

    def _with(self) -> tuple[ast.CTE, ...]:
        if not self.takes_word("WITH"):
            return ()
        recursive = self.takes_word("RECURSIVE")
        found = [self._cte(recursive=recursive)]
        while self.takes(","):
            if self.is_word("SELECT"):
                break
            found.append(self._cte(recursive=recursive))
        return tuple(found)

    def _cte(self, *, recursive: bool) -> ast.CTE:
        start = self.peek().start
        if (named := self._named_subquery()) is not None:
            name, columns = named
            query = self.until_bracket()
            return ast.CTE(name, query, "subquery", columns, recursive, **self.span(start))
        value = self.expr(TERNARY)
        self.expect_word("AS")
        return ast.CTE(self.alias(), value, "column", **self.span(start))

    def _named_subquery(self) -> tuple[str, tuple[str, ...] | None] | None:
        """Take `name [(a, b)] AS [MATERIALIZED] (`; None if that is not next."""
        before, columns = self._at, None
        if self.peek().kind in ("word", "name"):
            name = self.name()
            columns = self.names_in_brackets() if self.is_symbol("(") else None
            if self.takes_word("AS"):
                self.takes_word("NOT")
                self.takes_word("MATERIALIZED")
                if self.takes("("):
                    return name, columns
        self._at = before
        return None
