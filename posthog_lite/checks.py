"""System checks: every view of the API names its scopes, and production is configured safely."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # its name
from django.urls import URLPattern, URLResolver, get_resolver

from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ProjectViewSet
from posthog_lite.embedded.clickhouse import why_engine_cannot_run


def iterate_patterns(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    """Every route below `resolver` with its whole regular expression."""
    found: list[tuple[str, URLPattern]] = []
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += iterate_patterns(entry, path)
        else:
            found.append((path, entry))
    return found


@register("posthog_lite")
def check_project_views(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E001: not a ProjectViewSet; E002: an action without a scope."""
    messages: list[CheckMessage] = []
    for path, pattern in iterate_patterns(get_resolver()):
        if "project_id" not in path or "organizations" in path:
            continue
        callback: Any = pattern.callback
        view_class = getattr(callback, "cls", None)
        if view_class is None or not issubclass(view_class, ProjectViewSet):
            messages.append(Error(f"{path} is not a ProjectViewSet.", id="posthog_lite.E001"))
            continue
        view = view_class(**callback.initkwargs)
        for method, action in callback.actions.items():
            if required_scopes(view, action) is None:
                messages.append(
                    Error(f"{method.upper()} {path} names no scope.", id="posthog_lite.E002")
                )
    return messages


@register("posthog_lite", "settings_file")
def check_settings_file(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn of names in the .env file that look misspelt: they would have no effect."""
    return [
        Warning(
            f"The .env file sets {name}, which is not a setting.",
            hint=f"Is {meant} meant?",
            id="posthog_lite.W004",
        )
        for name, meant in settings.MISSPELT_VARIABLES.items()
    ]


@register("posthog_lite", "production", deploy=True)
def check_production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E003 and E004 are never safe; W001 to W003 matter only where the hint says.

    `manage.py serve` asks for these by the tag: it refuses errors and tells warnings.
    """
    found = (_debug(), _every_host(), _local_secret(), _no_engine(), _plain_http())
    return [message for message in found if message is not None]


def _debug() -> CheckMessage | None:
    if not settings.DEBUG:
        return None
    return Error(
        "DEBUG is on: errors show settings and code to everybody.",
        hint="Remove DEBUG from the environment.",
        id="posthog_lite.E003",
    )


def _every_host() -> CheckMessage | None:
    if "*" not in settings.ALLOWED_HOSTS:
        return None
    return Error(
        "ALLOWED_HOSTS is '*': a request chooses the host that links in answers name.",
        hint="List the host names under which clients reach the server.",
        id="posthog_lite.E004",
    )


def _local_secret() -> CheckMessage | None:
    if not settings.IS_SECRET_KEY_LOCAL or "EMBEDDED_DIR" in settings.DATABASES["default"]:
        return None
    return Warning(
        "DATABASE_URL is set and SECRET_KEY is not: each machine signs with its own key.",
        hint="Set one SECRET_KEY on all machines, or sessions end where another answers.",
        id="posthog_lite.W001",
    )


def _no_engine() -> CheckMessage | None:
    why = None if settings.CLICKHOUSE_URL else why_engine_cannot_run()
    if why is None:
        return None
    return Warning(
        f"Events are kept and queries are not answered: {why}",
        hint="Dashboards work without them.",
        id="posthog_lite.W003",
    )


def _plain_http() -> CheckMessage | None:
    if settings.SECURE_COOKIES:
        return None
    return Warning(
        "SECURE_COOKIES is off: sessions of the admin also travel over plain HTTP.",
        hint="Set SECURE_COOKIES=true where the server is reached over HTTPS.",
        id="posthog_lite.W002",
    )
