"""Calls, and forms that look like calls but have words between their arguments."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.parsing.operators import TERNARY, OperatorParser

UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
# Comparisons may be written as functions: they are as little NULL then.
_COMPARISONS: dict[str, ast.CompareOperator] = {
    "equals": "==", "notEquals": "!=", "less": "<", "lessOrEquals": "<=", "greater": ">",
    "greaterOrEquals": ">=", "like": "like", "notLike": "not like", "ilike": "ilike",
    "notILike": "not ilike", "notIn": "not in",
}  # fmt: skip


class CallParser(OperatorParser):
    """Reads calls; SELECT, ORDER BY and windows in them are read further down."""

    def call(self) -> ast.Expr:
        """Read a call, with parameters, FILTER and OVER."""
        start = self.peek().start
        name = self.name()
        self.expect("(")
        words = ("FROM", "FOR") if name.lower() == "substring" else ()
        params, (distinct, args, order) = None, self._arguments(words)
        if self.is_symbol("(") and not (distinct or order):
            self.advance()
            params, (distinct, args, order) = args, self._arguments()
        condition = self._filter()
        if self.is_word("OVER"):
            return self._over(name, args, params, start)
        if (op := _COMPARISONS.get(name)) and len(args) == 2:
            return ast.CompareOperation(op, *args, **self.span(start))
        return ast.Call(name, args, params, distinct, order, condition, **self.span(start))

    def _arguments(
        self, words: tuple[str, ...] = ()
    ) -> tuple[bool, tuple[ast.Expr, ...], tuple[ast.OrderExpr, ...]]:
        """Read what stands in the brackets of a call: DISTINCT, values, ORDER BY.

        `words` may stand in place of the commas.
        """
        distinct = (
            self.is_word("DISTINCT") and not self.is_symbol("(", 1) and self.takes_word("DISTINCT")
        )
        args: list[ast.Expr] = []
        order: tuple[ast.OrderExpr, ...] = ()
        while not self.takes(")"):
            if args and self.takes_word("ORDER", "BY"):
                order = self.orders()
                continue
            args.append(self.argument())
            if any(self.takes_word(word) for word in words[len(args) - 1 : len(args)]):
                continue
            if not (self.is_symbol(")") or self.is_word("ORDER")):
                self.expect(",")
        return distinct, tuple(args), order

    def argument(self) -> ast.Expr:
        """Read an argument; a SELECT needs no brackets of its own. To be widened."""
        return self.expr()

    def orders(self) -> tuple[ast.OrderExpr, ...]:
        """Read keys of ORDER BY; to be done by who reads SELECT."""
        raise NotImplementedError

    def _filter(self) -> ast.Expr | None:
        if not (self.is_word("FILTER") and self.is_symbol("(", 1)):
            return None
        self._at += 2
        self.expect_word("WHERE")
        condition = self.expr()
        self.expect(")")
        return condition

    def _over(self, name: str, args: tuple[ast.Expr, ...], params: Any, start: int) -> ast.Expr:
        self.advance()
        window, identifier = None, None
        if self.takes("("):
            window = self.window()
            self.expect(")")
        else:
            identifier = self.name()
        return ast.WindowFunction(name, args, params, window, identifier, **self.span(start))

    def window(self) -> ast.WindowExpr:
        """Read what stands behind OVER; to be done by who reads SELECT."""
        raise NotImplementedError

    def cast(self) -> ast.Expr:
        start = self.advance().start
        self.expect("(")
        value = self.expr(TERNARY)
        self.expect_word("AS")
        name = self.type_name()
        self.expect(")")
        return ast.TypeCast(value, name, **self.span(start))

    def columns(self) -> ast.Expr:
        start = self.advance().start
        self.expect("(")
        if self.peek().kind != "text":
            raise self.unsupported("a list of columns in COLUMNS", start)
        regex = str(self.advance().value)
        self.expect(")")
        return ast.ColumnsExpr(regex=regex, **self.span(start))

    def with_words(self, word: str) -> ast.Expr:
        """Return TRIM, SUBSTRING or EXTRACT with words between their arguments, or a plain call."""
        start = self.peek().start
        if word == "TRIM" and self.peek(2).word in ("BOTH", "LEADING", "TRAILING"):
            return self._trim(start)
        if word == "EXTRACT" and self.peek(2).word in UNITS and self.peek(3).word == "FROM":
            self._at += 2
            unit = ast.Constant(self.name().lower())
            self.expect_word("FROM")
            value = self.expr()
            self.expect(")")
            return ast.Call("date_part", (unit, value), **self.span(start))
        return self.call()

    def _trim(self, start: int) -> ast.Expr:
        self._at += 2
        names = {"BOTH": "trim", "LEADING": "trimLeft", "TRAILING": "trimRight"}
        name = names[self.advance().word]
        characters = ast.Constant(self.advance().value)
        self.expect_word("FROM")
        value = self.expr()
        self.expect(")")
        return ast.Call(name, (value, characters), **self.span(start))
