"""Tags as people write them: in one line, separated by commas."""

from __future__ import annotations

from typing import Any

from django import forms


class TagsBox(forms.CharField):
    widget = forms.TextInput(attrs={"size": 80})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label="Tags",
            help_text="Separated by commas. They are kept in lower case.",
        )

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return list(dict.fromkeys(tag for each in text.split(",") if (tag := each.strip().lower())))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))
