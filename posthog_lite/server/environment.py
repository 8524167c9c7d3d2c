"""Reads settings from the environment; one that cannot be read is told by name and value."""

from __future__ import annotations

import re
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("true", "on", "yes", "y", "ok", "1"), ("false", "off", "no", "n", "0", "")
DATABASE_SCHEMES = ("postgresql://", "postgres://")
PASSWORD = re.compile(r"(://[^/@]*:)[^/@]*@")


class Environment(environ.FileAwareEnv):
    """Raises ImproperlyConfigured with the variable, its value, and what it can be."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:
        text = str(self.ENVIRON.get(var, ""))
        if cast is bool and text.strip().lower() not in (*TRUE, *FALSE):
            raise unreadable(var, text, "true or false")
        try:
            value = super().get_value(var, cast, *args, **options)
        except ValueError as error:
            raise unreadable(var, text, "a whole number") from error
        if cast is int and text and value < 0:
            raise unreadable(var, text, "a whole number of 0 or more")
        return value

    def database(self, var: str, engine: str) -> dict[str, Any]:
        """Return the address of a PostgreSQL in the form of Django's settings."""
        text = str(self.str(var))
        if not text.startswith(DATABASE_SCHEMES):
            raise unreadable(var, text, "like postgresql://user:password@host:5432/database")
        try:
            return dict(self.db_url_config(text, engine=engine))
        except ValueError as error:
            raise unreadable(var, text, "like postgresql://user:password@host/database") from error

    def shared_cache(self, var: str, default: str) -> dict[str, Any]:
        """Return the address of a cache in the form of Django's settings."""
        try:
            return dict(self.cache(var, default=default))
        except (ImproperlyConfigured, ValueError) as error:
            text = str(self.ENVIRON.get(var, ""))
            raise unreadable(var, text, "like redis://host:6379/0") from error


def unreadable(var: str, text: str, possible: str) -> ImproperlyConfigured:
    """Return the error to raise; a password in the value is left out."""
    shown = PASSWORD.sub(r"\1***@", text)
    return ImproperlyConfigured(f"{var} is {shown!r}; it must be {possible}.")
