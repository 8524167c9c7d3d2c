from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.pagination import BasePagination, CursorPagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from posthog_lite.api.pagination import PAGE, PageOfRows
from posthog_lite.events.selectors.person_rows import MOST_LINES

if TYPE_CHECKING:
    from rest_framework.request import Request

LARGEST_PAGE = 1000


class PageOfPersons(PageOfRows):
    """`results`, `next`, `previous`; `count` only for who asks for it with `include_total`.

    There may be very many people, and nobody wants to know each time how many. A full page has a
    next one, which may be empty.
    """

    is_counted = False

    def get_limit(self, request: Request) -> int:
        return min(super().get_limit(request), LARGEST_PAGE)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit, self.offset = self.get_limit(request), self.get_offset(request)
        page = list(queryset[self.offset : self.offset + self.limit])
        is_full = len(page) == self.limit
        self.is_counted = view.is_counted
        self.total = queryset.count() if self.is_counted else None
        self.count = self.offset + len(page) + int(is_full)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        count = {"count": self.total} if self.is_counted else {}
        return Response({**count, **links, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["required"] = [name for name in page["required"] if name != "count"]
        return page


class TableOfPersons(PageOfRows):
    """The part of a table that is asked for: all of it unless `limit` says otherwise."""

    default_limit = MOST_LINES


class PageOfGroups(CursorPagination):
    """`next`, `previous`, `results`: pages hold together whatever arrives meanwhile."""

    page_size = 100
    page_size_query_param = "limit"
    max_page_size = LARGEST_PAGE
    ordering = ("-created_at", "-id")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "description": "One page of groups.",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": PAGE["next"]},
                "previous": {**link, "description": PAGE["previous"]},
                "results": {**schema, "description": PAGE["results"]},
            },
        }


class PageOfEvents(BasePagination):
    """`next` and `results`: the next page begins where this one ended, whatever arrives meanwhile.

    The view cuts the page, as the engine does it.
    """

    next_link: str | None = None

    def set_last(self, request: Request, name: str, row: dict[str, Any]) -> None:
        """Have the next page begin after this row; `name` is the parameter for its moment."""
        url = remove_query_param(request.build_absolute_uri(), "offset")
        url = replace_query_param(url, name, row["timestamp"].isoformat())
        self.next_link = replace_query_param(url, "last_id", row["id"])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_link, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "description": PAGE["next"]}
        results = {**schema, "description": PAGE["results"]}
        return {
            "type": "object",
            "description": "One page of events.",
            "required": ["next", "results"],
            "properties": {"next": link, "results": results},
        }
