"""Ids: random values that clients see, and ids that clients send.

The only caller of `secrets` in the project.
"""

from __future__ import annotations

import secrets
from datetime import datetime

LARGEST_ID = 2**63 - 1  # of rows, as PostgreSQL numbers them
BASE_62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
PERSONAL_API_KEY_PREFIX = "phx_"
PROJECT_TOKEN_PREFIX = "phc_"  # noqa: S105  # a prefix, not a secret


def new_personal_api_key() -> str:
    """A key value of 280 random bits: 256 stay secret while the mask shows four characters."""
    return PERSONAL_API_KEY_PREFIX + _random_base_62(35)


def new_project_token() -> str:
    """The public token of a project, 256 random bits."""
    return PROJECT_TOKEN_PREFIX + _random_base_62(32)


def new_key_id() -> str:
    """The row id of a personal API key: not an integer, not a UUID."""
    return _random_base_62(16)


def new_distinct_id() -> str:
    """Return what a user is called in events."""
    return _random_base_62(32)


def new_short_id() -> str:
    """The eight-character id of an insight."""
    return "".join(secrets.choice(BASE_62) for _ in range(8))


def new_password() -> str:
    """A password to show once."""
    return secrets.token_urlsafe(15)


def new_share_token() -> str:
    """The part of a share link that is secret: 176 random bits, 30 characters, never a dot."""
    return secrets.token_urlsafe(22)


def new_share_password() -> str:
    """A password of 128 random bits for a share, to show once."""
    return secrets.token_urlsafe(16)


def new_engine_password() -> str:
    """A password for the embedded engine, which its clients read from its folder."""
    return secrets.token_urlsafe(32)


def new_nonce() -> str:
    """A value that marks the style of one page as its own."""
    return secrets.token_urlsafe(16)


def new_secret_key() -> str:
    """A signing key for a deployment that brings none."""
    return secrets.token_urlsafe(50)


def new_event_uuid(now: datetime) -> str:
    """A UUID of version 7: ids of later moments are greater."""
    time, chance = f"{int(now.timestamp() * 1000):012x}", secrets.token_hex(9)
    return f"{time[:8]}-{time[8:]}-7{chance[:3]}-8{chance[3:6]}-{chance[6:]}"


def parse_row_id(text: str) -> int | None:
    """An integer id as it stands in a URL; None for everything else, which names no row."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def row_id(text: str) -> int:
    """Return the integer id that stands in a URL; 0, which no row has, for everything else."""
    return parse_row_id(text) or 0


def _random_base_62(size: int) -> str:
    number = int.from_bytes(secrets.token_bytes(size), "big")
    digits = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(BASE_62[digit])
    return "".join(reversed(digits)) or "0"
