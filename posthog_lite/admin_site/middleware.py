"""What holds for every page of the admin."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import SuspiciousOperation
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, QueryDict


class AdminMiddleware:
    """Refuses NUL characters, which PostgreSQL cannot compare with anything and nobody types."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        if not request.path.startswith(self._root):
            return
        if "\x00" in request.path_info or _holds_nul(request.GET) or _holds_nul(request.POST):
            raise SuspiciousOperation("NUL characters are not allowed.")

    @cached_property
    def _root(self) -> str:
        """Where the admin is; found once, as every request goes through here."""
        return reverse("admin:index")


def _holds_nul(given: QueryDict) -> bool:
    return any("\x00" in text for name, texts in given.lists() for text in (name, *texts))
