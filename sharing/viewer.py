"""`/shared/:token`, `/embedded/:token`: the pages that visitors open, their `.json` and `.csv`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from posthog_lite.api.renderers import render_json
from sharing.card_answers import downloads, refuse_dates, show_card, too_many_looks
from sharing.contents import read_shared, shown_settings
from sharing.dates import Dates, range_form, read_dates
from sharing.exploring import may_explore
from sharing.open_links import get_open_configuration
from sharing.page import make_page, page_response, read_wishes
from sharing.protection import protect
from sharing.unlock_form import Attempt, is_unlocked, remember_unlock, try_password, unlock_cookie
from sharing.visitor import ShareVisitor

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from sharing.models import SharingConfiguration

EMBEDDED = "embedded"
WHITELABEL = "whitelabel"  # a switch of the URL too
NOT_FOUND = {
    "type": "invalid_request",
    "code": "not_found",
    "detail": "Not found.",
    "attr": None,
}
PASSWORD_REQUIRED = {"error": "This link asks for a password.", "password_required": True}
DATA = frozenset({"json", "csv"})


@csrf_exempt  # no session counts here: a visitor brings the link and its password
@xframe_options_exempt  # the policy of each answer says who may frame it
@require_http_methods(["GET", "HEAD", "POST"])
def view_share(request: HttpRequest, prefix: str, segment: str) -> HttpResponseBase:
    """Show the page of a link, or its data where the token ends in `.json`."""
    token, _, ending = segment.partition(".")
    link = get_open_configuration(token=token, now=timezone.now())
    wants_data = ending in DATA
    response: HttpResponseBase
    if link is None or link.resource.deleted or ending not in ("", *DATA):
        response = _not_found(request, wants_data=wants_data)
    elif not link.password_required:
        response = _show(request, link, prefix, ending)
    elif request.method == "POST":
        response = _try_password(request, link, prefix, wants_data=wants_data)
    elif is_unlocked(request, link):
        response = _show(request, link, prefix, ending, unlocked_by=unlock_cookie(request))
    else:
        response = _ask_password(request, link, wants_data=wants_data)
    return protect(response, may_be_framed=prefix == EMBEDDED)


def view_nothing(request: HttpRequest, prefix: str) -> HttpResponseBase:
    """Show that an address below a prefix can hold no token."""
    response = _not_found(request, wants_data=request.path.rstrip("/").endswith(".json"))
    return protect(response, may_be_framed=prefix == EMBEDDED)


def _not_found(request: HttpRequest, *, wants_data: bool) -> HttpResponse:
    if wants_data:
        return JsonResponse(NOT_FOUND, status=404)
    return render(request, "sharing/not_found.html", _frame(request, {}), status=404)


def _show(
    request: HttpRequest,
    link: SharingConfiguration,
    prefix: str,
    ending: str = "",
    *,
    unlocked_by: str | None = None,
) -> HttpResponseBase:
    """Answer with the page or the data. `unlocked_by` is a JWT for the visitor's own scripts."""
    dates = read_dates(request.GET) if may_explore(link) else Dates()
    wants_card = ending == "csv" or (ending == "json" and "insight" in request.GET)
    if wants_card and not may_explore(link):
        return _not_found(request, wants_data=True)
    if dates.problem and ending:
        return refuse_dates(dates)
    if wants_card or dates.is_chosen:
        refusal = too_many_looks(request, link, wants_data=bool(ending))
        if refusal is not None:
            return refusal
    if wants_card:
        return show_card(request, ShareVisitor(link), dates, ending)
    return _whole(request, link, prefix, dates, wants_data=bool(ending), unlocked_by=unlocked_by)


def _whole(
    request: HttpRequest,
    link: SharingConfiguration,
    prefix: str,
    dates: Dates,
    *,
    wants_data: bool,
    unlocked_by: str | None,
) -> HttpResponseBase:
    kind = "embed" if prefix == EMBEDDED or EMBEDDED in request.GET else "scene"
    now = timezone.now()
    contents = read_shared(visit=ShareVisitor(link), kind=kind, filters=dates.filters, now=now)
    if contents is None:
        return _not_found(request, wants_data=wants_data)
    contents.head.update(_whitelabel(request))
    if unlocked_by is not None:
        contents.head["shareToken"] = unlocked_by
    if wants_data:
        return _json(contents.whole())
    contents.head["rootClassName"] = f"export-type-{kind}"
    if link.password_required and "application/json" in request.headers.get("Accept", ""):
        return _json(contents.whole())
    context = _frame(request, contents.head) | {
        "is_embedded": kind == "embed",
        "url": request.build_absolute_uri(request.path),
    }
    if may_explore(link):
        context |= _closer(request, dates)
    page = make_page(project=link.project, contents=contents, now=now, context=context)
    return page_response(request, page)


def _closer(request: HttpRequest, dates: Dates) -> dict[str, Any]:
    """Return what the page offers to those who may look closer."""
    return {
        "range": range_form(request.GET, dates),
        "downloads": downloads(request, dates.query),
    }


def _json(data: dict[str, Any]) -> HttpResponse:
    return HttpResponse(render_json(data), content_type="application/json")


def _whitelabel(request: HttpRequest) -> dict[str, bool]:
    """Return the one switch that the URL may set too, whatever its value there."""
    return {WHITELABEL: True} if WHITELABEL in request.GET else {}


def _frame(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the frame of every page needs; the address chooses colors before the link."""
    wishes = read_wishes(request, color_mode=data.get("theme", "system"))
    return wishes | {"has_branding": not data.get(WHITELABEL)}


def _ask_password(
    request: HttpRequest,
    link: SharingConfiguration,
    *,
    wants_data: bool = False,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    data = {"type": "unlock"} | {
        name: value
        for name, value in (shown_settings(link.settings) | _whitelabel(request)).items()
        if name in (WHITELABEL, "theme")
    }
    if wants_data:
        return JsonResponse(data | PASSWORD_REQUIRED, status=401)
    context = _frame(request, data) | {"problem": problem, "island": render_json(data).decode()}
    return render(request, "sharing/unlock.html", context, status=status)


def _try_password(
    request: HttpRequest, link: SharingConfiguration, prefix: str, *, wants_data: bool
) -> HttpResponseBase:
    """Answer JSON to programs; to the form a redirect, or the page itself where it is embedded.

    A frame on another site never sends the cookie back.
    """
    is_form = request.content_type != "application/json" and not wants_data
    attempt = try_password(request, link, is_form=is_form)
    if attempt.token is None:
        return _refuse(request, link, attempt, is_form=is_form)
    response: HttpResponseBase = JsonResponse({"shareToken": attempt.token})
    if is_form and prefix == EMBEDDED:
        response = _show(request, link, prefix, unlocked_by=attempt.token)
    elif is_form:
        response = HttpResponseRedirect(request.get_full_path())
        response.status_code = 303
    return remember_unlock(response, request, attempt.token)


def _refuse(
    request: HttpRequest, link: SharingConfiguration, attempt: Attempt, *, is_form: bool
) -> HttpResponse:
    response = (
        _ask_password(request, link, problem=attempt.problem, status=attempt.status)
        if is_form
        else JsonResponse({"error": attempt.problem}, status=attempt.status)
    )
    if attempt.retry_after is not None:
        response.headers["Retry-After"] = str(attempt.retry_after)
    return response
