"""The addresses that SDKs call, below the root of the server."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from posthog_lite.events_api import sdk_calls
from posthog_lite.events_api.capture import capture
from posthog_lite.events_api.capture_v1 import capture_v1

_TOKEN = r"(?P<token>[^/]+)"  # noqa: S105  # a pattern

urlpatterns: list[URLPattern] = [
    re_path(r"^(?P<route>i/v0/e|e|batch|capture|track|engage|i/v0/ai/batch|i/v0/ai)/?$", capture),
    re_path(r"^i/v1/(?:analytics|ai)/events/?$", capture_v1),
    re_path(r"^(?:flags|decide)/?$", sdk_calls.flags),
    re_path(r"^flags/definitions/?$", sdk_calls.flag_definitions),
    re_path(rf"^array/{_TOKEN}/config/?$", sdk_calls.config),
    re_path(rf"^array/{_TOKEN}/config\.js$", sdk_calls.config_script),
    re_path(r"^s/?$", sdk_calls.replay),
]
# They must stand before the routes of the API, which would say that they are unknown.
api_urlpatterns: list[URLPattern] = [
    re_path(
        r"^(?P<noun>surveys|web_experiments|early_access_features|product_tours)/?$",
        sdk_calls.nothing,
    ),
    re_path(r"^feature_flag/local_evaluation/?$", sdk_calls.flag_definitions),
]
