"""The WSGI application that production servers load."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")
application = get_wsgi_application()
