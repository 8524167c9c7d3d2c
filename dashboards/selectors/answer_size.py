"""The limit of an answer, kept before anything large is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthog_lite.domain import AnswerTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 64 * 1024 * 1024
MOST_BYTES_OF_PAGE = 16 * 1024 * 1024


@dataclass(slots=True)
class AnswerSize:
    """The bytes of an answer, counted while it is made."""

    most: int
    taken: int = 0

    def add(self, size: int) -> None:
        """Count a part before it is made. Raises AnswerTooLarge from the first too many on."""
        self.taken += size
        self.check()

    def check(self) -> None:
        """Raise AnswerTooLarge where the parts so far are too many."""
        if self.taken > self.most:
            raise AnswerTooLarge(
                f"The answer would be larger than {self.most // 1024**2} MB. Ask for fewer rows, "
                "or take tiles off the dashboard."
            )


def check_answer_size(parts: Iterable[int]) -> AnswerSize:
    """Return the size of an answer of these parts, in bytes, to count on. Raises AnswerTooLarge."""
    size = AnswerSize(MOST_BYTES)
    size.add(sum(parts))
    return size
