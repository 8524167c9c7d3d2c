"""Boxes on the page of a row: parts with forms of their own, above the form of the row itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect

from posthog_lite.admin_site.confirmation import ActionsOnPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest, HttpResponse

BOX, DOES = "box", "does"  # what a form of a box says of itself: its box, and what it asks for


class Box:
    """One part of the page of `row`. Its forms are sent to the page and answered by `take`."""

    name: ClassVar[str]
    title: ClassVar[str]
    template: ClassVar[str]

    def __init__(self, page: ModelAdmin[Any], request: HttpRequest, row: Any) -> None:
        self.page = page
        self.request = request
        self.row = row
        self.refused: dict[str, forms.Form] = {}  # forms that came and were wrong, by what they do

    @property
    def is_shown(self) -> bool:
        """Return whether the user sees the box."""
        return True

    @property
    def media(self) -> forms.Media:
        """Styles and scripts that its forms need."""
        return forms.Media()

    def take(self, does: str) -> str | None:
        """Do what a form asks for and return what to say of it; None shows the page again.

        Raises PermissionDenied for what the one who asks may not do.
        """
        raise NotImplementedError

    def may(self, permission: str) -> bool:
        """Return whether Django's permissions grant this, such as `dashboards.change_tile`."""
        return bool(self.request.user.has_perm(permission))

    def demand(self, is_allowed: bool) -> None:
        """Raise PermissionDenied unless it is."""
        if not is_allowed:
            raise PermissionDenied


class PageWithBoxes(ActionsOnPage):
    """A page that shows boxes and hands each what its forms send."""

    boxes: ClassVar[Sequence[type[Box]]] = ()
    change_form_template = "posthog_lite/page_with_boxes.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        taken = None
        if request.method == "POST" and BOX in request.POST:
            taken = self._box_asked(request, object_id)
            said = taken.take(request.POST.get(DOES, ""))
            if said is not None:
                self.log_change(request, taken.row, said)
                self.message_user(request, said)
                return HttpResponseRedirect(f"{request.path}#box-{taken.name}")
            request.method = "GET"  # what follows only shows the page
        context = (extra_context or {}) | {"taken_box": taken}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row, taken = context.get("original"), context.get("taken_box")
        if row is not None and not context.get("is_popup"):
            boxes = [kind(self, request, row) for kind in self.boxes]
            shown = [taken if taken and taken.name == box.name else box for box in boxes]
            context["boxes"] = [box for box in shown if box.is_shown]
            context["media"] = sum((box.media for box in context["boxes"]), context["media"])
        return super().render_change_form(request, context, *args, **kwargs)

    def page_after_adding(self, request: HttpRequest, row: Any) -> tuple[str, str]:
        """Return what to say of a row that was just made, and the address to go on at."""
        raise NotImplementedError

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        if request.POST.keys() & {IS_POPUP_VAR, "_addanother", "_continue"}:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        said, address = self.page_after_adding(request, obj)
        self.message_user(request, f"{obj} was made. {said}")
        return HttpResponseRedirect(address)

    def _box_asked(self, request: HttpRequest, object_id: str) -> Box:
        row = self.get_object(request, unquote(object_id))
        for kind in self.boxes:
            if row is not None and kind.name == request.POST[BOX]:
                box = kind(self, request, row)
                box.demand(self.has_view_or_change_permission(request, row) and box.is_shown)
                return box
        raise PermissionDenied
