from __future__ import annotations

import pytest
from django_test_migrations.migrator import Migrator

from themes.palettes import DEFAULT_THEME_COLORS

BEFORE = ("themes", "0001_initial")
AFTER = ("themes", "0002_default_theme")


@pytest.mark.django_db(transaction=True)
def test_the_default_theme_is_seeded_once_and_taken_back(migrator: Migrator) -> None:
    themes = migrator.apply_tested_migration(BEFORE).apps.get_model("themes", "DataColorTheme")
    assert themes.all_projects.count() == 0

    themes = migrator.apply_tested_migration(AFTER).apps.get_model("themes", "DataColorTheme")
    seeded = themes.all_projects.get()
    assert seeded.name == "Default Theme"
    assert seeded.colors == list(DEFAULT_THEME_COLORS)
    assert (seeded.project_id, seeded.created_by_id, seeded.deleted) == (None, None, False)
    assert seeded.created_at is not None

    themes = migrator.apply_tested_migration(BEFORE).apps.get_model("themes", "DataColorTheme")
    assert themes.all_projects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_existing_default_theme_is_kept_as_it_is(migrator: Migrator) -> None:
    themes = migrator.apply_tested_migration(BEFORE).apps.get_model("themes", "DataColorTheme")
    themes.all_projects.create(name="Default Theme", colors=["#fff"])

    themes = migrator.apply_tested_migration(AFTER).apps.get_model("themes", "DataColorTheme")
    assert themes.all_projects.get().colors == ["#fff"]


@pytest.mark.django_db(transaction=True)
def test_taking_the_seed_back_spares_other_themes(migrator: Migrator) -> None:
    themes = migrator.apply_tested_migration(AFTER).apps.get_model("themes", "DataColorTheme")
    themes.all_projects.create(name="Another", colors=[])

    themes = migrator.apply_tested_migration(BEFORE).apps.get_model("themes", "DataColorTheme")
    assert [theme.name for theme in themes.all_projects.all()] == ["Another"]
