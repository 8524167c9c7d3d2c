"""Answers as JSON, or as a server-sent event where the client asks for `format=txt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from posthog_lite.strict_json import within_64_bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rest_framework.request import Request

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
_encode_rare_types = JSONEncoder().default


def render_json(data: Any) -> bytes:
    """Compact JSON; NaN and infinity become null."""
    try:
        return orjson.dumps(data, default=_encode_rare_types, option=OPTIONS)
    except TypeError:  # an integer too large for it, which is too rare to look for each time
        return orjson.dumps(within_64_bits(data), default=_encode_rare_types, option=OPTIONS)


class FastJSONRenderer(JSONRenderer):
    """REST framework's JSON renderer with orjson underneath."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else render_json(data)


class EventStreamRenderer(BaseRenderer):
    """One server-sent event that holds the whole answer. Errors are JSON all the same."""

    media_type = "text/event-stream"
    format = "txt"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else b"data: " + render_json(data) + b"\n\n"


class FormatFirst(DefaultContentNegotiation):
    """Chooses what `format` in the URL names, whatever the Accept header says."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        named = format_suffix or request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        if named:
            chosen: BaseRenderer = self.filter_renderers(list(renderers), named)[0]
            return chosen, str(chosen.media_type)
        renderer, media_type = super().select_renderer(request, renderers, format_suffix)
        return renderer, str(media_type)
