"""Themes are read in the shape that their serializer documents, every null included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.selectors import ProjectAccess
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from tests.support.shapes import assert_same, documented
from themes.models import DataColorTheme
from themes.serializers import DataColorThemeSerializer
from themes.theme_rows import read_theme, read_themes


@pytest.mark.parametrize("is_global", [True, False])
@pytest.mark.parametrize("has_author", [True, False])
@pytest.mark.parametrize("created_at", [None, datetime(2020, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("colors", [[], ["#fff", "#ABCDEF"]])
def test_a_theme_alone_and_in_the_list(
    project: Project,
    member: User,
    is_global: bool,
    has_author: bool,
    created_at: datetime | None,
    colors: list[str],
) -> None:
    theme = DataColorTheme.all_projects.create(
        project=None if is_global else project,
        name="Ünï ⌘",
        colors=colors,
        created_by=member if has_author else None,
    )
    DataColorTheme.all_projects.filter(pk=theme.pk).update(created_at=created_at)
    theme.refresh_from_db()
    author = UserBasicSerializer(member).data if has_author else None
    expected = documented(DataColorThemeSerializer, theme, created_by=author, is_global=is_global)

    access = ProjectAccess(project, member, 1)
    assert_same(read_theme(access=access, theme_id=theme.pk), expected)
    listed = [row for row in read_themes(access=access)[0:10] if row["id"] == theme.pk]
    assert_same(listed[0], expected)
