"""Deletions that take other rows along: what goes is counted, not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CASCADE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Field, Model
    from django.http import HttpRequest

SHOWN_NAMES = 20


class CountedDeletion:
    """Tells on the confirmation page how many rows of each kind a deletion takes along.

    Django's own page loads every one of them, which many rows do not allow. Needs the right to
    delete the row itself: what belongs to it goes with it.
    """

    def counts(self, rows: list[Any]) -> dict[str, int]:
        """Return how many rows of each kind go, by the name of the kind."""
        raise NotImplementedError

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        rows = list(objs)
        names = [str(row) for row in rows[:SHOWN_NAMES]]
        if len(rows) > SHOWN_NAMES:
            names.append(f"and {len(rows) - SHOWN_NAMES} more")
        return names, {name: n for name, n in self.counts(rows).items() if n}, set(), []


def rows_going_with(model: type[Model], rows: list[Any]) -> dict[str, int]:
    """Count the rows that are deleted with these by a foreign key, kind by kind."""
    counts: dict[str, int] = {}
    for field in cascading_keys(model):
        kind = field.model._meta
        number = field.model._base_manager.filter(**{f"{field.name}__in": rows}).count()
        name = str(kind.verbose_name_plural)
        counts[name] = counts.get(name, 0) + number
    return counts


def cascading_keys(model: type[Model]) -> Iterator[Field[Any, Any]]:
    """Every foreign key to `model` whose rows are deleted with the row it names."""
    for relation in model._meta.get_fields(include_hidden=True):
        on_delete = getattr(relation, "on_delete", None)
        if relation.auto_created and not relation.concrete and on_delete is CASCADE:
            key: Field[Any, Any] = vars(relation)["field"]  # which a relation from elsewhere has
            yield key
