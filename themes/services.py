"""Everything that writes color themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import Missing, NotAllowed
from themes.models import DataColorTheme

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess

WRITABLE_FIELDS = ("name", "colors", "deleted")


class ThemeNotFound(Missing):
    """The project has no such theme, or it is deleted."""


class GlobalThemeNotEditable(NotAllowed):
    """A global theme changes the charts of every project."""


def create_theme(*, access: ProjectAccess, data: dict[str, Any]) -> DataColorTheme:
    """Create a theme of the project. `data` is a validated body; `deleted` in it is ignored."""
    return DataColorTheme.objects.create(
        project=access.project,
        created_by=access.user,
        name=data["name"],
        colors=data.get("colors", []),
    )


@one_transaction
def update_theme(*, access: ProjectAccess, theme_id: int, data: dict[str, Any]) -> DataColorTheme:
    """Change what `data`, a validated body, names; `deleted` hides the theme or brings it back.

    Raises ThemeNotFound or GlobalThemeNotEditable.
    """
    restoring = data.get("deleted") is False
    theme = _lock_editable_theme(access, theme_id, include_deleted=restoring)
    changes = {name: data[name] for name in WRITABLE_FIELDS if name in data}
    for name, value in changes.items():
        setattr(theme, name, value)
    theme.save(update_fields=list(changes))
    return theme


@one_transaction
def check_editable(*, access: ProjectAccess, theme_id: int) -> None:
    """Raise ThemeNotFound or GlobalThemeNotEditable where a change would."""
    _lock_editable_theme(access, theme_id, include_deleted=False)


def hide_themes(*, themes: QuerySet[DataColorTheme]) -> int:
    """Delete themes so that they can be restored. Returns how many were not deleted before."""
    return themes.filter(deleted=False).update(deleted=True)


def restore_themes(*, themes: QuerySet[DataColorTheme]) -> int:
    """Bring deleted themes back. Returns how many were deleted before."""
    return themes.filter(deleted=True).update(deleted=False)


def _lock_editable_theme(
    access: ProjectAccess, theme_id: int, *, include_deleted: bool
) -> DataColorTheme:
    themes = DataColorTheme.objects.for_project(access.project).select_related("created_by")
    if not include_deleted:
        themes = themes.filter(deleted=False)
    locked = themes.select_for_update(of=("self",), no_key=True)
    theme = locked.filter(pk=theme_id).first()
    if theme is None:
        raise ThemeNotFound("Not found.")
    if theme.is_global and not access.user.is_staff:
        raise GlobalThemeNotEditable("Only staff users can edit global themes.")
    return theme
