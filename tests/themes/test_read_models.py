"""Themes are read in the shape that their serializer documents, every null included."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts_api.serializers.user import UserBasicSerializer
from tests.support.shapes import assert_same, documented
from tests.support.strategies import in_the_database, moments, words
from themes.models import DataColorTheme
from themes.serializers import DataColorThemeSerializer
from themes.theme_rows import read_theme, read_themes


@in_the_database
@given(
    name=words.filter(bool),
    colors=st.lists(st.from_regex(r"#([0-9a-fA-F]{3}){1,2}", fullmatch=True), max_size=3),
    created_at=st.none() | moments,
    is_global=st.booleans(),
    has_author=st.booleans(),
)
def test_a_theme_alone_and_in_the_list(
    project: Project,
    member: User,
    name: str,
    colors: list[str],
    created_at: datetime | None,
    is_global: bool,
    has_author: bool,
) -> None:
    theme = DataColorTheme.all_projects.create(
        project=None if is_global else project,
        name=name,
        colors=colors,
        created_by=member if has_author else None,
    )
    DataColorTheme.all_projects.filter(pk=theme.pk).update(created_at=created_at)
    theme.refresh_from_db()
    author = UserBasicSerializer(member).data if has_author else None
    expected = documented(DataColorThemeSerializer, theme, created_by=author, is_global=is_global)

    access = ProjectAccess(project, member, 1)
    assert_same(read_theme(access=access, theme_id=theme.pk), expected)
    listed = [row for row in read_themes(access=access)[0:100] if row["id"] == theme.pk]
    assert_same(listed[0], expected)
