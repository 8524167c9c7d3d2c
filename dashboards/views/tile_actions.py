"""Actions on the tiles of a dashboard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.filters.dashboard_layers import Overrides
from dashboards.selectors.read_dashboard import read_dashboard
from dashboards.selectors.run_insights import RunOptions, run_insights
from dashboards.serializers.actions import (
    CopyTileSerializer,
    CreateTextTileSerializer,
    DeleteTileSerializer,
    MoveTileSerializer,
    ReorderTilesSerializer,
    RunQuerySerializer,
    StreamQuerySerializer,
    UpdateTextTileSerializer,
)
from dashboards.serializers.dashboard_write import OverridesQuerySerializer
from dashboards.services.dashboards import check_editable
from dashboards.services.reorder import reorder_tiles
from dashboards.services.tile_actions import (
    copy_tile,
    create_text_tile,
    delete_tile,
    move_tile,
    update_text_tile,
)
from dashboards.shapes.tile import RunInsights, Tile
from dashboards.streaming import (
    OpenStream,
    check_free_place,
    stream_events,
)
from dashboards.views.dashboard_answers import DASHBOARD, DashboardAnswers
from dashboards.views.refresh import REFRESH, kept_results, read_refresh
from posthog_lite.api.schema.shapes import documented
from posthog_lite.database.transactions import one_transaction, release_connection
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request

    from dashboards.models import Tile as TileModel

WRITE = ["dashboard:write"]
TILE = documented(Tile)


class TileActions(DashboardAnswers):
    @extend_schema(request=MoveTileSerializer, responses=DASHBOARD)
    @action(detail=True, methods=["patch", "post"], required_scopes=WRITE)
    def move_tile(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Move a tile to another dashboard; answers with the dashboard it left."""
        data = self.parse(MoveTileSerializer, unless=self.editable(pk))
        write = partial(
            move_tile,
            access=self.access,
            dashboard_id=row_id(pk),
            tile_id=data["tile"]["id"],
            destination_id=data["toDashboard"],
        )
        return self.answer_written(write, pk=pk)

    @extend_schema(request=CopyTileSerializer, responses=DASHBOARD)
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def copy_tile(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Show a tile of another dashboard here too; answers with this dashboard."""
        data = self.parse(CopyTileSerializer, unless=self.editable(pk))
        write = partial(
            copy_tile,
            access=self.access,
            dashboard_id=row_id(pk),
            source_id=data["fromDashboardId"],
            tile_id=data["tileId"],
        )
        return self.answer_written(write, pk=pk)

    @extend_schema(request=ReorderTilesSerializer, responses=DASHBOARD)
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def reorder_tiles(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Lay tiles out in the order given."""
        data = self.parse(ReorderTilesSerializer, unless=self.editable(pk))
        write = partial(
            reorder_tiles,
            access=self.access,
            dashboard_id=row_id(pk),
            tile_order=data["tile_order"],
            keep_sizes=data["layout"] == "preserve",
        )
        return self.answer_written(write, pk=pk)

    @extend_schema(request=CreateTextTileSerializer, responses={201: TILE})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def create_text_tile(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Put a text on the dashboard; answers with its tile."""
        data = self.parse(CreateTextTileSerializer, unless=self.editable(pk))
        write = partial(
            create_text_tile,
            access=self.access,
            dashboard_id=row_id(pk),
            data=data,
            now=timezone.now(),
        )
        return self.answer_tile(write, status=201)

    @extend_schema(request=UpdateTextTileSerializer, responses=TILE)
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def update_text_tile(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Change a text tile; answers with it."""
        data = self.parse(UpdateTextTileSerializer, unless=self.editable(pk))
        write = partial(
            update_text_tile,
            access=self.access,
            dashboard_id=row_id(pk),
            data=data,
            now=timezone.now(),
        )
        return self.answer_tile(write)

    @extend_schema(request=DeleteTileSerializer, responses={204: None})
    @action(detail=True, methods=["post"], required_scopes=WRITE)
    def delete_tile(self, request: Request, pk: str, **kwargs: str) -> Response:
        """Remove a tile and close the gap; its insight or text stays."""
        data = self.parse(DeleteTileSerializer, unless=self.editable(pk))
        delete_tile(access=self.access, dashboard_id=row_id(pk), tile_id=data["tile_id"])
        return Response(status=204)

    @extend_schema(
        parameters=[RunQuerySerializer, OverridesQuerySerializer, REFRESH],
        responses=documented(RunInsights),
    )
    @action(detail=True, methods=["get"], required_scopes=["query:read"])
    def run_insights(self, request: Request, pk: str, **kwargs: str) -> Response:
        """The results of the dashboard's insights, as text for agents or as rows."""
        wanted = RunOptions(**self.parse_query(RunQuerySerializer))
        whole = read_dashboard(
            access=self.access,
            dashboard_id=row_id(pk),
            overrides=self.overrides(),
            asking=read_refresh(request),
        )
        return Response(
            RunInsights.make((), results=run_insights(tiles=whole.tiles, options=wanted))
        )

    @extend_schema(
        parameters=[StreamQuerySerializer, OverridesQuerySerializer, REFRESH],
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
    )
    @action(detail=True, methods=["get"], required_scopes=["dashboard:read"])
    def stream_tiles(self, request: Request, pk: str, **kwargs: str) -> StreamingHttpResponse:
        """Stream the dashboard and its tiles as server-sent events."""
        size = self.parse_query(StreamQuerySerializer)["layout_size"]
        check_free_place()
        whole = self.open_dashboard(pk, layout_size=size, only_two_tiles=True)
        events = stream_events(dashboard=whole.head, tiles=whole.tiles)
        release_connection()
        response = StreamingHttpResponse(OpenStream(events), content_type="text/event-stream")
        response["Cache-Control"] = "no-cache"
        response["X-Accel-Buffering"] = "no"
        return response

    def editable(self, pk: str) -> partial[None]:
        """Return a check that raises where the caller could not change the dashboard anyway."""
        return partial(check_editable, access=self.access, dashboard_id=row_id(pk))

    def answer_tile(self, write: Callable[[], TileModel], *, status: int = 200) -> Response:
        """Write, and answer with the tile; what cannot be shown is not stored either."""

        @one_transaction
        def write_and_read() -> dict[str, Any]:
            tile = write()
            whole = read_dashboard(
                access=self.access,
                dashboard_id=tile.dashboard_id,
                overrides=Overrides(),
                asking=kept_results(),
            )
            return whole.tiles.shape_by_id(tile.pk)

        return Response(write_and_read(), status=status)
