"""Failures the product expects. Pure Python: no HTTP, no database."""

from __future__ import annotations

from typing import ClassVar


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
