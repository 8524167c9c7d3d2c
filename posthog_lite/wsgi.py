"""The WSGI application that production servers load."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")


def with_chunked_bodies(app: WSGIApplication) -> WSGIApplication:
    """Give Django bodies of unknown length, which it would take for empty ones.

    Clients that stream send `Transfer-Encoding: chunked` without a Content-Length. A body over
    the limit is read no further; its length then makes Django refuse it.
    """

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ and not environ.get("CONTENT_LENGTH"):
            body = environ["wsgi.input"].read(settings.MAX_BODY_BYTES + 1)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return app(environ, start_response)

    return wrapped


application = with_chunked_bodies(get_wsgi_application())
