"""Holds what a card shows, as plain data: a chart, a number, steps, a heat table, or words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 1_000  # of a data table; the rest is counted
MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a card for readers without scripts or eyes. Cells are text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0
    numeric: frozenset[int] = frozenset()  # columns that hold numbers

    @property
    def cells(self) -> list[list[tuple[str, bool]]]:
        """Each row as pairs of a text and whether it is a number."""
        return [[(text, n in self.numeric) for n, text in enumerate(row)] for row in self.rows]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The columns' names as pairs of a text and whether they hold numbers."""
        return [(text, n in self.numeric) for n, text in enumerate(self.columns)]


@dataclass(frozen=True, slots=True)
class BigNumber:
    """One number, and how it changed against the period before where that is known."""

    text: str
    change: str = ""
    direction: str = ""  # up, down or level
    previous: str = ""


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step of one group: its share in percent, its counts and times in words."""

    name: str
    group: str
    color: str
    share: float
    share_text: str
    count_text: str
    dropped_text: str
    time_text: str

    @property
    def top(self) -> float:
        """Return the top of an upright bar, in percent."""
        return 100 - self.share


@dataclass(frozen=True, slots=True)
class FunnelSteps:
    """The steps of a funnel, each with a bar for every group; upright or lying."""

    steps: tuple[tuple[FunnelBar, ...], ...]
    is_lying: bool


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a retention table. `heat` is from 0 to 10; None leaves the cell blank."""

    text: str
    heat: int | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A cohort: its name, its size and its cells."""

    name: str
    size: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatTable:
    """A retention table."""

    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Contents of a card. Exactly one of the parts is drawn; `table` stands behind all of them."""

    table: Table | None = None
    option: dict[str, Any] | None = None  # for the chart library
    number: BigNumber | None = None
    funnel: FunnelSteps | None = None
    heat: HeatTable | None = None
    words: str = ""
    is_failure: bool = False
    description: str = ""  # the chart in one sentence
    notes: tuple[str, ...] = field(default=())

    @property
    def is_table(self) -> bool:
        """Return whether the table itself is what is shown."""
        parts = (self.option, self.number, self.funnel, self.heat)
        return self.table is not None and all(part is None for part in parts)


def make_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numeric_from: int | None = 1
) -> Table:
    """Return a table of bounded size. Columns from `numeric_from` on hold numbers."""
    width = min(len(columns), MOST_COLUMNS)
    numeric = range(numeric_from, width) if numeric_from is not None else range(0)
    return Table(
        columns=tuple(columns[:width]),
        rows=tuple(tuple(row[:width]) for row in rows[:MOST_ROWS]),
        left_out=max(0, len(rows) - MOST_ROWS),
        numeric=frozenset(numeric),
    )
