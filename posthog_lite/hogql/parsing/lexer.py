"""Text to tokens, in one pass. The text of a template string is read into tokens as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from posthog_lite.hogql.errors import HogQLSyntaxError, QueryTooComplex

Kind: TypeAlias = Literal["word", "name", "number", "text", "template", "symbol", "end"]
LONGEST_TEXT = 64_000
MOST_TOKENS = 20_000
_TOKEN = re.compile(
    r"(?P<space>(?:\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)+)"
    r"|(?P<template>f')"
    r"|(?P<text>'(?:[^'\\]|\\.|'')*')"
    r'|(?P<name>"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\[^`]|``)*`)'
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"
    r"|(?P<number>0[xX][0-9A-Fa-f]+|0[bB][01]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<symbol>=~\*|!~\*|::|->|\?\?|\?\.|=~|!~|~\*|==|!=|<>|<=|>=|\|\||[-+*/%=<>~?:.,;()\[\]{}])",
    re.DOTALL,
)
_DIGITS = re.compile(r"\d+")
_ESCAPES = {quote: re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL) for quote in ("'", '"', "`")}
_ESCAPED = {"b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "v": "\v"}
_TEMPLATE_TEXT = re.compile(r"(?:[^'\\{]|\\.)*", re.DOTALL)
# Words that begin or end something wherever they stand, unless quoted or behind a dot.
RESERVED = frozenset(
    (
        "SELECT", "FROM", "WHERE", "PREWHERE", "GROUP", "HAVING", "QUALIFY", "WINDOW", "ORDER",
        "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT", "WITH", "AS", "ON", "USING", "JOIN",
        "INNER", "CROSS", "FULL", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "IS", "BETWEEN",
        "LIKE", "ILIKE", "IN", "NOT", "DISTINCT", "CASE", "SETTINGS",
    )
)  # fmt: skip
_CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, quoted name, number, text, template or symbol; `end` closes every list of them.

    `value` is the name or text without quotes, the number, or the parts of a template.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: Any = None

    @property
    def word(self) -> str:
        """The word in upper case; empty for other tokens."""
        return self.text.upper() if self.kind == "word" else ""


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, with one of kind `end` behind them."""
    if len(text) > LONGEST_TEXT:
        raise QueryTooComplex(f"A query may have at most {LONGEST_TEXT} characters.")
    if not text.strip():
        raise HogQLSyntaxError("The query is empty.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise HogQLSyntaxError("The query contains a character that no text can hold.")
    return _Lexer(text).read_all()


def syntax_error(text: str, start: int, end: int | None = None) -> HogQLSyntaxError:
    """Return the error that says where a text is not HogQL."""
    start = min(start, len(text))
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    near = text[start : start + 30].split("\n")[0].strip()
    where = f"near `{near}`" if near else "at the end of the query"
    return HogQLSyntaxError(
        f"Syntax error in line {line}, column {column}, {where}.", start=start, end=end
    )


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._left = MOST_TOKENS

    def read_all(self) -> list[Token]:
        tokens = self._read(is_within_braces=False)
        return [*tokens, Token("end", "", len(self._text), len(self._text))]

    def _read(self, *, is_within_braces: bool) -> list[Token]:
        """Return tokens up to the end of the text, or to the brace that closes a template's."""
        tokens: list[Token] = []
        open_brackets: list[str] = []
        while self._at < len(self._text):
            token = self._next(tokens[-1] if tokens else None)
            if token is None:
                continue
            if token.text in _CLOSES.values():
                open_brackets.append(token.text)
            elif token.text in _CLOSES and token.kind == "symbol":
                if is_within_braces and not open_brackets and token.text == "}":
                    return [*tokens, Token("end", "", token.start, token.start)]
                self._close(open_brackets, token)
            tokens.append(token)
            self._count()
        if is_within_braces:
            raise syntax_error(self._text, self._at)
        return tokens

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise QueryTooComplex(f"A query may have at most {MOST_TOKENS} words and signs.")

    def _close(self, open_brackets: list[str], token: Token) -> None:
        if not open_brackets or open_brackets.pop() != _CLOSES[token.text]:
            raise HogQLSyntaxError(
                f"The bracket at character {token.start + 1} closes no bracket that is open.",
                start=token.start,
            )

    def _next(self, before: Token | None) -> Token | None:
        start = self._at
        if before is not None and (self._is_dot_of_path(before) or before.text == "."):
            return self._part_of_path(start)
        found = _TOKEN.match(self._text, start)
        if found is None:
            raise self._unreadable(start)
        self._at = found.end()
        kind = found.lastgroup
        if kind == "space":
            return None
        if kind == "template":
            return self._template(start)
        text = found[0]
        return Token(cast("Kind", kind), text, start, self._at, _value(kind, text))

    def _is_dot_of_path(self, before: Token) -> bool:
        """Return True where `.` follows a value: `a.1` is not a number."""
        is_name = before.kind in ("name", "text") or (before.word and before.word not in RESERVED)
        is_value = is_name or before.text in (")", "]", "}")
        is_index = before.kind == "number" and before.text.isdigit()
        return self._text[self._at] == "." and bool(is_value or is_index)

    def _part_of_path(self, start: int) -> Token:
        if self._text[start] == ".":
            self._at += 1
            return Token("symbol", ".", start, self._at)
        digits = _DIGITS.match(self._text, start)
        if digits is None:
            return self._next(None) or self._part_of_path_behind_space()
        self._at = digits.end()
        return Token("number", digits[0], start, self._at, _integer(digits[0]))

    def _part_of_path_behind_space(self) -> Token:
        while self._at < len(self._text):
            token = self._next(None)
            if token is not None:
                return token
        return Token("end", "", self._at, self._at)

    def _template(self, start: int) -> Token:
        parts: list[str | list[Token]] = []
        while True:
            found = _TEMPLATE_TEXT.match(self._text, self._at)
            assert found is not None  # noqa: S101  # it matches nothing too
            if found[0]:
                parts.append(_unescaped(found[0], "'"))
            self._at = found.end()
            closing = self._text[self._at : self._at + 1]
            self._at += 1
            if closing == "'":
                return Token("template", self._text[start : self._at], start, self._at, parts)
            if closing != "{":
                raise self._unclosed(start)
            parts.append(self._read(is_within_braces=True))

    def _unreadable(self, start: int) -> HogQLSyntaxError:
        if self._text[start] in "'\"`" or self._text.startswith("/*", start):
            return self._unclosed(start)
        return syntax_error(self._text, start, start + 1)

    def _unclosed(self, start: int) -> HogQLSyntaxError:
        return HogQLSyntaxError(
            f"A quotation mark or comment at character {start + 1} is not closed.", start=start
        )


def _value(kind: str | None, text: str) -> Any:
    if kind in ("text", "name"):
        return _unescaped(text[1:-1], text[0])
    if kind == "number":
        return _number(text)
    return text


def _unescaped(text: str, quote: str) -> str:
    return _ESCAPES[quote].sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0][0]
    return _ESCAPED.get(found[1], found[1])


def _number(text: str) -> int | float:
    prefix = text[:2].lower()
    if prefix == "0x":
        return int(text, 16)
    if prefix == "0b":
        return int(text, 2)
    return _integer(text) if text.isdigit() else float(text)


def _integer(text: str) -> int | float:
    """Return an integer if the engine has a type for it, else the nearest float."""
    if len(text) <= 20 and int(text) < 2**64:
        return int(text)
    return float(text)
