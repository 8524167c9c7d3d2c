"""Looks who sends a large body before it is read."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError

from posthog_lite.accounts.selectors import may_be_key
from posthog_lite.api.authentication import PARAMETER, bearer_value
from posthog_lite.database.transactions import release_connection

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from django.http import HttpRequest

session_engine = import_module(settings.SESSION_ENGINE)


def is_known(environ: WSGIEnvironment) -> bool:
    """Return whether the key or the session outside of the body exists.

    True as well while the database does not answer: the view will say so.
    """
    request = WSGIRequest(environ)
    try:
        return _has_key(request) or _has_session(request)
    except (DatabaseError, InterfaceError):
        return True
    finally:
        release_connection()


def _has_key(request: HttpRequest) -> bool:
    value = bearer_value(request) or request.GET.get(PARAMETER)
    return bool(value and "\x00" not in value and may_be_key(value=value))


def _has_session(request: HttpRequest) -> bool:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return bool(key and "\x00" not in key and session_engine.SessionStore().exists(key))
