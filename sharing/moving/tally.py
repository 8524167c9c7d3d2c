"""Output of the commands that move things, while they run and at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sharing.moving.items import PLURALS, Item
from sharing.moving.mover import Mover, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NOTES = 200


class Tally:
    """Counts of items by kind and outcome."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Outcome]] = Counter()

    def add(self, item: Item, outcome: Outcome) -> None:
        self._counts[item.kind, outcome] += 1

    @property
    def total(self) -> int:
        return self._counts.total()

    @property
    def failed(self) -> int:
        return sum(n for (_, outcome), n in self._counts.items() if outcome is Outcome.FAILED)

    def lines(self, mover: Mover) -> Iterator[str]:
        """Return what came of it: a line a kind, then new links, then what to know."""
        for kind, plural in PLURALS.items():
            counts = [(each, self._counts[kind, each]) for each in Outcome]
            told = ", ".join(f"{number} {each.value}" for each, number in counts if number)
            if told:
                yield f"{plural:<12}{told}"
        if mover.links:
            yield from ["", "New links:", *(f"  {link}" for link in mover.links)]
        notes = list(dict.fromkeys(mover.notes))
        if notes:
            yield from ["", "To know:", *(f"  {note}" for note in notes[:MOST_NOTES])]
        if len(notes) > MOST_NOTES:
            yield f"  and {len(notes) - MOST_NOTES} more"
