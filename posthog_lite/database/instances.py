"""Model instances of rows that were not read by the ORM."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS
from django.db.models import JSONField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

M = TypeVar("M", bound="Model")


@cache
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """Return the names of the columns of a model, as instances call them."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def made_of_row(model: type[M], names: tuple[str, ...], row: Sequence[Any]) -> M:
    """Return the instance that the ORM would make of these columns; JSON comes as text."""
    values = list(row)
    for place in _places_of_json(model, names):
        if values[place] is not None:
            values[place] = orjson.loads(values[place])
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@cache
def _places_of_json(model: type[Model], names: tuple[str, ...]) -> list[int]:
    of_json = {
        field.attname for field in model._meta.concrete_fields if isinstance(field, JSONField)
    }
    return [place for place, name in enumerate(names) if name in of_json]
