"""The admin's login page, with a limit on guessing that holds across all processes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.shortcuts import render
from django.utils import timezone

from posthog_lite.accounts.services.logins import count_login_attempt, forget_login_attempts
from posthog_lite.accounts.slow_hashes import TooManyHashes
from posthog_lite.api.addresses import client_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

SECONDS_WHEN_BUSY = 5
REDIRECT = 302  # what the page answers to the right password


def login(request: HttpRequest) -> HttpResponse:
    """Django's page of the admin, with the limit."""
    return limit_attempts(request, admin.site.login)


def limit_attempts(request: HttpRequest, page: Callable[..., Any]) -> HttpResponse:
    """Answer with a login page; 429 for right and wrong passwords after too many attempts."""
    if request.method != "POST":
        answer: HttpResponse = page(request)
        return answer
    name, address = request.POST.get("username", ""), client_address(request)
    wait = count_login_attempt(name=name, address=address, now=timezone.now())
    if wait:
        return _refuse(request, wait)
    try:
        response: HttpResponse = page(request)
    except TooManyHashes:
        return _refuse(request, SECONDS_WHEN_BUSY, status=503)
    if response.status_code == REDIRECT:
        forget_login_attempts(name=name, address=address)
    return response


def _refuse(request: HttpRequest, wait: int, *, status: int = 429) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Too many attempts",
        "minutes": math.ceil(wait / 60),
    }
    response = render(request, "posthog_lite/too_many_attempts.html", context, status=status)
    response.headers["Retry-After"] = str(wait)
    return response
