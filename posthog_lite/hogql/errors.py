"""The ways in which a HogQL query is refused. Each is a client's error with words of its own."""

from __future__ import annotations

from posthog_lite.domain import DomainError


class HogQLError(DomainError):
    """A query that cannot be run; `start` and `end` are offsets in its text, where known."""

    code = "hogql_error"

    def __init__(
        self,
        detail: str,
        *,
        start: int | None = None,
        end: int | None = None,
        attr: str | None = None,
    ) -> None:
        super().__init__(detail, attr=attr)
        self.start = start
        self.end = end


class HogQLSyntaxError(HogQLError):
    """The text is not HogQL."""

    code = "hogql_syntax_error"


class QueryError(HogQLError):
    """The query reads, but asks for something that cannot be done."""

    code = "hogql_query_error"


class ResolutionError(HogQLError):
    """A name that means nothing where it stands."""

    code = "invalid_input"


class QueryTooComplex(QueryError):
    """More text, depth or parts than a query may have."""
