"""Writes items into a project: creates what is new and changes what is different."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError

from dashboards.models import Dashboard, Insight
from dashboards.services.tags import normalize_tags, set_tags
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from sharing.models import Origin
from sharing.moving.items import DASHBOARD, INSIGHT, THEME, VARIABLE, Item, digest_of
from sharing.moving.kinds import KINDS, tags_of
from sharing.moving.links import open_link
from sharing.moving.stored_results import keep_results
from sharing.moving.target import Target
from sharing.moving.tiles import place_tiles

WRONG = (DomainError, ValidationError, IntegrityError, DataError, RecursionError)


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Mover(Target):
    """Moves items of one source into one project."""

    def move(self, item: Item) -> Outcome:
        """Write an item; one that cannot be written leaves a note and nothing else."""
        try:
            return self._foreseen(item) if self.is_dry else self._move(item)
        except WRONG as error:
            self.note(item, _said(error))
            return Outcome.FAILED

    def _foreseen(self, item: Item) -> Outcome:
        row, is_same = self._look_up(item)
        if row is None:
            return Outcome.CREATED
        return Outcome.UNCHANGED if is_same else Outcome.CHANGED

    @one_transaction
    def _move(self, item: Item) -> Outcome:
        row, is_same = self._look_up(item)
        outcome = Outcome.UNCHANGED
        if not is_same:
            row, outcome = self._write(item, row)
        if item.kind in (INSIGHT, DASHBOARD):
            keep_results(target=self, row=row, item=item)
        return outcome

    def _look_up(self, item: Item) -> tuple[Any, bool]:
        """Return the row that an item was moved to, and whether it can stay as it is."""
        kind = KINDS[item.kind]
        rows = kind.model.objects.for_project(self.project)
        origin = self._origins.get((item.kind, item.key))
        row = None if origin is None else rows.filter(pk=origin.local_id).first()
        if row is not None and origin is not None:
            return row, not self.is_by_name and origin.digest == digest_of(item)
        same = kind.same(self, item)
        return (self._namesake(rows.filter(**same), item) if same else None), False

    def _namesake(self, rows: Any, item: Item) -> Any:
        """Return the only row of a name that no other item of this source was moved to."""
        taken = [each.local_id for (kind, _), each in self._origins.items() if kind == item.kind]
        return rows.exclude(pk__in=taken).order_by("pk").first()

    def _write(self, item: Item, row: Any) -> tuple[Any, Outcome]:
        kind = KINDS[item.kind]
        is_new = row is None
        is_everybodys = item.kind == THEME and row is not None and row.project_id is None
        columns = {} if is_everybodys else kind.columns(self, item)
        if is_new:
            row = kind.model(project=self.project, **kind.when_new(self, item))
        changed = [name for name, value in columns.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, columns[name])
        if is_new:
            row.save(force_insert=True)
        elif changed:
            row.save(update_fields=changed)
        has_changed = self._write_parts(item, row) or bool(changed)
        self._remember(item, row)
        if is_new:
            return row, Outcome.CREATED
        return row, Outcome.CHANGED if has_changed else Outcome.UNCHANGED

    def _write_parts(self, item: Item, row: Any) -> bool:
        if not isinstance(row, (Insight, Dashboard)):
            return False
        row.project = self.project  # the same row; saves a query
        wanted = tags_of(item)
        has_changed = set(normalize_tags(wanted)) != set(row.tags.values_list("name", flat=True))
        if has_changed:
            set_tags(item=row, names=wanted)
        if isinstance(row, Dashboard):
            has_changed |= place_tiles(target=self, dashboard=row, item=item)
        open_link(target=self, resource=row, item=item)
        return has_changed

    def _remember(self, item: Item, row: Any) -> None:
        origin = Origin(
            project=self.project,
            source=self.source,
            kind=item.kind,
            key=item.key,
            local_id=str(row.pk),
            digest=digest_of(item),
            moved_at=self.now,
        )
        Origin.objects.bulk_create(
            [origin],
            update_conflicts=True,
            unique_fields=["project", "source", "kind", "key"],
            update_fields=["local_id", "digest", "moved_at"],
        )
        self._origins[item.kind, item.key] = origin
        if item.kind == VARIABLE:
            self._variables[row.code_name] = str(row.pk)


def _said(error: BaseException) -> str:
    if isinstance(error, DomainError):
        return error.detail
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return " ".join(str(error).split())
