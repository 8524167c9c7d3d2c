"""`/mcp_tools/`: what PostHog's MCP server has the server answer as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.schema.errors import TOO_COSTLY
from posthog_lite.api.throttling import QueryBurstThrottle, QuerySustainedThrottle
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.domain import DomainError
from posthog_lite.query.execution import context_of
from posthog_lite.query.results import answer
from posthog_lite.query.text.cells import table
from posthog_lite.query_api.taxonomy import tables_text, taxonomy_query
from posthog_lite.query_api.tool_serializers import (
    SQLToolSerializer,
    TablesToolSerializer,
    TaxonomyToolSerializer,
    ToolAnswerSerializer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rest_framework.request import Request

# What SQL shows with `query:read`: the values that events and people have.
TAXONOMY_SCOPES = ["query:read", "action:read", "event_definition:read", "property_definition:read"]
NO_ROWS = "(no rows)"
ANSWERS = {200: ToolAnswerSerializer, 504: TOO_COSTLY}


class ToolViewSet(ProjectViewSet):
    """The tools of agents. A question that cannot be answered gets the reason, with status 200."""

    tag_description = "Tools of PostHog's MCP server, which answer with text."
    parser_classes = [StrictJSONParser]
    throttle_classes = [QueryBurstThrottle, QuerySustainedThrottle]
    serializer_class = ToolAnswerSerializer

    @extend_schema(request=SQLToolSerializer, responses=ANSWERS)
    @action(detail=False, methods=["post"], required_scopes=["query:read"])
    def execute_sql(self, request: Request, **kwargs: str) -> Response:
        """Run SQL, and answer with its rows as text."""
        asked = self.parse(SQLToolSerializer)["args"]
        query = {"kind": "HogQLQuery", "query": asked["query"]}
        return _told(lambda: self._rows_of(query, is_cut=asked["truncate"]))

    @extend_schema(request=TaxonomyToolSerializer, responses=ANSWERS)
    @action(detail=False, methods=["post"], required_scopes=TAXONOMY_SCOPES)
    def read_taxonomy(self, request: Request, **kwargs: str) -> Response:
        """List events of the last 30 days, or properties or values of one, or of who did them."""
        asked = self.parse(TaxonomyToolSerializer)["args"]["query"]
        return _told(lambda: self._rows_of(taxonomy_query(asked, self._group_types)))

    @extend_schema(request=TablesToolSerializer, responses=ToolAnswerSerializer)
    @action(detail=False, methods=["post"], required_scopes=["query:read"])
    def read_data_warehouse_schema(self, request: Request, **kwargs: str) -> Response:
        """List the tables of SQL with their columns."""
        asked = self.parse(TablesToolSerializer)["args"]["query"]
        one = asked.get("table_name")
        return _told(lambda: tables_text([one] if one else asked["table_names"]))

    def _group_types(self) -> Mapping[int, str]:
        return context_of(self.project, timezone.now()).group_types

    def _rows_of(self, query: dict[str, Any], *, is_cut: bool = True) -> str:
        found = answer(project=self.project, query=query, now=timezone.now())
        rows = orjson.loads(found.rows or b"[]")
        heads = [str(name) for name in found.extras["columns"]]
        text = table(heads, rows, is_cut=is_cut)
        return text if rows else f"{text}\n{NO_ROWS}"


def _told(work: Callable[[], str]) -> Response:
    """Answer with the text, or with the reason where another question would help."""
    try:
        return Response({"success": True, "content": work()})
    except DomainError as error:
        if error.status_code != 400:
            raise
        return Response({"success": False, "content": error.detail})
