"""A preview of a shared page, for somebody in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils import timezone

from dashboards.models import Dashboard, Insight
from posthog_lite.domain import Missing
from sharing.contents import read_preview
from sharing.page import make_page, page_response
from sharing.protection import protect

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from posthog_lite.accounts.access import ProjectAccess
    from sharing.resources import Resource


def show_preview(
    request: HttpRequest, *, access: ProjectAccess, resource: Resource
) -> HttpResponseBase:
    """Answer with the page that a link to the resource would show, under the same policy."""
    now = timezone.now()
    try:
        contents = read_preview(access=access, resource=resource, now=now)
    except Missing as error:
        raise Http404 from error
    context = {
        "color_mode": "system",
        "has_header": isinstance(resource, Dashboard),
        "has_branding": False,
        "is_embedded": isinstance(resource, Insight),  # its frame in the admin follows its height
    }
    page = make_page(
        project=access.project, contents=contents, now=now, context=context, has_island=False
    )
    return protect(page_response(request, page), may_be_framed=False)
