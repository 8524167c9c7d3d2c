"""Keeps the tokens of share links out of the logs."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote

# Loggers of Django that write the path or the request line of what went wrong.
LOGGERS = ("django.request", "django.server", "django.security.csrf")
TOKEN = re.compile(
    r"(/(?:shared|shared_dashboard|embedded)/+|sharing_access_token=)[^/?&#\s\"']+", re.IGNORECASE
)
HIDDEN = r"\g<1>***"


class HideShareTokens(logging.Filter):
    """Replaces a token in the message or its arguments, however its URL is spelled."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hide(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hide(argument) for argument in record.args)
        return True


def install() -> None:
    """Put it on the loggers themselves: there it holds whatever handlers an operator configures."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(HideShareTokens())


def _hide(text: object) -> object:
    if not isinstance(text, str):
        return text
    if TOKEN.search(text):
        return TOKEN.sub(HIDDEN, text)
    plain = unquote(text)
    return TOKEN.sub(HIDDEN, plain) if plain != text and TOKEN.search(plain) else text
