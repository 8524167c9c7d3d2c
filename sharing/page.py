"""Writes the page of a dashboard or an insight: at once, or card by card as results come."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse, StreamingHttpResponse
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from orjson import Fragment

from dashboards.streaming import OpenStream, TooManyStreams
from posthog_lite.api.renderers import render_json
from posthog_lite.database.transactions import release_connection
from posthog_lite.ids import new_nonce
from sharing.cards import CardMaker, make_positions, styles_of, zone_of
from sharing.charts.colors import make_palette
from sharing.drawn_cards import digest_of, drawn_cards
from sharing.json_elements import json_element
from sharing.markdown import plain_words
from sharing.protection import POLICY
from sharing.rendering import render_texts
from themes.palettes import is_color

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from posthog_lite.accounts.models import Project
    from sharing.cards import Card
    from sharing.contents import Contents

logger = logging.getLogger(__name__)

LONGEST_SUMMARY = 300
PAUSE = re.compile(r"([1-9][0-9]{0,4})(s|m|h)")
SECONDS_OF = {"s": 1, "m": 60, "h": 3600}
LEAST_PAUSE = 30
ISLAND = "posthog-exported-data"
COLOR_MODES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is about to be written. `has_island` puts the data of the page into it."""

    contents: Contents
    maker: CardMaker
    context: dict[str, Any]
    has_island: bool


def make_page(
    *,
    project: Project,
    contents: Contents,
    now: datetime,
    context: dict[str, Any],
    has_island: bool = True,
) -> Page:
    """Return the page of what is to be shown; `context` is what the page says around it."""
    head: dict[str, Any] = orjson.loads(render_json(contents.head))  # JSON of the database too
    dashboard = head.get("dashboard")
    resource: dict[str, Any] = dashboard or head.get("insight") or {}
    own = resource.get("description") or ""
    texts = {own, *(slot.markdown for slot in contents.slots)} - {""}
    rendered = render_texts(project=project, texts=texts)
    maker = CardMaker(
        slots=contents.slots,
        positions=make_positions(contents.slots, is_grid=dashboard is not None),
        rendered=rendered,
        palette=make_palette(theme_colors(head), (dashboard or {}).get("breakdown_colors")),
        zone=zone_of(project),
        now=_quarter(now),
        is_detailed=head.get("detailed") is True,
        has_legends=head.get("legend") is True,
    )
    said = _said_of(head, rendered.get(own, SafeString("")))
    return Page(contents, maker, said | context, has_island)


def _quarter(now: datetime) -> datetime:
    """Return when the quarter of an hour began: periods begin with one in every time zone.

    So cards that show which periods have begun are the same for as long.
    """
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)


def _said_of(head: dict[str, Any], description: SafeString) -> dict[str, Any]:
    """Return what the page says of its dashboard or insight, which is described in HTML."""
    resource: dict[str, Any] = head.get("dashboard") or head.get("insight") or {}
    return {
        "title": resource.get("name") or resource.get("derived_name") or "Untitled",
        "description": description if head.get("dashboard") else "",
        "summary": plain_words(description)[:LONGEST_SUMMARY],
        "has_header": not head.get("noHeader"),
        "has_branding": not head.get("whitelabel"),
    }


def read_pause(text: str) -> int | None:
    """Return the seconds after which a page on a wall loads itself again, such as `5m`.

    None for none; never less than LEAST_PAUSE.
    """
    found = PAUSE.fullmatch(text)
    return max(LEAST_PAUSE, int(found[1]) * SECONDS_OF[found[2]]) if found else None


def read_wishes(request: HttpRequest, *, color_mode: str = "system") -> dict[str, Any]:
    """Return what the address says of any page: its colors, and when it loads itself again."""
    mode = request.GET.get("theme")
    return {
        "color_mode": mode if mode in COLOR_MODES else color_mode,
        "reload_seconds": read_pause(request.GET.get("refresh", "")),
    }


def theme_colors(data: dict[str, Any]) -> list[str]:
    """Return the colors of the dashboard's theme, else of the first global one; junk left out."""
    wanted = (data.get("dashboard") or {}).get("data_color_theme_id")
    themes = data.get("themes") or []
    theme = next((row for row in themes if row["id"] == wanted), None) or (themes or [{}])[0]
    return [color for color in theme.get("colors") or [] if is_color(color)]


def page_response(request: HttpRequest, page: Page) -> HttpResponseBase:
    """Answer with a page: at once where nothing is waited for, else as it is written."""
    nonce = new_nonce()
    is_waited_for = request.method != "HEAD" and not page.contents.is_ready()
    response = _stream(request, page, nonce) if is_waited_for else None
    if response is None:
        response = HttpResponse(b"".join(_parts(request, page, nonce, is_streamed=False)))
    # The page's one style element holds the positions and colors of the cards.
    response.headers[POLICY] = f"style-src 'self' 'nonce-{nonce}'"
    return response


def _stream(request: HttpRequest, page: Page, nonce: str) -> HttpResponseBase | None:
    """Return the page as a stream; None where there are too many of them already."""
    parts = _parts(request, page, nonce, is_streamed=True)
    try:
        response = StreamingHttpResponse(OpenStream(parts))
    except TooManyStreams:
        return None
    release_connection()
    response["X-Accel-Buffering"] = "no"
    return response


def _parts(request: HttpRequest, page: Page, nonce: str, *, is_streamed: bool) -> Generator[bytes]:
    """Yield the head, each card, and the foot with the data of the page."""
    head, middle, foot = _frame(request, page, nonce, is_streamed=is_streamed)
    yield head
    look = page.maker.look + repr(page.context.get("downloads")).encode()
    tiles: list[Fragment] = []
    for order in range(len(page.contents.slots)):
        raw = render_json(page.contents.tile(order))
        tiles.append(Fragment(raw))
        yield _card(page, order, raw, look)
        release_connection()
    page.contents.give_up()
    yield middle + (_island(page, tiles) if page.has_island else b"") + foot


def _frame(
    request: HttpRequest, page: Page, nonce: str, *, is_streamed: bool
) -> tuple[bytes, bytes, bytes]:
    """Return what is before the cards, between them and the data, and after that."""
    cards_here, island_here = f"<!--cards {nonce}-->", f"<!--island {nonce}-->"
    context = page.context | {
        "positions": page.maker.positions,
        "styles": styles_of(page.maker.positions),
        "has_charts": any(slot.has_insight for slot in page.contents.slots),
        "nonce": nonce,
        "cards": mark_safe(cards_here),  # noqa: S308  # a comment of ours
        "island": mark_safe(island_here),  # noqa: S308  # likewise
        "is_streamed": is_streamed,
    }
    whole = get_template("sharing/share.html").render(context, request).encode()
    head, rest = whole.split(cards_here.encode())
    middle, foot = rest.split(island_here.encode())
    return head, middle, foot


def _card(page: Page, order: int, raw: bytes, look: bytes) -> bytes:
    """Return the card of a tile; one that fails says so itself, and takes no other along."""
    maker = page.maker
    position = repr(maker.positions[order]).encode()
    digest = digest_of(look, position, maker.html(order).encode(), raw)
    kept = drawn_cards.get(digest)
    if kept is not None:
        return kept
    try:
        drawn = _written(page, maker.card(order, orjson.loads(raw)))
    except Exception:
        logger.exception("A card could not be shown")
        return _written(page, maker.failure(order))
    drawn_cards.keep(digest, drawn)
    return drawn


def _written(page: Page, card: Card) -> bytes:
    context = {"card": card, "downloads": page.context.get("downloads")}
    return get_template("sharing/cards/card.html").render(context).encode()


def _island(page: Page, tiles: list[Fragment]) -> bytes:
    """Return the data of the page in a script element: a JSON string that holds JSON."""
    data = page.contents.head
    if "dashboard" in data:
        data = data | {"dashboard": data["dashboard"] | {"tiles": tiles}}
    return json_element(render_json(data).decode(), ISLAND).encode()
