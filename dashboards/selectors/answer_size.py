"""The limit of an answer, kept before anything large is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 64 * 1024 * 1024


class AnswerTooLarge(DomainError):
    """The answer would be larger than answers may be."""

    status_code = 413
    code = "answer_too_large"
    type = "invalid_request"


def check_answer_size(parts: Iterable[int]) -> None:
    """Raise AnswerTooLarge where the parts of an answer, in bytes, are more than it may hold."""
    if sum(parts) > MOST_BYTES:
        raise AnswerTooLarge(
            f"The answer would be larger than {MOST_BYTES // 1024**2} MB. Ask for fewer rows, or "
            "take tiles off the dashboard."
        )
