"""Refusals of a query that its author can correct."""

from __future__ import annotations

from posthog_lite.domain import DomainError


class ParseError(DomainError):
    """The query JSON does not follow the schema, or names a kind nobody knows."""

    code = "parse_error"


class UnsupportedQuery(DomainError):
    """The query is well formed but is not computed here."""

    code = "unsupported_query"


class InvalidQuery(DomainError):
    """The query is well formed and contradicts itself."""


class NoSeries(InvalidQuery):
    """The insight has nothing to count."""

    code = "insight_requires_at_least_one_series"

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} insights require at least one series.")


class TooManyIntervals(InvalidQuery):
    """The range holds more intervals than one answer may have."""

    code = "too_many_intervals"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The date range holds more than {limit} intervals. Choose a longer interval.",
            attr="query.interval",
        )


class UnknownAction(InvalidQuery):
    """The action named by a series is gone."""

    def __init__(self, action_id: int) -> None:
        super().__init__(f"Action ID {action_id} does not exist!")


class StillComputed(DomainError):
    """Somebody else computes the same query and takes long."""

    status_code = 503
    code = "still_computed"
    type = "server_error"


class TooManyInBackground(DomainError):
    """The queue of queries nobody waits for is full."""

    status_code = 503
    code = "too_many_queries"
    type = "server_error"


class QueryFailed(DomainError):
    """Something unforeseen happened while a query was computed."""

    status_code = 500
    code = "error"
    type = "server_error"
