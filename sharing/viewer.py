"""`/shared/:token`, `/embedded/:token`: the pages that visitors open, and their `.json`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from posthog_lite.api.addresses import client_address
from posthog_lite.api.authentication import BEARER
from posthog_lite.api.renderers import render_json
from posthog_lite.strict_json import parse_json
from sharing.authentication import password_of_unlock_token
from sharing.exported import export, export_settings
from sharing.page import page_context
from sharing.selectors import get_open_configuration
from sharing.tokens import LIFETIME, issue_unlock_token
from sharing.unlocking import Unlocking, unlock
from sharing.visits import ShareVisit

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sharing.models import SharingConfiguration

COOKIE = "posthog_sharing_token"
EMBEDDED = "embedded"
WHITELABEL = "whitelabel"  # a switch of the URL too
POLICY = "Content-Security-Policy"
WRONG_PASSWORD = "Incorrect password"  # noqa: S105  # a message


@csrf_exempt  # no session counts here: a visitor brings the link and its password
@xframe_options_exempt  # the policy of each answer says who may frame it
@require_http_methods(["GET", "HEAD", "POST"])
def view_share(request: HttpRequest, place: str, segment: str) -> HttpResponse:
    """The page of a link, or its data where the token ends in `.json`."""
    token, _, ending = segment.partition(".")
    link = get_open_configuration(token=token, now=timezone.now())
    if link is None or link.resource.deleted or ending not in ("", "json"):
        response = _not_found(request)
    elif not link.password_required:
        response = _show(request, ShareVisit(link), place, ending, None)
    elif request.method == "POST":
        response = _try_password(request, link, place)
    elif _is_unlocked(request, link):
        response = _show(request, ShareVisit(link), place, ending, _cookie(request))
    else:
        response = _ask_password(request, link)
    return _protect(response, place)


def view_nothing(request: HttpRequest, place: str) -> HttpResponse:
    """The page of addresses below a place that can hold no token."""
    return _protect(_not_found(request), place)


def _not_found(request: HttpRequest) -> HttpResponse:
    return render(request, "sharing/not_found.html", _looks(None), status=404)


def _show(
    request: HttpRequest, visit: ShareVisit, place: str, ending: str, unlocked_by: str | None
) -> HttpResponse:
    """The page or the data. `unlocked_by` is a JWT that the visitor's own scripts may use on."""
    kind = "embed" if place == EMBEDDED or EMBEDDED in request.GET else "scene"
    data = export(visit=visit, kind=kind, now=timezone.now())
    if data is None:
        return _not_found(request)
    data |= _whitelabel(request)
    if unlocked_by is not None:
        data["shareToken"] = unlocked_by
    if ending == "json":
        return HttpResponse(render_json(data), content_type="application/json")
    data["rootClassName"] = f"export-type-{kind}"
    if visit.configuration.password_required and _wants_json(request):
        return HttpResponse(render_json(data), content_type="application/json")
    context = _looks(data) | page_context(data) | {"is_embedded": kind == "embed"}
    context["url"] = request.build_absolute_uri(request.path)
    response = render(request, "sharing/share.html", context)
    return _allow_style(response, context["nonce"])


def _whitelabel(request: HttpRequest) -> dict[str, bool]:
    """The one switch that the URL may set too, whatever its value there."""
    return {WHITELABEL: True} if WHITELABEL in request.GET else {}


def _looks(data: dict[str, Any] | None) -> dict[str, Any]:
    """What every page has: the data island, the color mode, a nonce for its one style element."""
    return {
        "island": None if data is None else render_json(data).decode(),
        "color_mode": (data or {}).get("theme", "system"),
        "nonce": secrets.token_urlsafe(16),
    }


def _ask_password(
    request: HttpRequest, link: SharingConfiguration, problem: str = "", status: int = 200
) -> HttpResponse:
    data = {"type": "unlock"} | {
        name: value
        for name, value in (export_settings(link.settings) | _whitelabel(request)).items()
        if name in (WHITELABEL, "theme")
    }
    context = _looks(data) | {"problem": problem, "has_branding": not data.get(WHITELABEL)}
    return render(request, "sharing/unlock.html", context, status=status)


def _try_password(request: HttpRequest, link: SharingConfiguration, place: str) -> HttpResponse:
    """JSON for programs; for the form a redirect, or the page itself where it is embedded.

    A frame on another site never sends the cookie back.
    """
    is_form = request.content_type != "application/json"
    outcome = unlock(
        configuration=link,
        given=_given_password(request, is_form=is_form),
        address=client_address(request),
        now=timezone.now(),
    )
    if outcome.password is None:
        return _refuse(request, link, outcome, is_form=is_form)
    value = issue_unlock_token(password=outcome.password, now=timezone.now())
    response: HttpResponse = JsonResponse({"shareToken": value})
    if is_form and place == EMBEDDED:
        response = _show(request, ShareVisit(link), place, "", value)
    elif is_form:
        response = HttpResponseRedirect(request.get_full_path())
        response.status_code = 303
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(LIFETIME.total_seconds()),
        path=request.path.partition(".")[0],
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


def _refuse(
    request: HttpRequest, link: SharingConfiguration, outcome: Unlocking, *, is_form: bool
) -> HttpResponse:
    problem, status = WRONG_PASSWORD, 401
    if outcome.retry_after is not None:
        problem, status = f"Too many attempts. Try again in {outcome.retry_after} seconds.", 429
    response = (
        _ask_password(request, link, problem, status)
        if is_form
        else JsonResponse({"error": problem}, status=status)
    )
    if outcome.retry_after is not None:
        response.headers["Retry-After"] = str(outcome.retry_after)
    return response


def _given_password(request: HttpRequest, *, is_form: bool) -> str:
    if is_form:
        return str(request.POST.get("password", ""))
    try:
        body = parse_json(request.body)
    except ValueError:
        return ""
    given = body.get("password") if isinstance(body, dict) else None
    return given if isinstance(given, str) else ""


def _is_unlocked(request: HttpRequest, link: SharingConfiguration) -> bool:
    """Whether a JWT of this very link is there; a header, where there is one, decides alone."""
    header = request.headers.get("Authorization")
    match = BEARER.match(header) if header is not None else None
    value = match.group(1).strip() if match else _cookie(request)
    password = None if value is None else password_of_unlock_token(value)
    return password is not None and password.configuration_id == link.pk


def _cookie(request: HttpRequest) -> str | None:
    """The JWT in the cookie, which a header puts out of force."""
    return None if "Authorization" in request.headers else request.COOKIES.get(COOKIE)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _allow_style(response: HttpResponse, nonce: str) -> HttpResponse:
    """Let the page's one style element count: it holds the places and colors of the cards."""
    response.headers[POLICY] = f"style-src 'self' 'nonce-{nonce}'"
    return response


def _protect(response: HttpResponse, place: str) -> HttpResponse:
    """No scripts but ours, no other hosts, no search engines, no framing but of `/embedded/`."""
    styles = response.headers.get(POLICY, "style-src 'self'")
    ancestors = "*" if place == EMBEDDED else "'self'"
    response.headers[POLICY] = (
        f"default-src 'none'; {styles}; script-src 'self'; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors {ancestors}"
    )
    if place != EMBEDDED:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
