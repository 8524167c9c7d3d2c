"""The theme that every project has from the start."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from themes.palettes import DEFAULT_THEME_COLORS, DEFAULT_THEME_NAME


def add_default_theme(apps: Any, schema_editor: Any = None) -> None:
    themes = apps.get_model("themes", "DataColorTheme").all_projects
    if not themes.filter(project=None, name=DEFAULT_THEME_NAME).exists():
        themes.create(name=DEFAULT_THEME_NAME, colors=list(DEFAULT_THEME_COLORS))


def remove_default_theme(apps: Any, schema_editor: Any = None) -> None:
    """Only the seeded row: nobody created it."""
    themes = apps.get_model("themes", "DataColorTheme").all_projects
    themes.filter(project=None, name=DEFAULT_THEME_NAME, created_by=None).delete()


class Migration(migrations.Migration):
    dependencies = [("themes", "0001_initial")]

    operations = [migrations.RunPython(add_default_theme, remove_default_theme)]
