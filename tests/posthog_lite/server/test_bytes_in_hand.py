from __future__ import annotations

from posthog_lite.server.bytes_in_hand import BytesInHand


def test_bodies_share_a_budget() -> None:
    in_hand = BytesInHand(100)
    with in_hand.holding(60, timeout=0) as first:
        with in_hand.holding(60, timeout=0) as second, in_hand.holding(40, timeout=0) as third:
            assert (first, second, third) == (True, False, True)
        with in_hand.holding(40, timeout=0) as again:
            assert again
    with in_hand.holding(100, timeout=0) as all_of_it:
        assert all_of_it


def test_one_alone_may_have_more_than_the_budget() -> None:
    with BytesInHand(10).holding(60, timeout=0) as has_room:
        assert has_room


def test_what_grows_takes_room_as_it_comes_and_gives_it_all_back() -> None:
    in_hand = BytesInHand(100)
    with in_hand.growing() as first, in_hand.growing() as second:
        assert first(60, 0)
        assert second(40, 0)
        assert not second(1, 0)
    with in_hand.growing() as alone:
        assert alone(100, 0)
        assert alone(100, 0)  # nobody else is there
