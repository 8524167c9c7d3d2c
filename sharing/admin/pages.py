"""The pages of dashboards and insights, with what only sharing knows: their links and drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path, reverse

from dashboards.admin.dashboards import DashboardAdmin
from dashboards.admin.insights import InsightAdmin
from dashboards.models import Dashboard, Insight
from posthog_lite.admin_site.boxes import Box, PageWithBoxes
from posthog_lite.project_admin.rights import may_see_results
from posthog_lite.project_admin.writing import operator_access
from sharing.admin.preview import show_preview
from sharing.admin.sharing_box import SharingBox

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

    from posthog_lite.accounts.models import User
    from sharing.resources import Resource

    Visitor = AbstractBaseUser | AnonymousUser

VIEW_INSIGHT = "dashboards.view_insight"


class DrawnPage(PageWithBoxes):
    """A page that shows what visitors would see, to those who may see results."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview)
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        return [path("<path:object_id>/preview/", view, name=name), *super().get_urls()]

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.may_preview(request, row):
            raise PermissionDenied
        access = operator_access(row.project, cast("User", request.user))
        return show_preview(request, access=access, resource=row)

    def may_preview(self, request: HttpRequest, row: Resource) -> bool:
        """Return whether the user may see the row, its insights and their results."""
        user = cast("User", request.user)
        return (
            not row.deleted
            and self.has_view_permission(request, row)
            and user.has_perm(VIEW_INSIGHT)
            and may_see_results(user, row.project)
        )

    def preview_address(self, row: Resource) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_preview"
        return reverse(name, args=[row.pk])


class DrawingBox(Box):
    name = "drawing"
    title = "As it is drawn"
    template = "sharing/admin/drawing_box.html"
    page: SharedInsightAdmin

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=["sharing/admin.js"])

    @property
    def is_shown(self) -> bool:
        return self.page.may_preview(self.request, self.row)

    @property
    def address(self) -> str:
        return self.page.preview_address(self.row)


class SharedDashboardAdmin(DrawnPage, DashboardAdmin):
    boxes = [*DashboardAdmin.boxes, SharingBox]

    def links_for(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        """Lead to the page that visitors of a link would get."""
        if not self.may_preview(request, row):
            return []
        return [(self.preview_address(row), "Look at it")]


class SharedInsightAdmin(DrawnPage, InsightAdmin):
    boxes = [DrawingBox, SharingBox]


# Django registers what an app has when the app is loaded; this adds to it, as `auth` is added to.
for model, page in ((Dashboard, SharedDashboardAdmin), (Insight, SharedInsightAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, page)
