"""Color themes in the Django admin, deleted ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

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


class ThemeForm(ThemeModelForm):
    class Meta:
        model = DataColorTheme
        fields = ["name", "project", "colors", "deleted"]

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
class DataColorThemeAdmin(ThemeModelAdmin):
    form = ThemeForm
    list_display = ["name", "swatches", "belongs_to", "created_by", "created_at", "deleted"]
    list_filter = [IsGlobalFilter, "deleted"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name", "project__name", "created_by__email"]
    ordering = ["-id"]
    raw_id_fields = ["project"]
    readonly_fields = ["swatches", "created_by", "created_at"]
    actions = ["hide", "restore"]

    @admin.display(description="colors")
    def swatches(self, theme: DataColorTheme) -> SafeString:
        # A form that was refused is shown again with what was typed, whatever that is.
        colors = theme.colors if isinstance(theme.colors, list) else []
        return format_html_join(" ", SWATCH, ((color,) for color in colors if is_color(color)))

    @admin.display(description="belongs to", ordering="project")
    def belongs_to(self, theme: DataColorTheme) -> str:
        return "every project" if theme.project is None else str(theme.project)

    @admin.action(description="Delete selected themes (can be restored)", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[DataColorTheme]) -> None:
        self.message_user(request, f"Deleted: {hide_themes(themes=queryset)}.")

    @admin.action(description="Restore selected themes", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[DataColorTheme]) -> None:
        self.message_user(request, f"Restored: {restore_themes(themes=queryset)}.")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bulk deletion that is for ever."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(
        self, request: HttpRequest, obj: DataColorTheme, form: Any, change: bool
    ) -> None:
        if not change:
            obj.created_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
