from __future__ import annotations

from django.apps import AppConfig


class QueryConfig(AppConfig):
    name = "posthog_lite.query"
    label = "query"
