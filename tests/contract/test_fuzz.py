"""The server against its own document: schemathesis, all checks, every operation, fixed seeds.

`python -m tests.fuzz` is the same for as long as one likes.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.fuzz.leg import REQUESTS_PER_LEG, Leg, Tally, share_out
from tests.fuzz.run import RANDOM, Findings, run
from tests.support.openapi import document
from tests.support.world import World, make_world

pytestmark = pytest.mark.slow

SEED = 20260101
# `/api/environments/…` is the same views once more: test_openapi.py. So is `query/:kind/` of
# `query/`, and a project has the same fields below its organization.
ONE_OF_THE_TWINS = (
    r"^(?!/api/environments/)(?!.*/query/\{query_kind\})(?!/api/organizations/.*/projects/\{id\}/)"
)
PARTS = {
    "dashboards": ONE_OF_THE_TWINS + r"(?=.*/dashboards/)",
    "insights": ONE_OF_THE_TWINS + r"(?=.*/insights/)",
    "the rest": ONE_OF_THE_TWINS + r"(?!.*/(?:dashboards|insights)/)",
}


@pytest.fixture(autouse=True)
def _no_access_log() -> Iterator[None]:
    """pytest would keep a line of each of thousands of requests."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def assert_nothing_found(findings: Findings) -> None:
    told = [
        f"{operation}: {check}\n{text}" for (operation, check, _), text in findings.failures.items()
    ]
    assert not told, "\n\n".join(text[:1000] for text in told)
    assert findings.server.failures == 0


@pytest.mark.longest
@pytest.mark.parametrize("part", PARTS)
def test_every_case_that_the_document_names_is_answered_as_documented(
    part: str, world: World
) -> None:
    """Each bound, type and absent field of each parameter and body, one after the other.

    The examples as they stand are in test_examples.py, more odd queries in test_abuse.py.
    """
    findings = run(
        world,
        phases=["coverage"],
        seed=SEED,
        operations=PARTS[part],
        forms=False,
        queries=28,
    )
    assert_nothing_found(findings)
    assert findings.server.requests > 600


@pytest.mark.longest
def test_random_requests_and_chains_of_them_are_answered_as_documented(world: World) -> None:
    """Also in forms, below both names of a project, and along links: create, then use."""
    findings = run(world, phases=RANDOM, examples=2, seed=SEED)
    assert_nothing_found(findings)
    operations = sum(len(item) for item in document()["paths"].values())
    assert findings.requests_by_phase["fuzzing"] > operations
    assert findings.requests_by_phase["stateful"] > 0
    assert findings.links > operations


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_a_long_run_has_short_legs_that_draw_requests_of_their_own(processes: int) -> None:
    whole = Leg(seed=SEED, requests=1_000_000, examples=50, enumerates=True)
    legs = share_out(whole, processes)
    assert sum(leg.requests for leg in legs) >= whole.requests
    assert max(leg.requests for leg in legs) <= REQUESTS_PER_LEG
    assert len(legs) % processes == 0
    assert [leg.enumerates for leg in legs] == [True] + [False] * (len(legs) - 1)
    # Each turn and each chain of requests takes the next seed.
    assert all(two.seed - one.seed > whole.requests / 2 for one, two in pairwise(legs))


def test_the_legs_of_a_long_run_add_up() -> None:
    total = Tally()
    total.add(Tally(Counter({200: 2, 404: 1}), 40, {("GET /", "status", "x"): "the first"}))
    total.add(Tally(Counter({200: 1}), 10, {("GET /", "status", "x"): "the second"}))
    assert (total.requests, total.checks, total.server_errors) == (4, 50, 0)
    assert total.failures == {("GET /", "status", "x"): "the first"}
    assert not total.is_clean
    assert not Tally(Counter({200: 9, 500: 1})).is_clean
    assert Tally(Counter({200: 9, 404: 1})).is_clean
