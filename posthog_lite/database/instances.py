"""Makes model instances of rows, and saves them, without the ORM's work for each of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection
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


def save_columns(instance: Model, names: Sequence[str]) -> None:
    """Save these fields of an instance that is stored, by SQL that is made once for them.

    As `save(update_fields=names)` does, but that no signal is sent.
    """
    if not names:
        return
    model, named = type(instance), tuple(names)
    values = [
        field.get_db_prep_save(field.pre_save(instance, add=False), connection)
        for field in _fields(model, named)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_update(model, named), [*values, instance.pk])


@cache
def _fields(model: type[Model], names: tuple[str, ...]) -> list[Any]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(field.column)} = %s" for field in _fields(model, names))
    table, [key] = quote(model._meta.db_table), _fields(model, (model._meta.pk.name,))
    return f"UPDATE {table} SET {changes} WHERE {quote(key.column)} = %s"  # noqa: S608  # names of the models
