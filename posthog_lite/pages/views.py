"""Pages for people who are not signed in anywhere: the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posthog_lite.pages.manual import INDEX, address_of, chapters, page_names, read_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@require_safe
def show_manual(request: HttpRequest, name: str = INDEX) -> HttpResponse:
    """Show a page of the manual, with all others beside it."""
    if name not in page_names():
        raise Http404
    before, after = _neighbours(name)
    context = {
        "page": read_page(name),
        "chapters": chapters(),
        "before": before,
        "after": after,
    }
    response = render(request, "posthog_lite/manual.html", context)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _neighbours(name: str) -> list[tuple[str, str] | None]:
    """Return address and title of the pages before and after this one."""
    names = (None, *page_names(), None)
    at = names.index(name)
    return [
        None if one is None else (address_of(one), read_page(one).title)
        for one in (names[at - 1], names[at + 1])
    ]
