"""The reader of tokens that parsers of expressions and statements share."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql.errors import HogQLError, QueryError, QueryTooComplex
from posthog_lite.hogql.parsing.lexer import Token, syntax_error

DEEPEST_NESTING = 60
_RESERVED_ALIASES = frozenset(("team_id",))


class TokenReader:
    """Takes tokens in order, and knows how deeply it is nested."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return the token that comes next, or a later one."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token."""
        token = self.peek()
        self._at += 1
        return token

    def is_word(self, *words: str) -> bool:
        """Return True if the next tokens are these words."""
        return all(self.peek(at).word == word for at, word in enumerate(words))

    def takes_word(self, *words: str) -> bool:
        """Take these words if they are next."""
        found = self.is_word(*words)
        self._at += len(words) if found else 0
        return found

    def is_symbol(self, symbol: str, ahead: int = 0) -> bool:
        """Return True if the next token is this symbol."""
        token = self.peek(ahead)
        return token.kind == "symbol" and token.text == symbol

    def takes(self, symbol: str) -> bool:
        """Take this symbol if it is next."""
        found = self.is_symbol(symbol)
        self._at += found
        return found

    def expect(self, symbol: str) -> Token:
        """Take this symbol, which must be next."""
        if not self.is_symbol(symbol):
            raise self.unexpected()
        return self.advance()

    def expect_word(self, *words: str) -> None:
        """Take these words, which must be next."""
        if not self.takes_word(*words):
            raise self.unexpected()

    def expect_end(self) -> None:
        """Raise unless everything has been read."""
        self.takes(";")
        if self.peek().kind != "end":
            raise self.unexpected()

    def unexpected(self) -> HogQLError:
        """Return the error for the next token."""
        token = self.peek()
        return syntax_error(self.text, token.start, token.end)

    def unsupported(self, what: str, start: int) -> QueryError:
        """Return the error for what is HogQL but not read here."""
        return QueryError(f"Unsupported: {what}.", start=start, end=self.peek().start)

    def span(self, start: int) -> dict[str, Any]:
        """Return where a node stands that begins at `start` and ends here."""
        return {"start": start, "end": self._tokens[max(self._at - 1, 0)].end}

    def name(self) -> str:
        """Take a name, which may be any word."""
        token = self.peek()
        if token.kind not in ("word", "name"):
            raise self.unexpected()
        return str(self.advance().value)

    def alias(self) -> str:
        """Take the name behind AS, which may be a text too."""
        token = self.advance() if self.peek().kind == "text" else None
        name = self.name() if token is None else str(token.value)
        if name.lower() in _RESERVED_ALIASES:
            raise QueryError(
                f"`{name}` cannot be an alias: the name is reserved.",
                **self.span(self.peek().start),
            )
        return name

    def type_name(self) -> str:
        """Take the name of a type, in lower case, with what stands in its brackets."""
        name = self.name().lower()
        if not self.takes("("):
            return name
        parts = []
        while not self.takes(")"):
            token = self.peek()
            is_value = token.kind in ("number", "text")
            parts.append(self.advance().text if is_value else self.type_name())
            if not self.is_symbol(")"):
                self.expect(",")
        return f"{name}({', '.join(parts)})"

    def check_depth(self) -> None:
        """Refuse what is nested too deeply."""
        if self._depth > DEEPEST_NESTING:
            raise QueryTooComplex(
                f"A query may be nested at most {DEEPEST_NESTING} deep.", start=self.peek().start
            )

    def names_in_brackets(self) -> tuple[str, ...] | None:
        """Take the names of `(a, b)`; None if something other stands in the brackets."""
        before, names = self._at, []
        self.advance()
        while self.peek().kind in ("word", "name"):
            names.append(self.name())
            if not self.takes(","):
                break
        if names and self.takes(")"):
            return tuple(names)
        self._at = before
        return None
