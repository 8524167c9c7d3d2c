from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """Collects the statements run inside, without those that only open and close transactions."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as context:
        yield found
    found.extend(
        query["sql"]
        for query in context.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT"))
    )
