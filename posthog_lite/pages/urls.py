from __future__ import annotations

from django.urls import re_path

from posthog_lite.pages.views import show_manual

urlpatterns = [
    re_path(r"^docs/?$", show_manual, name="manual"),
    re_path(r"^docs/(?P<name>\w+)/?$", show_manual, name="manual-page"),
]
