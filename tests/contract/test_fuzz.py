"""The server against its own document: schemathesis, all checks, every operation, fixed seeds.

`python -m tests.fuzz` is the same for as long as one likes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz.run import ENUMERATED, RANDOM, Findings, run
from tests.support.openapi import document
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 20260101
# `/api/environments/:id/…` is the same views once more: test_openapi.py.
ONE_OF_THE_TWINS = r"^(?!/api/environments/\{project_id\})"


@pytest.fixture(autouse=True)
def _no_access_log() -> Iterator[None]:
    """pytest would keep a line of each of thousands of requests."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world() -> World:
    return make_world()


def assert_nothing_found(findings: Findings) -> None:
    assert findings.failures == {}
    assert findings.server.failures == 0


def test_every_case_that_the_document_names_is_answered_as_documented(world: World) -> None:
    """Each bound, type and absent field of each parameter and body, one after the other."""
    findings = run(world, phases=ENUMERATED, seed=SEED, operations=ONE_OF_THE_TWINS, forms=False)
    assert_nothing_found(findings)
    assert findings.server.requests > 3000


def test_random_requests_and_chains_of_them_are_answered_as_documented(world: World) -> None:
    """Also in forms, below both names of a project, and along links: create, then use."""
    findings = run(world, phases=RANDOM, examples=4, seed=SEED)
    assert_nothing_found(findings)
    operations = sum(len(item) for item in document()["paths"].values())
    assert findings.requests_by_phase["fuzzing"] > 2 * operations
    assert findings.requests_by_phase["stateful"] > 0
    assert findings.links > operations
