"""Cards that were drawn before are shown again, for as long as nothing of them is different."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tile
from sharing import cards
from sharing.charts.drawing import Drawing
from sharing.drawn_cards import OF_AN_ENTRY, DrawnCards, digest_of
from tests.sharing.conftest import Engine, Share
from tests.sharing.visitors import page


@pytest.fixture
def path(share: Share, dashboard: Dashboard, answers: Engine, visitor: APIClient) -> str:
    """A page that was opened before: its results are kept, and its cards."""
    path = f"/shared/{share(dashboard).access_token}"
    for _ in range(2):
        page(visitor, path)
    return path


def test_a_card_is_drawn_once(
    visitor: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page(visitor, path)
    monkeypatch.setattr(cards, "draw", lambda *_, **__: Drawing(words="anew"))
    after = page(visitor, path)
    assert ">Sales</h2>" in after
    assert "4,712" in after
    assert "anew" not in after
    assert len(after) == len(before)


@pytest.mark.parametrize(
    ("model", "changes", "shown"),
    [
        (Insight, {"name": "Refunds"}, ">Refunds</h2>"),
        (Insight, {"description": "By week"}, "By week"),
        (Tile, {"color": "blue"}, "tile-blue"),
    ],
)
def test_what_was_changed_is_shown_at_once(
    visitor: APIClient, path: str, model: Any, changes: dict[str, Any], shown: str
) -> None:
    assert shown not in page(visitor, path)
    model.all_projects.update(**changes)
    assert shown in page(visitor, path)


def test_other_settings_of_the_link_are_shown_at_once(
    visitor: APIClient, path: str, share: Share, dashboard: Dashboard
) -> None:
    assert '<details class="data" open>' not in page(visitor, path)
    link = share(dashboard, settings={"detailed": True, "explore": True})
    html = page(visitor, f"/shared/{link.access_token}")
    assert '<details class="data" open>' in html
    assert f"/shared/{link.access_token}.csv?insight=" in html


def test_a_card_that_failed_is_drawn_again(
    visitor: APIClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Drawing:
        raise RuntimeError("odd data")

    Insight.all_projects.update(name="Refunds")
    with monkeypatch.context() as patched:
        patched.setattr(cards, "draw", fail)
        assert "This card could not be shown." in page(visitor, path)
    assert ">Refunds</h2>" in page(visitor, path)


def test_parts_do_not_run_into_each_other() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")


def test_what_was_used_longest_ago_makes_room() -> None:
    kept = DrawnCards(2 * (10 + OF_AN_ENTRY))
    kept.keep(b"a", b"1" * 10)
    kept.keep(b"b", b"2" * 10)
    kept.get(b"a")
    for _ in range(2):
        kept.keep(b"c", b"3" * 10)
    assert [kept.get(name) for name in (b"a", b"b", b"c")] == [b"1" * 10, None, b"3" * 10]
    kept.keep(b"d", b"4" * (20 + OF_AN_ENTRY))
    assert [kept.get(name) is None for name in (b"a", b"c", b"d")] == [True, True, False]
    kept.keep(b"e", b"5" * (21 + OF_AN_ENTRY))  # would push out all others
    assert [kept.get(name) is None for name in (b"d", b"e")] == [False, True]
