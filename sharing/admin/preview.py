"""What visitors of a link would get, drawn for somebody in the admin."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import orjson
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard
from dashboards.selectors.read_dashboard import read_dashboard
from dashboards.selectors.read_insight import read_insight
from dashboards.selectors.results import Asking
from posthog_lite.api.renderers import render_json
from posthog_lite.domain import Missing
from posthog_lite.query.freshness import BLOCKING
from sharing.page import page_context
from sharing.protection import POLICY, protect
from sharing.shared_data import SECONDS_FOR_RESULTS
from themes.read_themes import read_all_themes

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from posthog_lite.accounts.access import ProjectAccess
    from sharing.resources import Resource


def show_preview(
    request: HttpRequest, *, access: ProjectAccess, resource: Resource
) -> HttpResponse:
    """Answer with the page that a link to the resource would show, under the same policy."""
    now = timezone.now()
    try:
        shown = _read(access, resource, Asking(now, BLOCKING, SECONDS_FOR_RESULTS))
    except Missing as error:
        raise Http404 from error
    data = shown | {"themes": list(read_all_themes(access=access))}
    plain: dict[str, Any] = orjson.loads(render_json(data))
    nonce = secrets.token_urlsafe(16)
    context = page_context(project=access.project, data=plain, now=now) | {
        "nonce": nonce,
        "color_mode": "system",
        "has_header": isinstance(resource, Dashboard),
        "has_branding": False,
    }
    response = render(request, "sharing/share.html", context)
    response.headers[POLICY] = f"style-src 'self' 'nonce-{nonce}'"
    return protect(response, may_be_framed=False)


def _read(access: ProjectAccess, resource: Resource, asking: Asking) -> dict[str, Any]:
    pk, overrides = resource.pk, Overrides()
    if isinstance(resource, Dashboard):
        whole = read_dashboard(access=access, dashboard_id=pk, overrides=overrides, asking=asking)
        return {"dashboard": whole.shape()}
    found = read_insight(access=access, lookup=pk, overrides=overrides, asking=asking)
    return {"insight": found.shape}
