"""Compares answers that are read straight from the database with what is stored."""

from __future__ import annotations

import json
from typing import Any

from posthog_lite.api.renderers import render_json
from posthog_lite.database.shapes import Person, Shape


def plain(value: Any) -> Any:
    """Return a part of an answer as a client reads it."""
    return json.loads(render_json({"": value}))[""]


def assert_stored(answer: dict[str, Any], shape: type[Shape], row: Any) -> None:
    """Every key that is a column of the row holds what the row holds, and none is missing."""
    expected = [name for name, field in shape.declared.items() if not field.only_if_given]
    assert list(answer) == expected
    for name, field in shape.declared.items():
        stored = getattr(row, field.source or name, None)
        if not field.is_read or not hasattr(row, field.source or name):
            continue
        if field.kind is Person:
            assert plain(answer[name])["id"] == stored if stored else answer[name] is None
        elif name not in ("last_viewed_at",):
            assert plain(answer[name]) == plain(stored), name
