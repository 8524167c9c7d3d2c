"""The admin's own name; what it shows is registered by the apps."""

from __future__ import annotations

from django.contrib import admin

import posthog_lite.events_api.admin  # noqa: F401  # registers its pages

admin.site.site_header = "PostHog Lite"
admin.site.site_title = "PostHog Lite"
admin.site.index_title = "Everything on this server"
admin.site.site_url = "/"
