"""Reads how fresh the results of an answer are to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter

from dashboards.selectors.results import Asking
from posthog_lite.query.freshness import Freshness, Mode, read_freshness

if TYPE_CHECKING:
    from rest_framework.request import Request

UNFORCED = {Mode.FORCE_BLOCKING: Mode.BLOCKING, Mode.FORCE_ASYNC: Mode.ASYNC}
REFRESH = OpenApiParameter(
    "refresh",
    str,
    enum=[mode.value for mode in Mode],
    description=(
        "How fresh results are to be. Without it, and with `force_cache` or `false`, they are "
        "those that are kept. `blocking` computes what is missing or stale, `force_blocking` or "
        "`true` computes anew; the `async` modes compute in the background and say so in "
        "`query_status`."
    ),
)


def read_refresh(
    request: Request, *, is_visitor: bool = False, default: Mode = Mode.CACHE_ONLY
) -> Asking:
    """Return what `refresh` of the address asks for, at this moment.

    Visitors of a share cannot force that something is computed anew.
    """
    freshness = read_freshness(request.query_params.get("refresh"), default=default)
    if is_visitor and freshness.mode in UNFORCED:
        freshness = Freshness(UNFORCED[freshness.mode])
    return Asking(timezone.now(), freshness)


def kept_results() -> Asking:
    """Return the wish for results that are kept, as answers of writes have them."""
    return Asking(timezone.now())
