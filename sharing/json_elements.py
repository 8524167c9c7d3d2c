"""Writes data into script elements of a page, where it is only read and never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

from posthog_lite.api.renderers import render_json

if TYPE_CHECKING:
    from typing import Any

# None of these may stand in an element as such; in JSON they stand in strings alone.
ESCAPES = ((b"&", b"\\u0026"), (b"<", b"\\u003C"), (b">", b"\\u003E"))


def json_element(value: Any, element_id: str) -> SafeString:
    """Return a script element that holds a value as JSON. `element_id` is a name of ours."""
    written = render_json(value)
    for character, escape in ESCAPES:
        written = written.replace(character, escape)
    return mark_safe(  # noqa: S308  # escaped above
        f'<script id="{element_id}" type="application/json">{written.decode()}</script>'
    )
