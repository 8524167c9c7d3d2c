"""`/insights/`: saved queries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Insight
from dashboards.selectors.insight_filters import InsightFilters
from dashboards.selectors.insights import (
    check_insight,
    insights_visible_to,
    read_insights,
    read_last_viewed,
)
from dashboards.selectors.read_insight import read_insight
from dashboards.selectors.result_lines import result_lines
from dashboards.selectors.trending import read_trending
from dashboards.serializers.actions import BulkTagsSerializer
from dashboards.serializers.dashboard_write import OverridesQuerySerializer
from dashboards.serializers.insight_write import (
    AgentInsightWriteSerializer,
    BasicQuerySerializer,
    CancelSerializer,
    ContextQuerySerializer,
    InsightListQuerySerializer,
    InsightsViewedSerializer,
    InsightWriteSerializer,
    TrendingQuerySerializer,
)
from dashboards.services.bulk_tags import bulk_update_insight_tags
from dashboards.services.insights import create_insight, record_insight_views, update_insight
from dashboards.shapes.bulk_tags import BulkTagsResult
from dashboards.shapes.insight import Insight as InsightShape
from dashboards.shapes.insight import InsightBasic, NoActivity, TrendingInsights
from dashboards.views.refresh import REFRESH, kept_results, read_refresh
from posthog_lite.api.csv import CSVRenderer, csv_response
from posthog_lite.api.parsers import StrictJSONParser
from posthog_lite.api.schema.shapes import documented
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.database.transactions import one_transaction
from posthog_lite.query.freshness import Mode
from posthog_lite.query.status import end_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

    from posthog_lite.accounts.models import Project

    Renderers = list[BaseRenderer]

INSIGHT = documented(InsightShape)
NO_ACTIVITY = documented(NoActivity)
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Id, or short id.")


class InsightViewSet(ProjectViewSet):
    """Saved queries."""

    integer_ids = ("id",)
    tag_description = "Saved queries and their public links."
    scope_object = "insight"
    is_never_deleted = True
    operation_verbs = {"all_activity": "retrieve_2"}
    share_token_actions = frozenset({"list", "retrieve"})
    parser_classes = [StrictJSONParser]
    serializer_class = INSIGHT

    def scoped_queryset(self, project: Project) -> QuerySet[Insight]:
        return insights_visible_to(project=project)

    @extend_schema(parameters=[InsightListQuerySerializer, REFRESH])
    def list(self, request: Request, **kwargs: str) -> Response:
        """List insights by their `order`, unless another one is asked for."""
        query = self.parse_query(InsightListQuerySerializer)
        if self.visitor is not None:
            self.visitor.check_filters(query)
        basic = bool(query.pop("basic", None))
        listing = read_insights(
            access=self.access,
            filters=InsightFilters(**query),
            basic=basic,
            asking=read_refresh(request, is_visitor=self.visitor is not None),
            narrow=None if self.visitor is None else self.visitor.narrow,
        )
        return self.answer_listing(listing, Insight)

    @extend_schema(request=InsightWriteSerializer, responses={201: INSIGHT})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Save an insight."""
        data = self.parse(self.write_serializer)
        write = partial(create_insight, access=self.access, data=data, now=timezone.now())
        return self.answer_written(write, status=201)

    @extend_schema(
        parameters=[
            ID,
            BasicQuerySerializer,
            ContextQuerySerializer,
            OverridesQuerySerializer,
            REFRESH,
        ],
        responses={200: INSIGHT, (200, "text/csv"): OpenApiTypes.STR},
    )
    def retrieve(self, request: Request, pk: str, **kwargs: str) -> Response | HttpResponseBase:
        """Get an insight, as one dashboard shows it where `from_dashboard` names it.

        With `format=csv` its result alone, as a table; `refresh` is then `blocking` by default.
        """
        is_csv = request.accepted_renderer.format == CSVRenderer.format
        basic = self.parse_query(BasicQuerySerializer).get("basic")
        found = read_insight(
            access=self.access,
            lookup=pk,
            overrides=self.overrides(),
            basic=bool(basic) and not is_csv,
            dashboard_id=self.from_dashboard(),
            asking=read_refresh(
                request,
                is_visitor=self.visitor is not None,
                default=Mode.BLOCKING if is_csv else Mode.CACHE_ONLY,
            ),
        )
        answer = self.answer_shape(found.shape, Insight)
        if is_csv:
            name = found.shape["name"] or found.shape["derived_name"] or found.shape["short_id"]
            return csv_response(result_lines(answer.data), name=name)
        return answer

    def get_renderers(self) -> Renderers:
        own: Renderers = super().get_renderers()
        return [*own, CSVRenderer()] if self.action == "retrieve" else own

    def answer_written(self, write: Callable[[], Insight], *, status: int = 200) -> Response:
        """Write, and answer with the whole insight; what cannot be shown is not stored either."""

        @one_transaction
        def write_and_read() -> dict[str, Any]:
            found = read_insight(
                access=self.access,
                lookup=write().pk,
                overrides=Overrides(),
                include_deleted=True,
                asking=kept_results(),
            )
            return found.shape

        return Response(write_and_read(), status=status)

    def from_dashboard(self) -> int | None:
        """The dashboard to show the insight as; visitors learn nothing of other dashboards."""
        query = self.parse_query(ContextQuerySerializer)
        return query["from_dashboard"] if self.visitor is None else None

    def overrides(self) -> Overrides:
        """Return what the query string applies to the query; nothing for visitors of a share."""
        query = self.parse_query(OverridesQuerySerializer)
        return Overrides.from_query(query) if self.visitor is None else Overrides()

    @property
    def write_serializer(self) -> type[InsightWriteSerializer]:
        is_agent = self.request.headers.get("X-PostHog-Client", "").lower() == "mcp"
        return AgentInsightWriteSerializer if is_agent else InsightWriteSerializer

    @extend_schema(parameters=[ID], request=InsightWriteSerializer)
    def update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change what the body names and nothing else, as PATCH does."""
        data = self.parse(
            self.write_serializer,
            partial=True,
            unless=partial(check_insight, project=self.project, lookup=pk),
        )
        write = partial(
            update_insight, access=self.access, lookup=pk, data=data, now=timezone.now()
        )
        return self.answer_written(write)

    @extend_schema(parameters=[ID], request=InsightWriteSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change an insight; `deleted` hides it or brings it back."""
        return self.update(request, pk, **kwargs)

    @extend_schema(
        parameters=[ID],
        responses={405: OpenApiResponse(description="Never: PATCH `deleted` instead.")},
    )
    def destroy(self, request: Request, **kwargs: str) -> Response:
        """Always 405: hide an insight by PATCH with `deleted` true."""
        return Response(status=405)

    @extend_schema(responses=NO_ACTIVITY, filters=False)
    @action(
        methods=["GET"],
        detail=False,
        url_path="activity",
        required_scopes=["insight:read"],
        pagination_class=None,
    )
    def all_activity(self, request: Request, **kwargs: str) -> Response:
        """List what was done to insights: always empty, as no log of it is kept."""
        return Response(NoActivity.make(()))

    @extend_schema(parameters=[ID], responses=NO_ACTIVITY, filters=False)
    @action(methods=["GET"], detail=True, required_scopes=["insight:read"], pagination_class=None)
    def activity(self, request: Request, pk: str, **kwargs: str) -> Response:
        """List what was done to an insight: always empty, as no log of it is kept."""
        check_insight(project=self.project, lookup=pk)
        return Response(NoActivity.make(()))

    @extend_schema(request=CancelSerializer, responses={201: None})
    @action(methods=["POST"], detail=False, required_scopes=["insight:read"])
    def cancel(self, request: Request, **kwargs: str) -> Response:
        """End the work on a query whose result is not waited for any more."""
        query_id = self.parse(CancelSerializer)["client_query_id"]
        end_work(project=self.project, query_id=query_id)
        return Response(status=201)

    @extend_schema(request=BulkTagsSerializer, responses=documented(BulkTagsResult))
    @action(methods=["POST"], detail=False, required_scopes=["insight:write"])
    def bulk_update_tags(self, request: Request, **kwargs: str) -> Response:
        """Add, remove or set tags on up to 500 insights."""
        result = bulk_update_insight_tags(access=self.access, **self.parse(BulkTagsSerializer))
        return Response(BulkTagsResult.make((), updated=result.updated, skipped=result.skipped))

    @extend_schema(request=InsightsViewedSerializer, responses={201: None})
    @action(methods=["POST"], detail=False, required_scopes=["insight:read"])
    def viewed(self, request: Request, **kwargs: str) -> Response:
        """Note that you opened these insights."""
        insight_ids = self.parse(InsightsViewedSerializer)["insight_ids"]
        record_insight_views(access=self.access, insight_ids=insight_ids, now=timezone.now())
        return Response(status=201)

    @extend_schema(responses=documented(InsightBasic)(many=True), filters=False)
    @action(
        methods=["GET"],
        detail=False,
        required_scopes=["insight:read"],
        pagination_class=None,
    )
    def my_last_viewed(self, request: Request, **kwargs: str) -> Response:
        """The five insights you viewed last, newest first."""
        return Response(read_last_viewed(access=self.access))

    @extend_schema(
        parameters=[TrendingQuerySerializer], responses=documented(TrendingInsights), filters=False
    )
    @action(methods=["GET"], detail=False, required_scopes=["insight:read"], pagination_class=None)
    def trending(self, request: Request, **kwargs: str) -> Response:
        """List the insights that most members looked at in the last days."""
        wanted = self.parse_query(TrendingQuerySerializer)
        found = read_trending(access=self.access, now=timezone.now(), **wanted)
        return Response(TrendingInsights.make((), count=len(found), results=found))
