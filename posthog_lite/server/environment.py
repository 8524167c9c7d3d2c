"""Reads settings from the environment; one that cannot be read is reported by name and value."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import environ
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from pathlib import Path

TRUE, FALSE = ("true", "on", "yes", "y", "ok", "1"), ("false", "off", "no", "n", "0", "")
DATABASE_SCHEMES = ("postgresql://", "postgres://")
NAME = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=", re.MULTILINE)
ALIKE = 0.8  # of 1: what is less so may well be meant for another program
PASSWORD = re.compile(r"(://[^/@]*:)[^/@]*@")


class Environment(environ.FileAwareEnv):
    """Raises ImproperlyConfigured with the variable, its value, and what it can be."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: set[str] = set()

    def misspelt(self, path: Path) -> dict[str, str]:
        """Return names of a file that nothing has asked for, each with what may be meant by it."""
        try:
            names = set(NAME.findall(path.read_text(errors="replace")))
        except OSError:
            return {}
        known = {*self._asked, *(f"{name}_FILE" for name in self._asked)}
        alike = {
            name: get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)
            for name in sorted(names - known)
        }
        return {name: found[0] for name, found in alike.items() if found}

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:
        self._asked.add(var)
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
