"""The tiles of a dashboard on its page: adding, ordering, removing, as over the API."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.urls import reverse
from django.utils import timezone

from dashboards.admin.inlines import content_of, state_of
from dashboards.layouts import Box as Place
from dashboards.layouts import position
from dashboards.models import Insight, Tile
from dashboards.models.text import LONGEST_TEXT
from dashboards.selectors.tiles import tiles_of
from dashboards.services.dashboards import update_dashboard
from dashboards.services.reorder import reorder_tiles
from dashboards.services.tile_actions import delete_tile
from dashboards.tile_entry import TextEntry, TileEntry
from posthog_lite.admin_site.boxes import Box
from posthog_lite.domain import DomainError, Missing
from posthog_lite.ids import row_id
from posthog_lite.project_admin.rights import may_see_results
from posthog_lite.project_admin.selects import SelectManyInProject
from posthog_lite.project_admin.writing import operator_access

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.safestring import SafeString

    from dashboards.models import Dashboard
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import User

MOST_AT_ONCE = 50
ADD_TILE, CHANGE_TILE = "dashboards.add_tile", "dashboards.change_tile"


@dataclass(frozen=True, slots=True)
class Line:
    """A tile as the box tells of it."""

    tile: Tile

    @property
    def name(self) -> str:
        """The content in words."""
        insight = self.tile.insight
        return f"Text: {self.tile.text}" if insight is None else str(insight)

    @property
    def content(self) -> SafeString | str:
        return content_of(self.tile)

    @property
    def state(self) -> str:
        return state_of(self.tile)

    @property
    def is_shown(self) -> bool:
        """Return whether visitors of the dashboard see the tile."""
        insight = self.tile.insight
        return not self.tile.deleted and not (insight and insight.deleted)

    @property
    def place(self) -> str:
        """Say where the tile lies and how large it is, in columns and rows."""
        box = Place.read(self.tile.layouts)
        if box is None:
            return "below the others"
        return f"column {box.x + 1}, row {box.y + 1}, {box.w} by {box.h}"


class AddInsightsForm(forms.Form):
    """Looks insights of the dashboard's project up."""

    def __init__(self, data: Any = None, *, dashboard: Dashboard) -> None:
        super().__init__(data, auto_id="add-%s")
        self.dashboard = dashboard
        offered = Insight.objects.for_project(dashboard.project).filter(deleted=False)
        relation = Tile._meta.get_field("insight")
        select = SelectManyInProject(
            relation, admin.site, project=dashboard.project, label="Insights to add"
        )
        self.fields["insights"] = forms.ModelMultipleChoiceField(offered, widget=select)

    def clean_insights(self) -> Any:
        """Name those that are there already, which adding would not change."""
        chosen = self.cleaned_data["insights"]
        if len(chosen) > MOST_AT_ONCE:
            raise forms.ValidationError(f"Add at most {MOST_AT_ONCE} at once.")
        shown = tiles_of(dashboard=self.dashboard).live().filter(insight__in=chosen)
        there = [str(tile.insight) for tile in shown.select_related("insight")]
        if there:
            raise forms.ValidationError(f"Already on this dashboard: {', '.join(there)}.")
        return chosen


class AddTextForm(forms.Form):
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="Markdown.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="add-%s")


class TilesBox(Box):
    name = "tiles"
    title = "On this dashboard"
    template = "dashboards/admin/tiles_box.html"
    row: Dashboard

    def take(self, does: str) -> str | None:
        known: dict[str, Callable[[], str | None]] = {
            "add_insights": self._add_insights,
            "add_text": self._add_text,
            "change": self._change,
        }
        self.demand(self.may_change and does in known)
        return known[does]()

    @property
    def may_change(self) -> bool:
        """Return whether the user may change the tiles."""
        return self.page.has_change_permission(self.request, self.row) and self.may(CHANGE_TILE)

    @property
    def may_add_text(self) -> bool:
        return self.may_change and self.may(ADD_TILE)

    @cached_property
    def may_add_insights(self) -> bool:
        """Return whether insights may be put there: an open link would show their results."""
        user = cast("User", self.request.user)
        return (
            self.may_add_text
            and self.may("dashboards.view_insight")
            and may_see_results(user, self.row.project)
        )

    def demand_insights(self) -> None:
        """Raise PermissionDenied unless insights may be put there."""
        self.demand(self.may_add_insights)

    @property
    def new_insight_address(self) -> str:
        """Return where an insight for this dashboard is made; nothing for who may not."""
        if not (self.may_add_insights and self.may("dashboards.add_insight")):
            return ""
        names = urlencode({"project": self.row.project_id, "dashboard": self.row.pk})
        return f"{reverse('admin:dashboards_insight_add')}?{names}"

    @property
    def add_insights(self) -> Any:
        return self.refused.get("insights") or AddInsightsForm(dashboard=self.row)

    @property
    def add_text(self) -> Any:
        return self.refused.get("text") or AddTextForm()

    @property
    def media(self) -> forms.Media:
        return self.add_insights.media if self.may_add_insights else super().media

    def tiles(self) -> dict[str, list[Line]]:
        """Return the tiles that are shown, in the order of the page, and those that are not."""
        rows = list(tiles_of(dashboard=self.row).select_related("insight", "text").order_by("id"))
        rows.sort(key=lambda tile: position(tile.layouts, "sm"))
        lines = [Line(tile) for tile in rows]
        return {
            "shown": [line for line in lines if line.is_shown],
            "hidden": [line for line in lines if not line.is_shown],
        }

    def _add_insights(self) -> str | None:
        self.demand(self.may_add_insights)
        form = AddInsightsForm(self.request.POST, dashboard=self.row)
        self.refused["insights"] = form
        if not form.is_valid():
            return None
        chosen = {insight.pk for insight in form.cleaned_data["insights"]}
        in_order = [int(pk) for pk in self.request.POST.getlist("insights") if int(pk) in chosen]
        entries = [TileEntry(None, pk, None) for pk in in_order]
        return self._store(form, "insights", entries, f"Added insights: {len(entries)}.")

    def _add_text(self) -> str | None:
        self.demand(self.may_add_text)
        form = self.refused["text"] = AddTextForm(self.request.POST)
        if not form.is_valid():
            return None
        text = TextEntry(None, form.cleaned_data["body"], has_body=True)
        return self._store(form, "body", [TileEntry(None, None, text)], "Added a text.")

    def _store(
        self, form: forms.Form, field: str, entries: list[TileEntry], said: str
    ) -> str | None:
        try:
            self._update(entries)
        except DomainError as error:
            form.add_error(field, error.detail)
            return None
        return said

    def _update(self, entries: list[TileEntry]) -> None:
        update_dashboard(
            access=self._access,
            dashboard_id=self.row.pk,
            data={"tiles": entries},
            now=timezone.now(),
        )

    def _change(self) -> str | None:
        """Move, remove or put back the one tile that a button names."""
        known: dict[str, Callable[[int], str]] = {
            "up": partial(self._move, -1),
            "down": partial(self._move, 1),
            "remove": self._remove,
            "put_back": self._put_back,
        }
        verb = next((verb for verb in known if verb in self.request.POST), "")
        self.demand(verb in known)
        try:
            return known[verb](row_id(self.request.POST[verb]))
        except DomainError as error:
            self.page.message_user(self.request, error.detail, messages.ERROR)
            return None

    def _remove(self, tile_id: int) -> str:
        delete_tile(access=self._access, dashboard_id=self.row.pk, tile_id=tile_id)
        return "Removed. It can be put back below, under what is not shown."

    def _put_back(self, tile_id: int) -> str:
        self._update([TileEntry(tile_id, None, None, {"deleted": False})])
        return "Put back."

    def _move(self, by: int, tile_id: int) -> str:
        order = [line.tile.pk for line in self.tiles()["shown"]]
        if tile_id not in order:
            raise Missing("This tile is no longer shown.")
        here = order.index(tile_id)
        order.insert(max(0, here + by), order.pop(here))
        reorder_tiles(
            access=self._access, dashboard_id=self.row.pk, tile_order=order, keep_sizes=True
        )
        return "Moved."

    @property
    def _access(self) -> ProjectAccess:
        return operator_access(self.row.project, cast("User", self.request.user))
