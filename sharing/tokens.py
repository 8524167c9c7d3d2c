"""The token of a visitor who gave a link's password: it names the password and is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from datetime import datetime

    from sharing.models import SharePassword

AUDIENCE = "posthog:sharing_password_protected"
ALGORITHM = "HS256"
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class UnlockClaims:
    """The claims of a token; the database decides whether they still hold."""

    password_id: int
    project_id: int
    token: str
    generation: int


def issue_unlock_token(*, password: SharePassword, now: datetime) -> str:
    """A JWT for whoever gave this password."""
    claims = {
        "share_password_id": password.pk,
        "team_id": password.project_id,
        "access_token": password.configuration.access_token,
        "generation": password.configuration.unlock_generation,
        "aud": AUDIENCE,
        "exp": now + LIFETIME,
    }
    return jwt.encode(claims, signing_key(), algorithm=ALGORITHM)


def read_unlock_token(value: str) -> UnlockClaims | None:
    """The claims of a JWT that this server issued and that has not expired; None for all else."""
    try:
        claims = jwt.decode(
            value,
            signing_key(),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "aud", "share_password_id", "team_id", "access_token"]},
        )
        return UnlockClaims(
            password_id=int(claims["share_password_id"]),
            project_id=int(claims["team_id"]),
            token=str(claims["access_token"]),
            generation=int(claims.get("generation", 0)),
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def signing_key() -> bytes:
    """A key of its own, so that nothing else signed with SECRET_KEY passes for a JWT."""
    return salted_hmac("sharing.tokens", ALGORITHM, algorithm="sha256").digest()
