"""Colors of charts: what counts as one, and those of the theme every project has."""

from __future__ import annotations

import json
import re
from typing import TypeGuard

from django.core.exceptions import ValidationError

COLOR_PATTERN = "^#([0-9a-fA-F]{3}){1,2}$"
COLOR = re.compile(COLOR_PATTERN)
MAX_COLORS = 100
LONGEST_QUOTE = 60
COLORS_SCHEMA = {
    "type": "array",
    "items": {"type": "string", "pattern": COLOR_PATTERN},
    "maxItems": MAX_COLORS,
}

DEFAULT_THEME_NAME = "Default Theme"
DEFAULT_THEME_COLORS = (
    "#1d4aff",
    "#621da6",
    "#42827e",
    "#ce0e74",
    "#f14f58",
    "#7c440e",
    "#529a0a",
    "#0476fb",
    "#fe729e",
    "#35416b",
    "#41cbc4",
    "#b64b02",
    "#e4a604",
    "#a56eff",
    "#30d5c8",
)


def validate_colors(colors: object) -> None:
    """Raise ValidationError unless `colors` is a list of at most MAX_COLORS hexadecimal colors."""
    if not isinstance(colors, list):
        raise ValidationError("Colors must be a list.", code="not_a_list")
    if len(colors) > MAX_COLORS:
        raise ValidationError(f"At most {MAX_COLORS} colors are allowed.", code="max_length")
    for position, color in enumerate(colors):
        if not is_color(color):
            raise ValidationError(
                f"colors[{position}] must be #rgb or #rrggbb, not {_quote(color)}.",
                code="not_a_color",
            )


def is_color(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and COLOR.fullmatch(value) is not None


def _quote(value: object) -> str:
    """Any value as short ASCII: the answer must be encodable even where the value is not."""
    text = json.dumps(value, default=repr)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
