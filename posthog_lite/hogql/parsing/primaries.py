"""Primary expressions: constants, brackets, names, words with forms of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.parsing.calls import UNITS, CallParser
from posthog_lite.hogql.parsing.lexer import RESERVED, Token
from posthog_lite.hogql.parsing.operators import ADD, BETWEEN, MINUS

_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_NUMBERS = {"INF": float("inf"), "INFINITY": float("inf"), "NAN": float("nan")}
# Reserved words that are functions too, before a bracket.
_CALLABLE = frozenset(("AND", "OR", "IN", "LIKE", "ILIKE", "NOT", "DISTINCT", "INNER", "FULL"))
# Behind a reserved word, these say that it is a name: nothing that it begins goes on like this.
_BEHIND_NAMES = frozenset(
    (
        ",", ")", "]", "}", ";", ".", "=", "==", "!=", "<>", "<", ">", "<=", ">=", "=~", "!~",
        "+", "-", "*", "/", "%", "||", "??", "::",
        "ASC", "DESC", "NULLS", "LIMIT", "OFFSET", "ORDER", "GROUP", "HAVING", "UNION", "FROM",
        "WHERE", "AND", "OR", "AS", "IS", "IN", "LIKE", "ILIKE", "BETWEEN",
    )
)  # fmt: skip

Read: TypeAlias = Callable[[], ast.Expr]


class PrimaryParser(CallParser):
    """Reads whole expressions; subqueries in them are read further down."""

    def prefix(self) -> ast.Expr:
        token = self.peek()
        start = token.start
        if token.kind == "number":
            return ast.Constant(self.advance().value, **self.span(start))
        if token.kind == "text":
            return ast.Constant(self.advance().value, **self.span(start))
        if token.kind == "template":
            return self._template(self.advance())
        if token.kind == "symbol":
            return self._after_symbol(token)
        if token.kind == "end":
            raise self.unexpected()
        return self._after_word(token)

    def _after_symbol(self, token: Token) -> ast.Expr:
        reads: dict[str, Read] = {
            "(": self._bracket,
            "[": self._array,
            "{": self._brace,
            "-": self._minus,
            "+": self._plus,
            "*": self._star,
        }
        read = reads.get(token.text)
        if read is None:
            raise self.unexpected()
        return read()

    def _minus(self) -> ast.Expr:
        start = self.advance().start
        token = self.peek()
        if token.kind == "number" or token.word in _NUMBERS:
            value = self.advance().value if token.kind == "number" else self._number_word()
            return ast.Constant(-value, **self.span(start))
        operand = self.expr(MINUS)
        return ast.ArithmeticOperation("-", ast.Constant(0), operand, **self.span(start))

    def _number_word(self) -> float:
        return _NUMBERS[self.advance().word]

    def _plus(self) -> ast.Expr:
        start = self.advance().start
        if self.peek().kind != "number":
            raise self.unexpected()
        return ast.Constant(self.advance().value, **self.span(start))

    def _star(self) -> ast.Expr:
        start = self.advance().start
        return self._excluding(start) or ast.Field(("*",), **self.span(start))

    def _excluding(self, start: int) -> ast.Expr | None:
        """Return `* EXCLUDE (a, b)` where that follows a star."""
        if not (self.is_word("EXCLUDE") and self.is_symbol("(", 1)):
            return None
        self._at += 2
        names = [self.name()]
        while self.takes(","):
            names.append(self.name())
        self.expect(")")
        return ast.ColumnsExpr(tuple(names), **self.span(start))

    def _array(self) -> ast.Expr:
        start = self.advance().start
        return ast.Array(self.exprs("]"), **self.span(start))

    def _brace(self) -> ast.Expr:
        """Return `{name}`, or a map."""
        start = self.advance().start
        items: list[tuple[ast.Expr, ast.Expr]] = []
        while not self.takes("}"):
            key = self.expr()
            if not items and self.takes("}"):
                return ast.Placeholder(key, **self.span(start))
            self.expect(":")
            items.append((key, self.expr()))
            if not self.is_symbol("}"):
                self.expect(",")
        return ast.Dict(tuple(items), **self.span(start))

    def _bracket(self) -> ast.Expr:
        """Return a subquery, a lambda, a tuple, or what stands in brackets."""
        start = self.peek().start
        if (names := self._lambda_names()) is not None:
            return ast.Lambda(names, self.expr(), **self.span(start))
        self.advance()
        if self.is_select():
            return self.bracketed_select(start)
        first = self.expr()
        if isinstance(first, ast.SelectQuery | ast.SelectSetQuery) and not self.is_symbol(","):
            return self.bracketed_select(start, first)
        if self.takes(")"):
            return first
        self.expect(",")
        return ast.Tuple((first, *self.exprs(")")), **self.span(start))

    def is_select(self) -> bool:
        """Return True where a SELECT begins; to be said by who reads it."""
        raise NotImplementedError

    def bracketed_select(self, start: int, first: ast.Select | None = None) -> ast.Expr:
        """Read a SELECT up to its closing bracket; to be done by who reads it."""
        raise NotImplementedError

    def _lambda_names(self) -> tuple[str, ...] | None:
        """Take `(a, b) ->`; None if that is not next."""
        names, at = [], 1
        while self.peek(at).kind in ("word", "name"):
            names.append(str(self.peek(at).value))
            at += 1
            if not self.is_symbol(",", at):
                break
            at += 1
        if not (self.is_symbol(")", at) and self.is_symbol("->", at + 1)):
            return None
        self._at += at + 2
        return tuple(names)

    def _template(self, token: Token) -> ast.Expr:
        parts = [
            ast.Constant(part) if isinstance(part, str) else self._part_of_template(part)
            for part in token.value
        ]
        if not parts:
            return ast.Constant("", start=token.start, end=token.end)
        if len(parts) == 1:
            return parts[0]
        return ast.Call("concat", tuple(parts), start=token.start, end=token.end)

    def _part_of_template(self, tokens: list[Token]) -> ast.Expr:
        inner = type(self)(self.text, tokens)
        inner._depth = self._depth
        found = inner.expr()
        inner.expect_end()
        return found

    def _after_word(self, token: Token) -> ast.Expr:
        word = token.word
        if self.is_symbol("(", 1):
            return self._before_bracket(word)
        if self.is_symbol("->", 1):
            self._at += 2
            return ast.Lambda((str(token.value),), self.expr(), **self.span(token.start))
        if word in _CONSTANTS:
            self.advance()
            return ast.Constant(_CONSTANTS[word], **self.span(token.start))
        if word in _NUMBERS:
            return ast.Constant(self._number_word(), **self.span(token.start))
        read = self._words().get(word)
        return self.field() if read is None else read()

    def _words(self) -> dict[str, Read]:
        reads: dict[str, Read] = {
            "NOT": self._not,
            "CASE": self._case,
            "INTERVAL": self._interval,
            "DATE": self._date,
            "TIMESTAMP": self._date,
            "LAMBDA": self._lambda,
        }
        return reads

    def _before_bracket(self, word: str) -> ast.Expr:
        """Return a call, or a form that looks like one."""
        if word == "NOT":
            return self._not()
        if word == "INTERVAL":
            return self._interval()
        if word in ("CAST", "TRY_CAST"):
            return self.cast()
        if word == "COLUMNS":
            return self.columns()
        if word in ("TRIM", "SUBSTRING", "EXTRACT"):
            return self.with_words(word)
        if word in RESERVED and word not in _CALLABLE:
            raise self.unexpected()
        return self.call()

    def field(self) -> ast.Expr:
        """Read a name with dots; from the first number or bracket on it is a path."""
        token = self.peek()
        if token.word in RESERVED and not self.is_name():
            raise self.unexpected()
        chain: list[str | int] = [self.name()]
        while self.is_symbol(".") and self.peek(1).kind in ("word", "name"):
            self.advance()
            chain.append(self.name())
        if self.is_symbol(".") and self.is_symbol("*", 1):
            self._at += 2
            if (columns := self._excluding(token.start)) is not None:
                return columns
            chain.append("*")
        return ast.Field(tuple(chain), **self.span(token.start))

    def is_name(self) -> bool:
        """Return True if the reserved word that is next can only be a name here."""
        follows = self.peek(1)
        return follows.kind == "end" or (follows.word or follows.text) in _BEHIND_NAMES

    def _not(self) -> ast.Expr:
        start = self.advance().start
        return ast.Not(self.expr(BETWEEN), **self.span(start))

    def _case(self) -> ast.Expr:
        start = self.advance().start
        if not self._is_case():
            self._at -= 1
            return ast.Field((self.name(),), **self.span(start))
        args = [] if self.is_word("WHEN") else [self.expr()]
        is_simple = bool(args)
        while self.takes_word("WHEN"):
            args.append(self.expr())
            self.expect_word("THEN")
            args.append(self.expr())
        args.append(self.expr() if self.takes_word("ELSE") else ast.Constant(None))
        self.expect_word("END")
        if is_simple and len(args) > 3:
            return ast.Call("_caseWithExpression", tuple(args), **self.span(start))
        if is_simple or len(args) < 3:
            raise self.unexpected()
        return ast.Call("if" if len(args) == 3 else "multiIf", tuple(args), **self.span(start))

    def _is_case(self) -> bool:
        token = self.peek()
        return token.kind not in ("end",) and token.text not in (",", ")", "]", ".")

    def _interval(self) -> ast.Expr:
        start = self.advance().start
        follows = self.peek()
        if follows.kind == "text":
            number, _, unit = str(self.advance().value).strip().partition(" ")
            if not number.isdecimal() or len(number) > 18:
                raise self.unsupported("an interval that is not a number and a unit", start)
            return self._interval_of(ast.Constant(int(number)), unit, start)
        if not self._begins_value(follows):
            self._at -= 1
            return self.field()
        value = self.expr(ADD)
        return self._interval_of(value, self.name(), start)

    def _begins_value(self, token: Token) -> bool:
        is_name = token.kind in ("word", "name", "number") and token.word not in RESERVED
        return is_name or token.text in ("(", "{")

    def _interval_of(self, value: ast.Expr, unit: str, start: int) -> ast.Expr:
        name = unit.strip().upper().removesuffix("S")
        if name not in UNITS:
            raise QueryError(f"Unsupported interval unit: {unit.strip()[:50]}.", start=start)
        function = f"toInterval{name.capitalize()}"
        return ast.Call(function, (value,), **self.span(start))

    def _date(self) -> ast.Expr:
        """Return `DATE '2020-01-01'` or `TIMESTAMP '…'`; else a name."""
        if self.peek(1).kind != "text":
            return self.field()
        token = self.advance()
        value = ast.Constant(self.advance().value)
        name = "toDate" if token.word == "DATE" else "toDateTime"
        return ast.Call(name, (value,), **self.span(token.start))

    def _lambda(self) -> ast.Expr:
        """Return `lambda a, b: expr`; else a name."""
        if self.peek(1).kind not in ("word", "name"):
            return self.field()
        start = self.advance().start
        names = [self.name()]
        while self.takes(","):
            names.append(self.name())
        self.expect(":")
        return ast.Lambda(tuple(names), self.expr(), **self.span(start))
