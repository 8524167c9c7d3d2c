"""JSON in the admin: shown so that people can read it, and read as strictly as the API does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms.fields import InvalidJSONInput
from django.utils.html import format_html

from posthog_lite.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.safestring import SafeString

PRE = '<pre class="json">{}</pre>'


class StrictJSONField(forms.JSONField):
    """Refuses what the API refuses: NaN, numbers beyond 64 bits, NUL, nesting without end."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 80, "class": "json", "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        """Take what is stored as the initial value, not a copy that the page carries along."""
        super().__init__(**options | {"show_hidden_initial": False})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            try:
                parse_json(value.encode())
            except ValueError as error:
                raise forms.ValidationError(f"This JSON cannot be stored: {error}") from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what a refused form is shown again with, whatever was typed."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):  # numbers and nesting beyond what Python reads
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        """Return what was typed as it was typed, what is stored indented."""
        if value is None:
            return ""
        return value if isinstance(value, InvalidJSONInput) else indented(value)


def indented(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def json_shown(name: str) -> Callable[[Any, Any], SafeString | str]:
    """A read-only field that shows the JSON of the row's field `name`."""

    @admin.display(description=name.replace("_", " "))
    def shown(page: Any, row: Any) -> SafeString | str:
        value = getattr(row, name)
        return "-" if value is None else format_html(PRE, indented(value))

    return shown
