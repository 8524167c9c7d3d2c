"""Bounds on a text before it is parsed: the grammar looks ahead anew at every level.

Its time grows with the square of nesting and of chains of operators, and nothing else in the
process runs meanwhile. The estimate counts, for every token, how many calls and subqueries are
open around it, and how long the chain is in which it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from posthog_lite.hogql.errors import HogQLSyntaxError, QueryTooComplex

LONGEST_TEXT = 64_000
DEEPEST_NESTING = 40
MOST_EFFORT = 3_000_000
_DEPTH_WEIGHT = 500  # measured: a token within one more bracket costs as much as this
_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)"
    r"|(?P<text>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)"
    r"|(?P<unclosed>/\*|['\"`])|(?P<word>\w+|.)",
    re.DOTALL,
)


@dataclass
class _Estimate:
    effort: int = 0
    chains: list[int] = field(default_factory=lambda: [0])

    def take(self, kind: str, position: int) -> None:
        if kind == "open":
            self.chains.append(0)
        elif kind == "close":
            self._close(position)
        elif kind == "comma":
            self.chains[-1] = 0
        elif kind == "unclosed":
            raise HogQLSyntaxError(
                f"A quotation mark or comment at character {position + 1} is not closed.",
                start=position,
            )
        self.chains[-1] += 1
        self.effort += (len(self.chains) - 1) * _DEPTH_WEIGHT + self.chains[-1]

    def _close(self, position: int) -> None:
        if len(self.chains) == 1:
            raise HogQLSyntaxError(
                f"The bracket at character {position + 1} closes none that is open.",
                start=position,
            )
        self.chains.pop()


def check_effort(text: str) -> None:
    """Refuse a text that would take the grammar too long or too deep."""
    if len(text) > LONGEST_TEXT:
        raise QueryTooComplex(f"A query may have at most {LONGEST_TEXT} characters.")
    estimate = _Estimate()
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or "word"
        if kind == "space":
            continue
        estimate.take(kind, token.start())
        if len(estimate.chains) > DEEPEST_NESTING or estimate.effort > MOST_EFFORT:
            raise QueryTooComplex(
                "The query is too long or too deeply nested to be read. Split it up, or move "
                "repeated expressions into WITH.",
                start=token.start(),
            )
