"""The WSGI application that production servers load."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from posthog_lite.server.request_bodies import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")

django_application = get_wsgi_application()

from posthog_lite.api.senders import is_known  # noqa: E402  # needs the apps

application = WholeBodies(django_application, knows=is_known)
