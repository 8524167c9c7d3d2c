from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from posthog_lite.server import body_deadlines
from posthog_lite.server.body_deadlines import AwaitedBodies
from tests.support.processes import SECONDS


class Client:
    """Whose body never ends by itself."""

    def __init__(self) -> None:
        self.is_told = threading.Event()
        self.saw_the_end_of_the_read = False

    def refuse(self, read_has_ended: threading.Event) -> None:
        self.is_told.set()
        self.saw_the_end_of_the_read = read_has_ended.wait(SECONDS)


def test_a_body_that_ends_in_time_is_not_refused() -> None:
    client = Client()
    with AwaitedBodies(9).awaiting(client.refuse) as body:
        pass
    assert (body.was_refused, client.is_told.is_set()) == (False, False)


def test_a_body_is_refused_when_its_time_is_over(settings: Settings) -> None:
    settings.BODY_TIMEOUT = 0.01
    client = Client()
    with AwaitedBodies(9).awaiting(client.refuse) as body:
        assert client.is_told.wait(SECONDS)
        assert not body.was_refused
    assert (body.was_refused, client.saw_the_end_of_the_read) == (True, True)


def test_one_that_comes_after_a_pause_is_refused_too(settings: Settings) -> None:
    settings.BODY_TIMEOUT = 0.01
    awaited = AwaitedBodies(9)
    for client in (Client(), Client(), Client()):
        with awaited.awaiting(client.refuse):
            assert client.is_told.wait(SECONDS)


def test_the_oldest_make_room_for_the_next(settings: Settings) -> None:
    settings.BODY_TIMEOUT = 3600
    awaited, clients = AwaitedBodies(9), [Client() for _ in range(8)]
    with ExitStack() as stack:
        bodies = [stack.enter_context(awaited.awaiting(client.refuse)) for client in clients]
        for client in clients[:3]:
            assert client.is_told.wait(SECONDS)
    # Five are left, one less than two thirds: these have minutes.
    assert [body.was_refused for body in bodies] == [True] * 3 + [False] * 5


def test_the_time_shrinks_between_a_third_and_two_thirds(settings: Settings) -> None:
    settings.BODY_TIMEOUT = 36
    awaited, allowed = AwaitedBodies(9), []
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(awaited.awaiting(Client().refuse))
            allowed.append(round(awaited.seconds_allowed(), 1))
    assert allowed == [36, 36, 36, 16, 4]


def test_one_of_which_much_has_come_makes_room_after_a_few_seconds(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BODY_TIMEOUT = 3600
    awaited, clients = AwaitedBodies(9), [Client() for _ in range(3)]
    with ExitStack() as stack:
        bodies = [stack.enter_context(awaited.awaiting(client.refuse)) for client in clients]
        for body, size in zip(bodies, (10, 2 * 2**20, 3 * 2**20), strict=True):
            body.size = size
        awaited.make_room()
        assert not any(client.is_told.is_set() for client in clients)  # they have just begun
        monkeypatch.setattr(body_deadlines, "SECONDS_OF_LARGE", 0)
        awaited.make_room()
        assert clients[1].is_told.wait(SECONDS)
    assert [body.was_refused for body in bodies] == [False, True, False]
