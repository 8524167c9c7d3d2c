"""Brings what another server has into a project, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sharing.moving.items import DASHBOARD, INSIGHT, PLURALS, Item
from sharing.moving.mover import Mover, Outcome
from sharing.moving.posthog import Reader, shown_insights
from sharing.moving.source import Source, SourceRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from posthog_lite.accounts.models import Project


@dataclass
class _Copying:
    mover: Mover
    reader: Reader
    report: Callable[[Item, Outcome], None]
    seen: set[tuple[str, str]] = field(default_factory=set)

    def kind(self, kind: str) -> None:
        """Bring everything of a kind; one that the source does not give leaves a note."""
        try:
            for item in self.reader.items(kind):
                if kind == DASHBOARD:
                    self._insights_on(item)
                self.item(item)
        except SourceRefused as error:
            self.mover.notes.append(f"{PLURALS[kind]}: left out. {error.detail}")

    def item(self, item: Item) -> None:
        if (item.kind, item.key) not in self.seen:
            self.seen.add((item.kind, item.key))
            self.report(item, self.mover.move(item))

    def _insights_on(self, dashboard: Item) -> None:
        """Bring those that no list had, such as insights that were never saved."""
        for key in shown_insights(dashboard):
            if (INSIGHT, key) in self.seen:
                continue
            insight = self.reader.insight(key)
            if insight is not None:
                self.item(insight)


def bring(
    *,
    project: Project,
    source: Source,
    now: datetime,
    only: Collection[str] = tuple(PLURALS),
    is_dry: bool = False,
    has_insight_links: bool = False,
    report: Callable[[Item, Outcome], None] = lambda _item, _outcome: None,
) -> Mover:
    """Bring the things of some kinds into a project, each on its own.

    Run again, after an interruption too, it writes what is new and what the source changed since.
    Raises SourceFailed where the source cannot be asked.
    """
    mover = Mover(project, source.name, now, is_dry=is_dry)
    reader = Reader(source, notes=mover.notes, has_insight_links=has_insight_links)
    copying = _Copying(mover, reader, report)
    for kind in PLURALS:
        if kind in only:
            copying.kind(kind)
    return mover
