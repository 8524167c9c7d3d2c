"""Color themes in the Django admin, deleted ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db.models import JSONField, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from posthog_lite.admin_site.columns import cut_name, day_of
from posthog_lite.admin_site.confirmation import confirmed
from posthog_lite.admin_site.json import StrictJSONField
from posthog_lite.admin_site.selects import AutocompletePage
from posthog_lite.project_admin.filters import ProjectFilter
from posthog_lite.project_admin.writing import SoftDeletion
from themes.models import DataColorTheme
from themes.palettes import is_color
from themes.services import hide_themes, restore_themes

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from posthog_lite.accounts.models import User

    ThemeModelAdmin = admin.ModelAdmin[DataColorTheme]
    ThemeModelForm = forms.ModelForm[DataColorTheme]
else:
    ThemeModelAdmin = admin.ModelAdmin
    ThemeModelForm = forms.ModelForm

# A picture rather than a styled box: it needs no leave of a Content-Security-Policy.
SWATCH = (
    '<svg width="16" height="16" role="img" aria-label="{0}"><title>{0}</title>'
    '<rect width="16" height="16" fill="{0}"/></svg>'
)
FACTS = ["swatches", "state", "created_by", "created_at"]


class ThemeForm(ThemeModelForm):
    class Meta:
        model = DataColorTheme
        fields = ["name", "project", "colors"]
        widgets = {"name": forms.TextInput(attrs={"size": 60})}

    def clean_colors(self) -> Any:
        """An emptied box is an empty list."""
        colors = self.cleaned_data["colors"]
        return [] if colors is None else colors


class IsGlobalFilter(admin.SimpleListFilter):
    title = "belongs to"
    parameter_name = "belongs_to"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "every project"), ("one", "one project")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DataColorTheme]
    ) -> QuerySet[DataColorTheme]:
        if self.value() is None:
            return queryset
        return queryset.filter(project__isnull=self.value() == "all")


@admin.register(DataColorTheme)
class DataColorThemeAdmin(AutocompletePage, SoftDeletion, ThemeModelAdmin):
    """Hides and restores themes, as the API does; a theme is deleted with its project only."""

    form = ThemeForm
    formfield_overrides = {JSONField: {"form_class": StrictJSONField}}
    list_display = ["id", "short_name", "swatches", "belongs_to", "state", "created_on"]
    list_display_links = ["id", "short_name"]
    list_filter = [IsGlobalFilter, "deleted", ProjectFilter]
    list_select_related = ["project"]
    search_fields = ["name", "id__exact", "project__name", "created_by__email"]
    ordering = ["-id"]
    show_full_result_count = False
    autocomplete_fields = ["project"]
    actions = ["hide", "restore"]

    short_name = cut_name("name", "name")
    created_on = day_of("created_at", "created")

    def get_fields(self, request: HttpRequest, obj: DataColorTheme | None = None) -> Any:
        return ["name", "project", "colors", *([] if obj is None else FACTS)]

    def get_readonly_fields(
        self, request: HttpRequest, obj: DataColorTheme | None = None
    ) -> list[str]:
        """A theme stays in its project, whose dashboards name it."""
        return [] if obj is None else ["project", *FACTS]

    @admin.display(description="looks like")
    def swatches(self, theme: DataColorTheme) -> SafeString:
        # A form that was refused is shown again with what was typed, whatever that is.
        colors = theme.colors if isinstance(theme.colors, list) else []
        return format_html_join(" ", SWATCH, ((color,) for color in colors if is_color(color)))

    @admin.display(description="belongs to", ordering="project")
    def belongs_to(self, theme: DataColorTheme) -> str:
        return "every project" if theme.project is None else str(theme.project)

    @admin.action(description="Delete (can be restored)", permissions=["change"])
    @confirmed("Hide these themes? Dashboards that use one take the default colors meanwhile.")
    def hide(self, request: HttpRequest, queryset: QuerySet[DataColorTheme]) -> None:
        self.message_user(request, f"Deleted: {hide_themes(themes=queryset)}.")

    @admin.action(description="Restore", permissions=["change"])
    @confirmed("Bring these themes back?")
    def restore(self, request: HttpRequest, queryset: QuerySet[DataColorTheme]) -> None:
        self.message_user(request, f"Restored: {restore_themes(themes=queryset)}.")

    def save_model(
        self, request: HttpRequest, obj: DataColorTheme, form: Any, change: bool
    ) -> None:
        if change:
            obj.save(update_fields=form.changed_data)
            return
        obj.created_by = cast("User", request.user)
        obj.save()
