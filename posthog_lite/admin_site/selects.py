"""Selects that look rows up while somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib import admin
    from django.contrib.admin.widgets import AutocompleteMixin
    from django.http import HttpRequest

    _PageBase = admin.ModelAdmin[Any]
    _SelectBase = AutocompleteMixin
else:
    _PageBase = _SelectBase = object


class ShownAgain(_SelectBase):
    """Shows a form again without what no row can be called; it is refused anyway."""

    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> Any:
        try:
            return super().optgroups(name, value, attrs)
        except (ValueError, ValidationError):
            return super().optgroups(name, [], attrs)


class SelectOne(ShownAgain, AutocompleteSelect):
    """Looks one row up."""


class SelectMany(ShownAgain, AutocompleteSelectMultiple):
    """Looks several rows up."""


class AutocompletePage(_PageBase):
    """A page whose autocomplete fields take any text without failing."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SelectOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
