"""Rules for every page of the admin."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR
from django.core.exceptions import SuspiciousOperation
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest, HttpResponse, QueryDict

# The admin's own parameters: of lists, of forms that open in a window, and of what they return to.
NO_LOOKUPS = {*IGNORED_PARAMS, PAGE_VAR, ERROR_FLAG, "_changelist_filters"}


class AdminMiddleware:
    """Refuses NUL characters, which PostgreSQL cannot compare with, and questions about columns.

    Django lets a list be asked about each column of its rows, such as whether a hash begins with a
    letter. Here lists are asked by their filters alone.
    """

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
        model_admin = getattr(view, "model_admin", None)
        is_list = view.__name__ == "changelist_view"
        if model_admin is not None and is_list:
            _check_lookups(model_admin, request)

    @cached_property
    def _root(self) -> str:
        """Return where the admin is; found once, as every request goes through here."""
        return reverse("admin:index")


def _check_lookups(model_admin: ModelAdmin[Any], request: HttpRequest) -> None:
    """Raise DisallowedModelAdminLookup for a parameter that is of no filter of the list."""
    asked = [_filtered_by(entry) for entry in model_admin.get_list_filter(request)]
    for name in request.GET.keys() - NO_LOOKUPS:
        if not any(name == known or name.startswith(f"{known}__") for known in (*asked, "id")):
            raise DisallowedModelAdminLookup(f"Filtering by {name} is not allowed.")


def _filtered_by(entry: Any) -> str:
    """Return the name of the parameters of a filter."""
    if isinstance(entry, tuple):
        entry = entry[0]
    return entry if isinstance(entry, str) else str(entry.parameter_name)


def _holds_nul(given: QueryDict) -> bool:
    return any("\x00" in text for name, texts in given.lists() for text in (name, *texts))
