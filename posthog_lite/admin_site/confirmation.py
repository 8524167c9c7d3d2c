"""Actions that ask first, and that are also offered on the page of a single row."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]

    _PageBase = ModelAdmin[Any]
else:
    _PageBase = object  # mixed into a ModelAdmin

SHOWN_NAMES = 20


def confirmed(question: str) -> Callable[[Action], Action]:
    """Show `question` and the rows it is about; run the action once it has been confirmed."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def wrapped(
            page: Any, request: HttpRequest, queryset: QuerySet[Any]
        ) -> HttpResponse | None:
            if "confirmed" in request.POST:
                return action(page, request, queryset)
            return _ask(page, request, queryset, question)

        return wrapped

    return decorate


def _ask(
    page: Any, request: HttpRequest, queryset: QuerySet[Any], question: str
) -> TemplateResponse:
    count = queryset.count()
    context = {
        **page.admin_site.each_context(request),
        "title": question,
        "opts": page.opts,
        "action": request.POST["action"],
        "verb": page.get_actions(request)[request.POST["action"]][2],
        "names": [str(row) for row in queryset[:SHOWN_NAMES]],
        "more": max(0, count - SHOWN_NAMES),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "address": request.get_full_path(),
    }
    return TemplateResponse(request, "posthog_lite/confirm_action.html", context)


class ActionsOnPage(_PageBase):
    """Offers the actions of the list as buttons on the page of a row, too."""

    change_form_template: ClassVar[Any] = "posthog_lite/page_with_actions.html"

    def actions_for(self, request: HttpRequest, row: Any) -> list[str]:
        """The names of the actions that make sense for this row."""
        return [name for name in self._actions(request) if name != "delete_selected"]

    def links_for(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Addresses about this row, with what to call them."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        names = [] if row is None else self.actions_for(request, row)
        known = self._actions(request)
        context["row_links"] = [] if row is None else self.links_for(request, row)
        context["row_actions"] = [(name, known[name][2]) for name in names if name in known]
        context["checkbox_name"] = ACTION_CHECKBOX_NAME
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def _actions(self, request: HttpRequest) -> dict[str, Any]:
        known: dict[str, Any] = self.get_actions(request)
        return known
