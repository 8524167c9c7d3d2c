"""Failures the product expects. Pure Python: no HTTP, no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

MOST_ANSWER_BYTES = 64 * 1024 * 1024


class DomainError(Exception):
    """Base of every anticipated failure raised below the HTTP layer.

    `status_code`, `code` and `type` are what a client sees; `attr` names the offending field.
    """

    status_code = 400
    code = "invalid_input"
    type = "validation_error"
    # Set where PostHog answers `{"<this key>": detail}` instead of the usual four keys.
    bare_key: ClassVar[str | None] = None
    hint = ""  # what helps a person at a form or a command; no part of an answer

    def __init__(self, detail: str, *, attr: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.attr = attr


class NotAllowed(DomainError):
    """The caller may be here but may not do this."""

    status_code = 403
    code = "permission_denied"
    type = "authentication_error"


class Missing(DomainError):
    """The thing named does not exist for this caller."""

    status_code = 404
    code = "not_found"
    type = "invalid_request"


class Conflict(DomainError):
    """The write clashes with what is stored."""

    status_code = 409
    code = "conflict"
    type = "server_error"


class AnswerTooLarge(DomainError):
    """The answer would be larger than answers may be."""

    status_code = 413
    code = "answer_too_large"
    type = "invalid_request"


@dataclass(slots=True)
class AnswerSize:
    """The bytes of an answer, counted while it is made."""

    most: int
    taken: int = 0
    advice: str = "Ask for fewer rows."

    def add(self, size: int) -> None:
        """Count a part before it is made. Raises AnswerTooLarge from the first too many on."""
        self.taken += size
        self.check()

    def check(self) -> None:
        """Raise AnswerTooLarge where the parts so far are too many."""
        if self.taken > self.most:
            limit = f"The answer would be larger than {self.most // 1024**2} MB."
            raise AnswerTooLarge(f"{limit} {self.advice}")
