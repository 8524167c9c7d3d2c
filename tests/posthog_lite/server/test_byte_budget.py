from __future__ import annotations

from posthog_lite.server.byte_budget import ByteBudget


def test_bodies_share_a_budget() -> None:
    budget = ByteBudget(100)
    with budget.holding(60, timeout=0) as first:
        with budget.holding(60, timeout=0) as second, budget.holding(40, timeout=0) as third:
            assert (first, second, third) == (True, False, True)
        with budget.holding(40, timeout=0) as again:
            assert again
    with budget.holding(100, timeout=0) as all_of_it:
        assert all_of_it


def test_one_alone_may_have_more_than_the_budget() -> None:
    with ByteBudget(10).holding(60, timeout=0) as has_room:
        assert has_room


def test_what_grows_takes_room_as_it_comes_and_gives_it_all_back() -> None:
    budget = ByteBudget(100)
    with budget.growing() as first, budget.growing() as second:
        assert first(60, 0)
        assert second(40, 0)
        assert not second(1, 0)
    with budget.growing() as alone:
        assert alone(100, 0)
        assert alone(100, 0)  # nobody else is there
