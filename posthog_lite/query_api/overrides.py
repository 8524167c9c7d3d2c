"""The hook by which dashboards apply a request's filters and variables to a query.

`dashboards` stands above this room and registers its function at start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]
# The query, then `filters_override` and `variables_override` of the request.
Lay = Callable[[JSON, JSON, JSON], JSON]


class Overrides:
    """Lays a request's overrides over a query, by the function that was registered."""

    def __init__(self) -> None:
        self._lay: Lay | None = None

    def register(self, lay: Lay) -> None:
        """Set the function that applies overrides. Called once, when the applications are ready."""
        self._lay = lay

    def over(self, query: JSON, *, filters: JSON, variables: JSON) -> JSON:
        """Return the query under the overrides; the query itself where there are none."""
        if self._lay is None or not (filters or variables):
            return query
        return self._lay(query, filters, variables)


overrides = Overrides()
