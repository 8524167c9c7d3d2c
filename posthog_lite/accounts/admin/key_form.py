"""The form of a personal API key: scopes that count here first, places by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from posthog_lite.accounts.models import Organization, PersonalAPIKey, Project, User
from posthog_lite.accounts.scopes import (
    ACTIONS,
    EVERYTHING,
    SCOPE_OBJECTS,
    USED_OBJECTS,
    check_scopes,
)
from posthog_lite.accounts.services.keys import check_scoped_organizations, check_scoped_teams
from posthog_lite.admin_site.selects import SelectMany
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

    KeyModelForm = forms.ModelForm[PersonalAPIKey]
    PlacesField = forms.ModelMultipleChoiceField[Any]
else:
    KeyModelForm = forms.ModelForm
    PlacesField = forms.ModelMultipleChoiceField

PRESET = "preset"
PRESETS: dict[str, tuple[str, list[str]]] = {
    "look": (
        "Look at dashboards",
        [f"{noun}:read" for noun in ("dashboard", "insight", "insight_variable", "query")],
    ),
    "build": (
        "Make dashboards and share them",
        [
            f"{noun}:write"
            for noun in (
                *("dashboard", "insight", "insight_variable", "dashboard_template"),
                "sharing_configuration",
            )
        ]
        + ["query:read", "project:read"],
    ),
    "read": ("Read everything", [f"{noun}:read" for noun in USED_OBJECTS]),
    "all": ("Do everything", [EVERYTHING]),
}
GONE = "What it was for is gone. Choose where it counts, or delete the key."


def _grouped(nouns: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (noun.replace("_", " "), [(f"{noun}:{action}", action) for action in ACTIONS])
        for noun in nouns
    ]


class ScopesWidget(forms.CheckboxSelectMultiple):
    """Boxes in groups, those of objects that nothing here asks for folded."""

    template_name = "posthog_lite/scopes.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        groups = context["widget"]["optgroups"]
        number = 1 + len(USED_OBJECTS)
        unused = groups[number:]
        ticked = any(box["selected"] for _, boxes, _ in unused for box in boxes)
        return context | {"used": groups[:number], "unused": unused, "is_open": ticked}


class ScopesField(forms.MultipleChoiceField):
    """Scopes of a key, ticked in a list; one that no longer exists is named when refused."""

    widget = ScopesWidget(attrs={"class": "scopes"})

    def validate(self, value: list[str]) -> None:
        try:
            check_scopes(value)
        except DomainError as error:
            raise forms.ValidationError(f"{error.detail}{error.hint}") from error


class PersonalAPIKeyForm(KeyModelForm):
    preset = forms.ChoiceField(
        required=False,
        label="What it may do",
        choices=[
            ("", "What is ticked below"),
            *((key, words) for key, (words, _) in PRESETS.items()),
        ],
    )
    scopes = ScopesField(
        required=False,
        choices=[
            ("everything", [(EVERYTHING, "* (all of the below)")]),
            *_grouped(USED_OBJECTS),
            *_grouped(sorted(SCOPE_OBJECTS.difference(USED_OBJECTS))),
        ],
        help_text="Write includes read.",
    )
    scoped_teams = PlacesField(
        Project.objects.all(),
        required=False,
        label="Only in these projects",
        help_text="None: in all of the user's.",
        widget=SelectMany(User._meta.get_field("current_project"), admin.site),
    )
    scoped_organizations = PlacesField(
        Organization.objects.all(),
        required=False,
        label="Only in these organizations",
        help_text="None: in all of the user's.",
        widget=SelectMany(User._meta.get_field("current_organization"), admin.site),
    )

    class Meta:
        model = PersonalAPIKey
        fields = ["user", "label", "description", "scopes", "scoped_teams", "scoped_organizations"]
        help_texts = {"label": "What the key is for; its owner and you see it in lists."}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def clean_scoped_teams(self) -> list[int]:
        return [project.pk for project in self._places("scoped_teams")]

    def clean_scoped_organizations(self) -> list[str]:
        return [str(organization.pk) for organization in self._places("scoped_organizations")]

    def clean(self) -> dict[str, Any]:
        """Make what the services would refuse an error of its field."""
        cleaned = super().clean() or self.cleaned_data
        if preset := cleaned.get(PRESET):
            cleaned["scopes"] = PRESETS[preset][1]
        elif "scopes" in cleaned and not cleaned["scopes"]:
            self.add_error("scopes", "Choose at least one: a key without scopes may do nothing.")
        user = cleaned.get("user") or (self.instance.user if self.instance.user_id else None)
        try:
            if user is not None:
                check_scoped_teams(user=user, ids=cleaned.get("scoped_teams") or [])
                check_scoped_organizations(user=user, ids=cleaned.get("scoped_organizations") or [])
        except DomainError as error:
            self.add_error(error.attr, error.detail)
        return cleaned

    def stored_data(self) -> dict[str, Any]:
        """Return what the form says of a key, as the services take it."""
        return {name: value for name, value in self.cleaned_data.items() if name != PRESET}

    def changes(self) -> dict[str, Any]:
        """Return what was changed of the key."""
        changed = {*self.changed_data, *(["scopes"] if self.cleaned_data.get(PRESET) else [])}
        return {name: value for name, value in self.stored_data().items() if name in changed}

    def _places(self, name: str) -> list[Any]:
        """Return the places chosen. None would mean all: what is gone must not open the rest."""
        chosen = list(self.cleaned_data[name])
        stored = [] if self.instance._state.adding else self.initial.get(name) or []
        field: Any = self.fields[name]  # a PlacesField
        if stored and not chosen and not field.queryset.filter(pk__in=stored).exists():
            raise forms.ValidationError(GONE)
        return chosen
