"""The limit of an answer, kept before anything large is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthog_lite import domain

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = domain.MOST_ANSWER_BYTES
MOST_BYTES_OF_PAGE = 16 * 1024 * 1024


@dataclass(slots=True)
class AnswerSize(domain.AnswerSize):
    """The bytes of an answer with results, counted while it is made."""

    advice: str = "Ask for fewer rows, or take tiles off the dashboard."


def check_answer_size(parts: Iterable[int]) -> AnswerSize:
    """Return the size of an answer of these parts, in bytes, to count on. Raises AnswerTooLarge."""
    size = AnswerSize(MOST_BYTES)
    size.add(sum(parts))
    return size
