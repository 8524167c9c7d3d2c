"""Operators: what stands between and behind expressions, by how tightly it binds."""

from __future__ import annotations

from typing import cast

from posthog_lite.hogql import ast
from posthog_lite.hogql.parsing.lexer import Token
from posthog_lite.hogql.parsing.reader import TokenReader

# From loose to tight.
ALIAS, TERNARY, OR, AND, NOT, BETWEEN, NULLISH, COMPARE, ADD, MULTIPLY, MINUS, POSTFIX = range(12)
_COMPARISONS: dict[str, ast.CompareOperator] = {
    "=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
    "=~": "=~", "~": "=~", "!~": "!~", "=~*": "=~*", "~*": "=~*", "!~*": "!~*",
}  # fmt: skip
_SYMBOLS = {
    "?": TERNARY, "??": NULLISH, "+": ADD, "-": ADD, "||": ADD, "*": MULTIPLY, "/": MULTIPLY,
    "%": MULTIPLY, "::": POSTFIX, ".": POSTFIX, "?.": POSTFIX, "[": POSTFIX,
    **dict.fromkeys(_COMPARISONS, COMPARE),
}  # fmt: skip
_WORDS = {
    "AS": ALIAS, "OR": OR, "AND": AND, "BETWEEN": BETWEEN, "IS": COMPARE, "LIKE": COMPARE,
    "ILIKE": COMPARE, "IN": COMPARE,
}  # fmt: skip


class OperatorParser(TokenReader):
    """Reads expressions; what they begin with is read by `prefix`."""

    def expr(self, loosest: int = ALIAS) -> ast.Expr:
        """Read an expression whose operators bind at least as tightly as `loosest`."""
        self._depth += 1
        self.check_depth()
        start = self.peek().start
        left, is_named = self.prefix(), False
        while (binding := self._binding()) is not None and binding >= loosest:
            if is_named and binding != ALIAS:
                break
            left = self._infix(left, binding, start)
            is_named = binding == ALIAS
        self._depth -= 1
        return left

    def prefix(self) -> ast.Expr:
        """Read what an expression begins with. To be done by who knows the words."""
        raise NotImplementedError

    def exprs(self, closing: str) -> tuple[ast.Expr, ...]:
        """Read expressions up to a bracket, which is taken; a last comma may be superfluous."""
        found: list[ast.Expr] = []
        while not self.takes(closing):
            found.append(self.expr())
            if not self.is_symbol(closing):
                self.expect(",")
        return tuple(found)

    def many(self) -> tuple[ast.Expr, ...]:
        """Read one or more expressions between commas."""
        found = [self.expr()]
        while self.takes(","):
            found.append(self.expr())
        return tuple(found)

    def _binding(self) -> int | None:
        """Return how tightly the next operator binds; None if there is none."""
        token = self.peek()
        if token.kind == "symbol":
            return _SYMBOLS.get(token.text)
        if token.word == "NOT":
            word = self.peek(1).word
            return _WORDS[word] if word in ("BETWEEN", "LIKE", "ILIKE", "IN") else None
        return _WORDS.get(token.word)

    def _infix(self, left: ast.Expr, binding: int, start: int) -> ast.Expr:
        """Return the node of the next operator, of which `left` is the left side."""
        if binding == POSTFIX:
            return self._postfix(left, start)
        if binding == COMPARE:
            return self._comparison(left, start)
        if binding == BETWEEN:
            return self._between(left, start)
        if binding in (ALIAS, TERNARY):
            return self._aliased(left, start) if binding == ALIAS else self._ternary(left, start)
        operator = self.advance()
        right = self.expr(binding + 1)
        return self._joined(operator, left, right, start)

    def _joined(self, operator: Token, left: ast.Expr, right: ast.Expr, start: int) -> ast.Expr:
        span = self.span(start)
        if operator.word == "AND":
            return ast.And((*_members(left, ast.And), *_members(right, ast.And)), **span)
        if operator.word == "OR":
            return ast.Or((*_members(left, ast.Or), *_members(right, ast.Or)), **span)
        if operator.text == "??":
            return ast.Call("ifNull", (left, right), **span)
        if operator.text == "||":
            return ast.Call("concat", (*_concatenated(left), *_concatenated(right)), **span)
        arithmetic = cast("ast.ArithmeticOperator", operator.text)
        return ast.ArithmeticOperation(arithmetic, left, right, **span)

    def _aliased(self, left: ast.Expr, start: int) -> ast.Expr:
        self.advance()
        return ast.Alias(self.alias(), left, **self.span(start))

    def _ternary(self, left: ast.Expr, start: int) -> ast.Expr:
        self.advance()
        then = self.expr(TERNARY)
        self.expect(":")
        return ast.Call("if", (left, then, self.expr(TERNARY)), **self.span(start))

    def _between(self, left: ast.Expr, start: int) -> ast.Expr:
        negated = self.takes_word("NOT")
        self.expect_word("BETWEEN")
        low = self.expr(NULLISH)
        self.expect_word("AND")
        return ast.BetweenExpr(left, low, self.expr(NULLISH), negated, **self.span(start))

    def _comparison(self, left: ast.Expr, start: int) -> ast.Expr:
        if self.takes_word("IS"):
            op: ast.CompareOperator = "!=" if self.takes_word("NOT") else "=="
            self.expect_word("NULL")
            return ast.CompareOperation(op, left, ast.Constant(None), **self.span(start))
        op = self._comparison_operator()
        return ast.CompareOperation(op, left, self.expr(ADD), **self.span(start))

    def _comparison_operator(self) -> ast.CompareOperator:
        token = self.advance()
        if token.kind == "symbol":
            return _COMPARISONS[token.text]
        prefix = "not " if token.word == "NOT" else ""
        word = self.advance().word if prefix else token.word
        cohort = " cohort" if word == "IN" and self._takes_cohort() else ""
        return cast("ast.CompareOperator", f"{prefix}{word.lower()}{cohort}")

    def _takes_cohort(self) -> bool:
        follows = self.peek(1)
        is_cohort = self.is_word("COHORT") and (
            follows.kind in ("number", "text", "word", "name") or follows.text in ("{", "(")
        )
        return is_cohort and self.takes_word("COHORT")

    def _postfix(self, left: ast.Expr, start: int) -> ast.Expr:
        symbol = self.advance().text
        if symbol == "::":
            return ast.TypeCast(left, self.type_name(), **self.span(start))
        if symbol == "[" or (symbol == "?." and self.takes("[")):
            key = self.expr()
            self.expect("]")
            return ast.ArrayAccess(left, key, **self.span(start))
        token = self.peek()
        if token.kind == "number" and isinstance(token.value, int):
            return ast.TupleAccess(left, self.advance().value, **self.span(start))
        key = ast.Constant(self.name())
        return ast.ArrayAccess(left, key, **self.span(start))


def _members(node: ast.Expr, kind: type[ast.And | ast.Or]) -> tuple[ast.Expr, ...]:
    if isinstance(node, ast.And | ast.Or) and isinstance(node, kind):
        return node.exprs
    return (node,)


def _concatenated(node: ast.Expr) -> tuple[ast.Expr, ...]:
    is_plain = isinstance(node, ast.Call) and node.name == "concat" and node.params is None
    return node.args if is_plain and isinstance(node, ast.Call) else (node,)
