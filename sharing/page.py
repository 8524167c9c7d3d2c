"""Prepares what the page of a share shows: cards in grid order, safe HTML, colors of the theme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from dashboards.layouts import packed
from sharing.charts.colors import make_palette
from sharing.charts.draw import draw
from sharing.markdown import plain_words
from sharing.rendering import render_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashboards.layouts import Box
    from posthog_lite.accounts.models import Project
    from sharing.charts.colors import Palette
    from sharing.charts.drawing import Drawing

COLOR = re.compile(r"#([0-9a-fA-F]{3}){1,2}")
TILE_COLORS = frozenset({"blue", "green", "purple", "black", "white"})
LONGEST_SUMMARY = 300
PAUSE = re.compile(r"([1-9][0-9]{0,4})(s|m|h)")
SECONDS_OF = {"s": 1, "m": 60, "h": 3600}
LEAST_PAUSE = 30


@dataclass(frozen=True, slots=True)
class Card:
    """One tile: a text as `body`, or an insight by name; `number` ties it to its style."""

    number: int
    box: Box | None
    color: str = ""
    body: SafeString | None = None
    name: str = ""
    description: SafeString | str = ""
    tags: Sequence[str] = ()
    drawing: Drawing | None = None
    as_of: datetime | None = None
    is_detailed: bool = False  # the table of the data is open at first

    @property
    def chart_id(self) -> str:
        """The id of the element that holds what the chart library is to draw."""
        return f"chart-{self.number}"

    @property
    def own_color(self) -> str:
        """A color that is no name but `#rrggbb`, for the page's style element."""
        return self.color if COLOR.fullmatch(self.color) else ""


@dataclass(frozen=True, slots=True)
class _Page:
    """What the cards of a page share."""

    rendered: Mapping[str, SafeString]
    boxes: Sequence[Box | None]
    palette: Palette
    zone: ZoneInfo
    now: datetime
    is_detailed: bool

    def local(self, moment: Any) -> datetime | None:
        """Return a moment of an answer in the project's time zone."""
        try:
            return datetime.fromisoformat(moment).astimezone(self.zone)
        except (TypeError, ValueError):
            return None


def page_context(*, project: Project, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the template's variables for what the share shows."""
    dashboard, insight = data.get("dashboard"), data.get("insight")
    resource: dict[str, Any] = dashboard or insight or {}
    tiles = dashboard["tiles"] if dashboard else [{"insight": insight}]
    rendered = render_texts(project=project, texts=set(_texts(resource, tiles)))
    description = rendered.get(_text(resource, "description"), "") if dashboard else ""
    palette = make_palette(theme_colors(data), (dashboard or {}).get("breakdown_colors"))
    boxes: list[Box | None] = [None]
    if dashboard:
        boxes = [*packed(tile.get("layouts") for tile in tiles)]
    zone, is_detailed = ZoneInfo(project.timezone), data.get("detailed") is True
    page = _Page(rendered, boxes, palette, zone, now, is_detailed)
    cards = [_card(number, tile, page) for number, tile in enumerate(tiles, 1)]
    return {
        "title": resource.get("name") or resource.get("derived_name") or "Untitled",
        "description": description,
        "summary": plain_words(rendered.get(_text(resource, "description"), ""))[:LONGEST_SUMMARY],
        "cards": cards,
        "has_charts": any(card.drawing and card.drawing.option for card in cards),
        "has_header": not data.get("noHeader"),
        "has_branding": not data.get("whitelabel"),
    }


def read_pause(text: str) -> int | None:
    """Return the seconds after which a page on a wall loads itself again, such as `5m`.

    None for none; never less than LEAST_PAUSE.
    """
    found = PAUSE.fullmatch(text)
    return max(LEAST_PAUSE, int(found[1]) * SECONDS_OF[found[2]]) if found else None


def theme_colors(data: dict[str, Any]) -> list[str]:
    """Return the colors of the dashboard's theme, else of the first global one; junk left out."""
    wanted = (data.get("dashboard") or {}).get("data_color_theme_id")
    themes = data.get("themes") or []
    theme = next((row for row in themes if row["id"] == wanted), None) or (themes or [{}])[0]
    return [color for color in theme.get("colors") or [] if COLOR.fullmatch(str(color))]


def _texts(resource: dict[str, Any], tiles: list[dict[str, Any]]) -> Iterator[str]:
    """Yield every Markdown that the page shows."""
    for part, key in (
        (resource, "description"),
        *((tile.get("text"), "body") for tile in tiles),
        *((tile.get("insight"), "description") for tile in tiles),
    ):
        text = _text(part, key)
        if text:
            yield text


def _text(part: dict[str, Any] | None, key: str) -> str:
    value = (part or {}).get(key)
    return value if isinstance(value, str) else ""


def _card(number: int, tile: dict[str, Any], page: _Page) -> Card:
    box, color = page.boxes[number - 1], _color(tile.get("color"))
    insight = tile.get("insight")
    if insight is None:
        body = page.rendered.get(_text(tile.get("text"), "body"), SafeString(""))
        return Card(number, box, color, body=body)
    is_described = tile.get("show_description") is not False
    return Card(
        number,
        box,
        color,
        name=insight.get("name") or insight.get("derived_name") or "Untitled insight",
        description=page.rendered.get(_text(insight, "description"), "") if is_described else "",
        tags=insight.get("tags") or (),
        drawing=draw(insight, page.palette, now=page.now.astimezone(page.zone)),
        as_of=page.local(insight.get("last_refresh")),
        is_detailed=page.is_detailed,
    )


def _color(value: Any) -> str:
    """Return a tile's color where it is one of the web app's names or `#rrggbb`."""
    is_color = isinstance(value, str) and (value in TILE_COLORS or COLOR.fullmatch(value))
    return str(value) if is_color else ""
