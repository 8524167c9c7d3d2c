"""`/shared/:token`, `/embedded/:token`: the pages that visitors open, and their `.json`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from posthog_lite.api.renderers import render_json
from sharing.page import page_context, read_pause
from sharing.protection import POLICY, protect
from sharing.selectors import get_open_configuration
from sharing.shared_data import read_shared, shown_settings
from sharing.unlock_form import Attempt, is_unlocked, remember_unlock, try_password, unlock_cookie
from sharing.visitor import ShareVisitor

if TYPE_CHECKING:
    from django.http import HttpRequest

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


@csrf_exempt  # no session counts here: a visitor brings the link and its password
@xframe_options_exempt  # the policy of each answer says who may frame it
@require_http_methods(["GET", "HEAD", "POST"])
def view_share(request: HttpRequest, place: str, segment: str) -> HttpResponse:
    """Show the page of a link, or its data where the token ends in `.json`."""
    token, _, ending = segment.partition(".")
    link = get_open_configuration(token=token, now=timezone.now())
    wants_data = ending == "json"
    if link is None or link.resource.deleted or ending not in ("", "json"):
        response = _not_found(request, wants_data=wants_data)
    elif not link.password_required:
        response = _show(request, link, place, wants_data=wants_data)
    elif request.method == "POST":
        response = _try_password(request, link, place, wants_data=wants_data)
    elif is_unlocked(request, link):
        response = _show(
            request, link, place, wants_data=wants_data, unlocked_by=unlock_cookie(request)
        )
    else:
        response = _ask_password(request, link, wants_data=wants_data)
    return protect(response, may_be_framed=place == EMBEDDED)


def view_nothing(request: HttpRequest, place: str) -> HttpResponse:
    """Show that an address below a place can hold no token."""
    response = _not_found(request, wants_data=request.path.rstrip("/").endswith(".json"))
    return protect(response, may_be_framed=place == EMBEDDED)


def _not_found(request: HttpRequest, *, wants_data: bool) -> HttpResponse:
    if wants_data:
        return JsonResponse(NOT_FOUND, status=404)
    return render(request, "sharing/not_found.html", _frame(request, {}), status=404)


def _show(
    request: HttpRequest,
    link: SharingConfiguration,
    place: str,
    *,
    wants_data: bool,
    unlocked_by: str | None = None,
) -> HttpResponse:
    """Answer with the page or the data. `unlocked_by` is a JWT for the visitor's own scripts."""
    kind = "embed" if place == EMBEDDED or EMBEDDED in request.GET else "scene"
    data = read_shared(visit=ShareVisitor(link), kind=kind, now=timezone.now())
    if data is None:
        return _not_found(request, wants_data=wants_data)
    data |= _whitelabel(request)
    if unlocked_by is not None:
        data["shareToken"] = unlocked_by
    if wants_data:
        return _json(render_json(data))
    data["rootClassName"] = f"export-type-{kind}"
    raw = render_json(data)
    if link.password_required and "application/json" in request.headers.get("Accept", ""):
        return _json(raw)
    return _page(request, link, kind, raw)


def _json(raw: bytes) -> HttpResponse:
    return HttpResponse(raw, content_type="application/json")


def _page(request: HttpRequest, link: SharingConfiguration, kind: str, raw: bytes) -> HttpResponse:
    data = orjson.loads(raw)
    nonce = secrets.token_urlsafe(16)
    context = _frame(request, data) | page_context(
        project=link.project, data=data, now=timezone.now()
    )
    context |= {
        "island": raw.decode(),
        "nonce": nonce,
        "is_embedded": kind == "embed",
        "url": request.build_absolute_uri(request.path),
    }
    response = render(request, "sharing/share.html", context)
    # The page's one style element holds the places and colors of the cards.
    response.headers[POLICY] = f"style-src 'self' 'nonce-{nonce}'"
    return response


def _whitelabel(request: HttpRequest) -> dict[str, bool]:
    """Return the one switch that the URL may set too, whatever its value there."""
    return {WHITELABEL: True} if WHITELABEL in request.GET else {}


def _frame(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the frame of every page needs; the address chooses colors before the link."""
    mode = request.GET.get("theme")
    return {
        "color_mode": mode if mode in ("light", "dark") else data.get("theme", "system"),
        "has_branding": not data.get(WHITELABEL),
        "reload_seconds": read_pause(request.GET.get("refresh", "")),
    }


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
    request: HttpRequest, link: SharingConfiguration, place: str, *, wants_data: bool
) -> HttpResponse:
    """Answer JSON to programs; to the form a redirect, or the page itself where it is embedded.

    A frame on another site never sends the cookie back.
    """
    is_form = request.content_type != "application/json" and not wants_data
    attempt = try_password(request, link, is_form=is_form)
    if attempt.token is None:
        return _refuse(request, link, attempt, is_form=is_form)
    response: HttpResponse = JsonResponse({"shareToken": attempt.token})
    if is_form and place == EMBEDDED:
        response = _show(request, link, place, wants_data=False, unlocked_by=attempt.token)
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
