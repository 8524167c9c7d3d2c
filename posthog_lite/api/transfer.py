"""Conditional and compressed answers: not sent again when the client has them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response

from posthog_lite.api.renderers import render_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

MOMENT = "moment_of_reading"


def ignore_moment(response: HttpResponse, moment: datetime) -> None:
    """Let the `ETag` not depend on when it was that the answer was read, which is in the answer."""
    setattr(response, MOMENT, moment)


class ConditionalGetMiddleware:
    """Gives answers of the API an `ETag`, and a client that names it 304 without the body.

    It is made from the body, so that it needs no version of anything and is always right; what it
    saves is the transfer. It is a weak one: the moment of reading may differ.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            request.method != "GET"
            or response.status_code != 200
            or not request.path_info.startswith("/api/")
            or not isinstance(response, HttpResponse)  # a stream
        ):
            return response
        tag = _tag(response)
        response.headers["ETag"] = tag
        return get_conditional_response(request, etag=tag, response=response) or response


def _tag(response: HttpResponse) -> str:
    content = memoryview(response.content)
    moment = getattr(response, MOMENT, None)
    begin = end = 0
    if moment is not None:
        written = render_json(moment)
        begin = max(response.content.find(written), 0)
        end = begin + len(written)
    digest = hashlib.sha1(content[:begin], usedforsecurity=False)
    digest.update(content[end:])
    return f'W/"{digest.hexdigest()}"'


class CompressionMiddleware(GZipMiddleware):
    """Compresses bodies, but no streams: an event must not wait for more to fill a block."""

    def process_response(self, request: Any, response: Any) -> Any:
        return response if response.streaming else super().process_response(request, response)
