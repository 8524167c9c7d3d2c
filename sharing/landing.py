"""`/`: what this server is, where things are, and which projects are one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from posthog_lite.accounts.models import User
from posthog_lite.accounts.selectors import list_projects
from sharing.page import read_wishes
from sharing.protection import protect

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_PROJECTS = 100


@require_safe
def show_landing(request: HttpRequest) -> HttpResponse:
    """Say what this is; to somebody who is signed in, also which projects they have."""
    user = request.user
    own = list_projects(user=user, key=None) if isinstance(user, User) else None
    context = read_wishes(request) | {
        "projects": [] if own is None else own.order_by("name", "id")[:MOST_PROJECTS],
        "is_member": own is not None,
        "is_staff": own is not None and user.is_staff,
        "address": request.build_absolute_uri("/").rstrip("/"),
    }
    return protect(render(request, "sharing/landing.html", context), may_be_framed=False)
