"""The WSGI application that production servers load."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from posthog_lite.server.request_bodies import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")

application = WholeBodies(get_wsgi_application())
