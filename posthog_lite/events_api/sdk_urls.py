"""The addresses that SDKs call, below the root of the server."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from posthog_lite.events_api import sdk_calls
from posthog_lite.events_api.capture import capture
from posthog_lite.events_api.capture_v1 import capture_v1

_TOKEN = r"(?P<token>[^/]+)"  # noqa: S105  # a pattern

CAPTURE = ("i/v0/e", "e", "batch", "capture", "track", "engage", "i/v0/ai/batch", "i/v0/ai")
urlpatterns: list[URLPattern] = [
    *(re_path(rf"^{route}/?$", capture, {"route": route}) for route in CAPTURE),
    re_path(r"^i/v1/analytics/events/?$", capture_v1),
    re_path(r"^i/v1/ai/events/?$", capture_v1),
    re_path(r"^flags/?$", sdk_calls.flags),
    re_path(r"^decide/?$", sdk_calls.flags),
    re_path(r"^flags/definitions/?$", sdk_calls.flag_definitions),
    re_path(rf"^array/{_TOKEN}/config/?$", sdk_calls.config),
    re_path(rf"^array/{_TOKEN}/config\.js$", sdk_calls.config_script),
    re_path(r"^s/?$", sdk_calls.replay),
]
# What the paths above begin with; no other path of the server does.
FIRST_PARTS = frozenset({*(route.partition("/")[0] for route in CAPTURE), "flags", "decide"})
FIRST_PARTS |= {"array", "s"}
# They must stand before the end of the API's routes, which would say that they are unknown.
api_urlpatterns: list[URLPattern] = [
    *(re_path(rf"^{noun}/?$", sdk_calls.nothing, {"noun": noun}) for noun in sdk_calls.NOTHING),
    re_path(r"^feature_flag/local_evaluation/?$", sdk_calls.flag_definitions),
]
