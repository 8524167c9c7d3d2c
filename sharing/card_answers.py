"""Answers visitors and members who look closer: the result of one card, or that it is too much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboards.selectors.result_lines import result_lines
from posthog_lite.api.addresses import client_network
from posthog_lite.api.csv import csv_response
from posthog_lite.api.errors import error_response
from posthog_lite.api.renderers import render_json
from posthog_lite.api.throttling import TooManyRequests
from posthog_lite.domain import DomainError
from sharing.exploring import count_look, read_card
from sharing.page import read_wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from sharing.dates import Dates
    from sharing.models import SharingConfiguration
    from sharing.visitor import ShareVisitor


class InvalidDates(DomainError):
    """The address names no range of dates."""

    code = "invalid_input"


def too_many_looks(
    request: HttpRequest, link: SharingConfiguration, *, wants_data: bool
) -> HttpResponse | None:
    """Count a closer look; return the refusal where there were too many."""
    wait = count_look(link=link, network=client_network(request), now=timezone.now())
    if not wait:
        return None
    error = TooManyRequests(wait)
    if wants_data:
        return error_response(error)
    words = f"Too many looks at other dates. Try again in {math.ceil(wait)} seconds."
    context = read_wishes(request) | {"title": "Too many requests", "words": words}
    response = render(request, "sharing/refusal.html", context, status=error.status_code)
    response["Retry-After"] = error.retry_after
    return response


def show_card(
    request: HttpRequest, visit: ShareVisitor, dates: Dates, ending: str
) -> HttpResponseBase:
    """Answer a visitor with the result of one card, or say why not."""
    wanted = request.GET.get("insight", "")
    return answer_card(
        dates,
        lambda: read_card(visit=visit, wanted=wanted, dates=dates, now=timezone.now()),
        ending,
    )


def answer_card(dates: Dates, read: Callable[[], dict[str, Any]], ending: str) -> HttpResponseBase:
    """Answer with an insight as `csv`, its result alone, or as `json`, or say why not."""
    if dates.problem:
        return refuse_dates(dates)
    try:
        shape = read()
        if ending == "csv":
            name = shape.get("name") or shape.get("derived_name") or "result"
            return csv_response(result_lines(shape), name=name)
    except DomainError as error:
        return error_response(error)
    return HttpResponse(render_json(shape), content_type="application/json")


def refuse_dates(dates: Dates) -> HttpResponse:
    """Return the refusal of dates that are no range."""
    return error_response(InvalidDates(dates.problem, attr="date_from"))


def downloads(request: HttpRequest, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return where the results of a page's cards are to be had, each by the id of its insight."""
    return {
        "address": request.path.rstrip("/"),
        "query": urlencode(query, doseq=True),
        "endings": ("csv", "json"),
    }
