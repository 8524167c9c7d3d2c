from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.pagination import LimitOffsetPagination

from posthog_lite.database.listing import USUAL_LIMIT

if TYPE_CHECKING:
    from rest_framework.request import Request

PAGE = {
    "count": "How many rows there are on all pages.",
    "next": "The address of the next page; null on the last one.",
    "previous": "The address of the page before; null on the first one.",
    "results": "The rows of this page.",
}
LARGEST_NUMBER = 2**31 - 1


class PageOfRows(LimitOffsetPagination):
    """`count`, `next`, `previous`, `results`: 100 rows unless `limit` says otherwise, no maximum.

    A missing, zero, negative or non-numeric `limit` or `offset` counts as not given.
    """

    default_limit = USUAL_LIMIT

    def get_limit(self, request: Request) -> int:
        return min(super().get_limit(request) or self.default_limit, LARGEST_NUMBER)

    def get_offset(self, request: Request) -> int:
        return min(super().get_offset(request), LARGEST_NUMBER)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The base class's in the words of OpenAPI 3.1, which knows no `nullable`."""
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        page["description"] = "One page of rows."
        for name, text in PAGE.items():
            if isinstance(page["properties"][name], dict):  # no schema where examples are made
                page["properties"][name]["description"] = text
        for link in ("next", "previous"):
            described = page["properties"][link]
            if described.pop("nullable", False):
                described["type"] = [described["type"], "null"]
        return page
