"""What a request leaves to be done once its answer is on the way: nothing a client waits for."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request

    Work = Callable[[], None]

logger = logging.getLogger(__name__)
ATTRIBUTE = "work_after_answer"


def do_after_answer(request: Request, work: Work) -> None:
    """Have `work` done when the answer has been sent, before the request counts as finished.

    A server that is told to stop still does it, as it finishes its requests.
    """
    pending: list[Work] | None = getattr(request._request, ATTRIBUTE, None)
    if pending is None:  # outside of the middleware, as in a test of one view
        work()
    else:
        pending.append(work)


def collect_work(request: HttpRequest) -> list[Work]:
    """Where `do_after_answer` puts what is to be done for this request."""
    pending: list[Work] = []
    setattr(request, ATTRIBUTE, pending)
    return pending


def attach_work(response: HttpResponse, pending: list[Work]) -> None:
    """Servers close a response after sending it; Django closes what belongs to it with it."""
    for work in pending:
        response._resource_closers.append(partial(_do, work))  # type: ignore[attr-defined]  # stubs lack it


def _do(work: Work) -> None:
    try:
        work()
    except Exception:  # the answer is out: nobody but the log can be told
        logger.exception("Work left for after an answer failed")
