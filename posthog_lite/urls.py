"""Mounts everything; the only place that sees every app."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

import dashboards.urls
import posthog_lite.accounts_api.urls
import posthog_lite.events_api.sdk_urls
import posthog_lite.events_api.urls
import posthog_lite.pages.urls
import posthog_lite.query_api.urls
import sharing.urls
import themes.urls
from posthog_lite.api.docs import RedocPage, SchemaView, SwaggerPage
from posthog_lite.api.errors import endpoint_not_found
from posthog_lite.api.health import livez, readyz
from posthog_lite.api.routers import OptionalSlashRouter
from posthog_lite.project_admin.login import login
from posthog_lite.server.metrics import metrics
from sharing.landing import show_landing

# Routes are tried in this order: those that clients poll come first.
router = OptionalSlashRouter()
dashboards.urls.register(router)
themes.urls.register(router)
posthog_lite.events_api.urls.register(router)
posthog_lite.query_api.urls.register(router)
posthog_lite.accounts_api.urls.register(router)

handler400 = "posthog_lite.api.errors.refused"
handler500 = "posthog_lite.api.errors.server_error"

# Not before: most commands have no pages, and the models of all pages to load.
admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    *posthog_lite.events_api.sdk_urls.urlpatterns,
    path("api/", include(posthog_lite.events_api.sdk_urls.api_urlpatterns)),
    path("api/", include(posthog_lite.query_api.urls.urlpatterns)),
    path("api/", include(router.urls)),
    path("api/", include(sharing.urls.api_urlpatterns)),
    re_path(r"^api/schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^api/schema/swagger-ui/?$", SwaggerPage.as_view()),
    re_path(r"^api/schema/redoc/?$", RedocPage.as_view(url_name="schema")),
    re_path(r"^api(/.*)?$", csrf_exempt(endpoint_not_found)),
    path("", show_landing),
    *posthog_lite.pages.urls.urlpatterns,
    re_path(r"^_livez/?$", livez),
    re_path(r"^_liveness/?$", livez),
    re_path(r"^_readyz/?$", readyz),
    re_path(r"^_readiness/?$", readyz),
    *sharing.urls.viewer_urlpatterns,
    *sharing.urls.member_urlpatterns,
    re_path(r"^_metrics/?$", metrics),
    re_path(r"^admin$", RedirectView.as_view(url="/admin/")),
    path("admin/login/", login),
    path("admin/", admin.site.urls),
]
