"""Pages for people who are not signed in anywhere: the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

INDEX = "index"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@require_safe
def show_manual(request: HttpRequest, name: str = INDEX) -> HttpResponse:
    """Show a page of the manual, with all others beside it."""
    from posthog_lite.pages import manual  # noqa: PLC0415  # few read it, and its parser is large

    if name not in manual.page_names():
        raise Http404
    before, after = manual.neighbours(name)
    context = {
        "page": manual.read_page(name),
        "chapters": manual.chapters(),
        "before": before,
        "after": after,
    }
    response = render(request, "posthog_lite/manual.html", context)
    response.headers["Content-Security-Policy"] = POLICY
    return response
