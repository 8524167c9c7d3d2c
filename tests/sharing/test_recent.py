"""What was used longest ago makes room."""

from __future__ import annotations

from sharing.recent import OF_AN_ENTRY, Recent


def test_what_was_used_longest_ago_makes_room() -> None:
    kept: Recent[str, int] = Recent(2 * (10 + OF_AN_ENTRY))
    kept.keep("a", 1, size=10)
    kept.keep("b", 2, size=10)
    kept.get("a")
    kept.keep("c", 3, size=10)
    assert [kept.get(name) for name in "abc"] == [1, None, 3]
    kept.keep("d", 4, size=20 + OF_AN_ENTRY)
    assert [kept.get(name) for name in "acd"] == [None, None, 4]


def test_what_would_push_out_all_others_is_not_kept() -> None:
    kept: Recent[str, int] = Recent(800)
    kept.keep("small", 1, size=10)
    kept.keep("large", 2, size=801)
    assert [kept.get(name) for name in ("small", "large")] == [1, None]


def test_another_value_takes_the_place_of_the_first() -> None:
    kept: Recent[str, int] = Recent(2 * (10 + OF_AN_ENTRY))
    for value in range(5):
        kept.keep("a", value, size=10)
    kept.keep("b", 9, size=10)
    assert (kept.get("a"), kept.get("b")) == (4, 9)
