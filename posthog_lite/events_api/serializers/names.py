"""Names in a query string."""

from __future__ import annotations

import json
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers

from posthog_lite.events_api.serializers.fields import LongParameter

MOST_NAMES = 100


class NamesField(LongParameter):
    """Names as a JSON list, between commas, or by repeating the parameter.

    A lenient one takes other JSON for no names at all.
    """

    def __init__(self, *, is_lenient: bool = False, **options: Any) -> None:
        self.is_lenient = is_lenient
        super().__init__(**options)

    def get_value(self, dictionary: Any) -> Any:
        if isinstance(dictionary, MultiValueDict):
            values = dictionary.getlist(self.field_name or "")
            if len(values) > 1:
                return values
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> Any:
        texts = data if isinstance(data, list) else [data]
        if len(texts) > MOST_NAMES:
            raise _TOO_MANY
        names = [name for text in texts for name in self._names(text)]
        if len(names) > MOST_NAMES:
            raise _TOO_MANY
        return names

    def _names(self, text: Any) -> list[str]:
        found = _read(super().to_internal_value(text), is_lenient=self.is_lenient)
        if any(not isinstance(name, (str, int)) or "\0" in str(name) for name in found):
            raise _NO_NAMES
        return [str(name) for name in found if name != ""]


_TOO_MANY = serializers.ValidationError(f"Give at most {MOST_NAMES} names.")
_NO_NAMES = serializers.ValidationError("Names are texts without NUL characters.")


def _read(text: str, *, is_lenient: bool) -> list[Any]:
    if not text.startswith("[") and not is_lenient:
        return text.split(",")
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError) as error:
        raise serializers.ValidationError("This is not a JSON list.") from error
    return found if isinstance(found, list) else []
