"""`/query/`: queries that are asked directly, and the state of those that take their time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.response import Response

from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.schema.errors import TOO_COSTLY
from posthog_lite.api.throttling import QueryBurstThrottle, QuerySustainedThrottle
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.query.errors import ParseError
from posthog_lite.query.freshness import Freshness, Mode, read_freshness
from posthog_lite.query.models import QueryStatus
from posthog_lite.query.nodes.upgrade import upgrade_query
from posthog_lite.query.results import answer, answer_in_background, envelope
from posthog_lite.query.status import as_wire, cancel_query
from posthog_lite.query.text.answers import answer_text
from posthog_lite.query_api.overrides import overrides
from posthog_lite.query_api.serializers import (
    AsyncAuthSerializer,
    MessageSerializer,
    QueryAnswerSerializer,
    QueryRequestSerializer,
    QueryStatusSerializer,
    UpgradedQuerySerializer,
    UpgradeRequestSerializer,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.throttling import BaseThrottle

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.results import Answer

AGENT = "mcp"
KIND = OpenApiParameter(
    "query_kind", str, OpenApiParameter.PATH, description="The kind of the query in the body."
)
ID = OpenApiParameter(
    "id", str, OpenApiParameter.PATH, description="The name of a query in the background."
)
ANSWERS = {
    200: QueryAnswerSerializer,
    202: OpenApiTypes.OBJECT,
    504: TOO_COSTLY,
}
REQUEST = QueryRequestSerializer()  # made once: its fields take as long as what they read
NO_KIND = OpenApiResponse({"$ref": "#/components/schemas/ErrorResponse"}, "The path names no kind.")


class QueryViewSet(ProjectViewSet):
    """Queries. Asking is reading: a key needs `query:read` for all of it."""

    tag_description = "Queries asked directly, and the state of those in the background."
    scope_object = "query"
    required_scopes = ["query:read"]
    parser_classes = [StrictJSONParser]
    operation_verbs: ClassVar[dict[str, str]] = {"create_kind": "create_with_kind"}

    def get_throttles(self) -> list[BaseThrottle]:
        """Count questions apart from all other calls, and allow fewer of them."""
        if self.action in ("create", "create_kind"):
            return [QueryBurstThrottle(), QuerySustainedThrottle()]
        return super().get_throttles()

    def scoped_queryset(self, project: Project) -> QuerySet[QueryStatus]:
        return QueryStatus.objects.for_project(project)

    @extend_schema(
        request=QueryRequestSerializer,
        responses=ANSWERS,
    )
    def create(self, request: Request, **kwargs: str) -> HttpResponse:
        """Answer a query; with an asynchronous `refresh` say how far its answer has come."""
        return self._answer(None)

    @extend_schema(
        parameters=[KIND],
        request=QueryRequestSerializer,
        responses=ANSWERS | {405: NO_KIND},
    )
    def create_kind(self, request: Request, query_kind: str, **kwargs: str) -> HttpResponse:
        """Answer a query of the kind that the path names."""
        return self._answer(query_kind)

    @extend_schema(
        parameters=[ID], responses={200: QueryStatusSerializer, 202: QueryStatusSerializer}
    )
    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Say how far a query in the background has come, with its answer once it is there.

        One that failed is 400, with its state beside the error.
        """
        status, found = answer_in_background(project=self.project, query_id=pk)
        wire = as_wire(status)
        if found is not None:
            wire["results"] = orjson.Fragment(envelope(found))
        if wire["error"]:
            return Response(_failure(wire), status=400)
        state = 200 if wire["complete"] else 202
        return self.answer({"query_status": wire}, QueryStatusSerializer, status=state)

    @extend_schema(parameters=[ID], responses={200: MessageSerializer})
    def destroy(self, request: Request, pk: str, **kwargs: str) -> Response:
        """End a query in the background, and forget it."""
        cancel_query(project=self.project, query_id=pk)
        return self.answer({"message": "Query cancelled."}, MessageSerializer)

    @extend_schema(request=UpgradeRequestSerializer, responses={200: UpgradedQuerySerializer})
    def upgrade(self, request: Request, **kwargs: str) -> Response:
        """Return a query in the form of today."""
        query = upgrade_query(_query_of(self.parse(UpgradeRequestSerializer)))
        return self.answer({"query": query}, UpgradedQuerySerializer)

    @extend_schema(request=None, responses={200: AsyncAuthSerializer})
    def check_auth_for_async(self, request: Request, **kwargs: str) -> Response:
        """Say that the caller may ask for queries in the background."""
        return self.answer({"user": "ok"}, AsyncAuthSerializer)

    def _answer(self, kind: str | None) -> HttpResponse:
        if not isinstance(self.request.data, dict):
            raise ParseError("Query body must be a JSON object.")
        data = REQUEST.run_validation(self.request.data)
        query = _query_of(data)
        _check_kind(query, kind)
        query = overrides.over(
            query,
            filters=data.get("filters_override") or {},
            variables=data.get("variables_override") or {},
        )
        freshness = _freshness(data)
        found = answer(
            project=self.project,
            query=query,
            now=timezone.now(),
            freshness=freshness,
            query_id=data.get("client_query_id"),
        )
        return self._respond(query, found, freshness)

    def _respond(self, query: dict[str, Any], found: Answer, freshness: Freshness) -> HttpResponse:
        is_running = found.status is not None and not found.status.get("complete")
        if freshness.mode is Mode.FORCE_ASYNC and found.status is not None:
            body = orjson.dumps({"query_status": found.status}, default=str)
        else:
            body = envelope(found)
        if self.request.headers.get("X-PostHog-Client", "").lower() == AGENT:
            text = answer_text(query, found)
            if text is not None:
                body = body[:-1] + b',"formatted_results":' + orjson.dumps(text) + b"}"
        return HttpResponse(
            body, content_type="application/json", status=202 if is_running else 200
        )


def _failure(wire: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "validation_error",
        "code": wire["error_code"] or "error",
        "detail": wire["error_message"],
        "attr": None,
        "query_status": wire,
    }


def _query_of(data: dict[str, Any]) -> dict[str, Any]:
    query = data["query"]
    if not isinstance(query, dict):
        raise ParseError("Query must be a JSON object.", attr="query")
    if not isinstance(query.get("kind"), str):
        raise ParseError('The query needs a "kind", such as "HogQLQuery".', attr="query")
    return query


def _check_kind(query: dict[str, Any], kind: str | None) -> None:
    if kind is not None and query.get("kind") != kind:
        raise ParseError(
            f'Query kind mismatch: path kind "{kind}" does not match body kind '
            f'"{query.get("kind")}".'
        )


def _freshness(data: dict[str, Any]) -> Freshness:
    """Return the freshness a body asks for: this endpoint never answers that nothing is kept."""
    if data.get("async") and not data.get("refresh"):
        return Freshness(Mode.ASYNC)
    freshness = read_freshness(data.get("refresh"), default=Mode.BLOCKING)
    return Freshness(Mode.BLOCKING) if freshness.mode is Mode.CACHE_ONLY else freshness
