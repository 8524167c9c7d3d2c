"""What the page of a share shows: cards in grid order, safe HTML, colors of the theme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

COLUMNS = 12
MOST_ROWS = 10_000
COLOR = re.compile(r"#([0-9a-fA-F]{3}){1,2}")
# No images: the page asks no other host for anything.
ALLOWED_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area", "center", "font", "iframe"}


class _WithoutImages(RendererHTML):
    """Their alternative text stands for them."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escapeHtml(self.renderInlineAsText(tokens[idx].children, options, env))


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_WithoutImages).enable(
    ["table", "strikethrough"]
)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the grid, in CSS grid lines counted from 1."""

    column: int
    width: int
    row: int
    height: int


@dataclass(frozen=True, slots=True)
class Card:
    """One tile: a text as `body`, or an insight by name; `number` ties it to its style."""

    number: int
    box: Box | None
    body: SafeString | None = None
    name: str = ""
    description: str = ""
    tags: Sequence[str] = ()
    is_computed: bool = False


def page_context(data: dict[str, Any]) -> dict[str, Any]:
    """The template's variables for the exported `data`."""
    dashboard, insight = data.get("dashboard"), data.get("insight")
    cards = _cards(dashboard) if dashboard else [_insight_card(1, {"insight": insight}, None)]
    resource: dict[str, Any] = dashboard or insight or {}
    return {
        "title": resource.get("name") or resource.get("derived_name") or "Untitled",
        "description": resource.get("description") or "",
        "cards": cards,
        "colors": theme_colors(data),
        "has_header": not data.get("noHeader"),
        "has_branding": not data.get("whitelabel"),
    }


def theme_colors(data: dict[str, Any]) -> list[str]:
    """The colors of the dashboard's theme, else of the first global one; junk left out."""
    wanted = (data.get("dashboard") or {}).get("data_color_theme_id")
    themes = data.get("themes") or []
    theme = next((row for row in themes if row["id"] == wanted), None) or (themes or [{}])[0]
    return [color for color in theme.get("colors") or [] if COLOR.fullmatch(str(color))]


def render_markdown(text: str) -> SafeString:
    """Markdown as HTML without scripts, styles and odd links, and with words for images."""
    html = nh3.clean(
        _markdown.render(text),
        tags=ALLOWED_TAGS,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308  # cleaned one line above


def _cards(dashboard: dict[str, Any]) -> list[Card]:
    return [_card(number, tile) for number, tile in enumerate(dashboard["tiles"], 1)]


def _card(number: int, tile: dict[str, Any]) -> Card:
    box = _box(tile.get("layouts"))
    if tile.get("insight") is not None:
        return _insight_card(number, tile, box)
    body = (tile.get("text") or {}).get("body") or ""
    return Card(number, box, body=render_markdown(body))


def _insight_card(number: int, tile: dict[str, Any], box: Box | None) -> Card:
    insight = tile["insight"]
    is_described = tile.get("show_description") is not False
    return Card(
        number,
        box,
        name=insight.get("name") or insight.get("derived_name") or "Untitled insight",
        description=(insight.get("description") or "") if is_described else "",
        tags=insight.get("tags") or (),
        is_computed=insight.get("result") is not None,
    )


def _box(layouts: Any) -> Box | None:
    """The place in `sm` where all of it is usable, else none: the card then comes at the end."""
    place = layouts.get("sm") if isinstance(layouts, dict) else None
    if not isinstance(place, dict):
        return None
    numbers = [place.get(key) for key in ("x", "w", "y", "h")]
    if not all(isinstance(n, int) and 0 <= n <= MOST_ROWS for n in numbers):
        return None
    x, w, y, h = (int(n or 0) for n in numbers)
    if w < 1 or h < 1 or x + w > COLUMNS:
        return None
    return Box(column=x + 1, width=w, row=y + 1, height=h)
