"""Results that many ask for at once, or that are computed in the background."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import QueryCancelled
from posthog_lite.domain import DomainError, Missing
from posthog_lite.events.models import Action
from posthog_lite.query import cache, status
from posthog_lite.query.errors import InvalidQuery
from posthog_lite.query.execution import context_of
from posthog_lite.query.freshness import CACHE_ONLY, FORCE_BLOCKING, Ages, Freshness, Mode
from posthog_lite.query.many import answer_many
from posthog_lite.query.models import QueryStatus, Result
from posthog_lite.query.results import (
    answer,
    answer_in_background,
)
from posthog_lite.query.status import end_work
from tests.factories import ProjectFactory
from tests.posthog_lite.query.counting_runner import (
    ASYNC,
    LATER,
    LAZY,
    MUCH_LATER,
    NOW,
    QUERY,
    Runner,
    rows,
    wait_for_background,
)
from tests.support.locks import waiting_for_locks
from tests.support.processes import wait_until


def in_threads(count: int, work: Any) -> list[Any]:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except DomainError as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("freshness", [Freshness(Mode.BLOCKING), FORCE_BLOCKING])
def test_many_who_ask_at_once_cause_one_computation(runner: Runner, freshness: Freshness) -> None:
    project = ProjectFactory.create()
    runner.seconds = 1

    found = in_threads(
        6, lambda: answer(project=project, query=QUERY, now=NOW, freshness=freshness)
    )

    assert [rows(each) for each in found] == [[1]] * 6
    assert len(runner.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_who_keeps_a_result_does_not_wait_with_others_in_hand() -> None:
    project = ProjectFactory.create()
    Result.objects.bulk_create(Result(project=project, key=key) for key in ("a", "b", "c"))
    results = Result.objects.for_project(project)
    results.update(written_at=NOW - timedelta(days=400))

    def keep() -> None:
        ages = Ages(None, None, NOW)
        cache.keep_result(
            project=project, key="b", rows=b"[1]", extras=b"{}", computed_at=NOW, ages=ages
        )
        connection.close()

    keeping = threading.Thread(target=keep)
    with transaction.atomic():
        results.filter(key="b").update(stale_at=NOW)
        keeping.start()
        wait_until(lambda: waiting_for_locks() == 1, what="the other one waits")
        assert results.update(lazily_stale_at=NOW) == 3
    keeping.join()
    assert list(results.values_list("key", "rows")) == [("b", "[1]")]


@pytest.mark.django_db(transaction=True)
def test_those_who_wait_for_a_failure_fail_likewise(runner: Runner) -> None:
    project = ProjectFactory.create()
    runner.seconds, runner.error = 0.2, InvalidQuery("No.")

    found = in_threads(3, lambda: answer(project=project, query=QUERY, now=NOW))

    assert [str(each) for each in found] == ["No."] * 3


@pytest.mark.django_db(transaction=True)
def test_claim_of_one_who_died_is_taken_over(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = ProjectFactory.create()
    key = answer(project=project, query=QUERY, now=NOW).key
    cache.claim_result(project=project, key=key)
    monkeypatch.setattr(cache, "CLAIM_SECONDS", 1)

    found = answer(project=project, query=QUERY, now=NOW, freshness=FORCE_BLOCKING)

    assert rows(found) == [2]


@pytest.mark.django_db(transaction=True)
def test_result_in_the_background_is_there_a_while_later(runner: Runner) -> None:
    project = ProjectFactory.create()

    found = answer(project=project, query=QUERY, now=NOW, freshness=ASYNC, query_id="mine")

    assert found.rows is None
    assert found.status is not None
    assert (found.status["id"], found.status["complete"]) == ("mine", False)
    wait_until(lambda: is_over(project, "mine"), "compute")
    _, later = answer_in_background(project=project, query_id="mine")
    assert later is not None
    assert rows(later) == [1]


@pytest.mark.django_db(transaction=True)
def test_asking_twice_in_the_background_computes_once(runner: Runner) -> None:
    project = ProjectFactory.create()
    runner.seconds = 0.3
    first = answer(project=project, query=QUERY, now=NOW, freshness=ASYNC)
    second = answer(project=project, query=QUERY, now=NOW, freshness=ASYNC)
    looking = answer(project=project, query=QUERY, now=NOW, freshness=CACHE_ONLY)

    ids = {(each.status or {}).get("id") for each in (first, second, looking)}
    assert len(ids) == 1
    assert None not in ids
    wait_for_background()
    assert len(runner.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_lazy_asker_is_content_with_what_is_not_too_old(runner: Runner) -> None:
    project = ProjectFactory.create()
    answer(project=project, query=QUERY, now=NOW)

    stale = answer(project=project, query=QUERY, now=LATER, freshness=LAZY)
    old = answer(project=project, query=QUERY, now=MUCH_LATER, freshness=LAZY)

    assert (rows(stale), stale.status) == ([1], None)
    assert rows(old) == [1]
    assert old.status is not None


@pytest.mark.django_db(transaction=True)
def test_failure_in_the_background_is_told(runner: Runner) -> None:
    project = ProjectFactory.create()
    runner.error = InvalidQuery("Too few steps.")
    answer(project=project, query=QUERY, now=NOW, freshness=ASYNC, query_id="mine")
    wait_until(lambda: is_over(project, "mine"), "fail")

    found, nothing = answer_in_background(project=project, query_id="mine")

    assert nothing is None
    assert (found.error_message, found.status_code) == ("Too few steps.", 400)


def is_over(project: Project, query_id: str) -> bool:
    found = QueryStatus.objects.for_project(project).get(query_id=query_id)
    return found.is_complete


def test_query_whose_worker_died_becomes_an_error(project: Project) -> None:
    started = datetime.now(UTC) - timedelta(minutes=6)
    died = QueryStatus.objects.create(
        project=project,
        query_id="mine",
        key="k",
        started_at=started,
        deadline_at=started + timedelta(minutes=5),
    )

    wire = status.as_wire(died)
    assert (wire["complete"], wire["error"]) == (True, True)
    assert "stopped" in str(wire["error_message"])


def test_state_of_another_projects_query_is_unknown(
    project: Project, other_project: Project, runner: Runner
) -> None:
    QueryStatus.objects.create(
        project=project, query_id="mine", key="k", started_at=NOW, deadline_at=NOW
    )

    with pytest.raises(Missing):
        answer_in_background(project=other_project, query_id="mine")


def test_a_request_that_fails_leaves_nothing_in_the_background(
    project: Project, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "MOST_WAITING", 1)
    for interval in ("week", "month"):  # never committed
        answer(project=project, query=QUERY | {"interval": interval}, now=NOW, freshness=ASYNC)


@pytest.mark.django_db(transaction=True)
def test_queue_in_the_background_is_bounded(
    project: Project, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "MOST_WAITING", 1)
    runner.seconds = 2
    answer(project=project, query=QUERY, now=NOW, freshness=ASYNC)

    with pytest.raises(DomainError, match="Too many queries") as caught:
        answer(project=project, query=QUERY | {"interval": "week"}, now=NOW, freshness=ASYNC)
    assert caught.value.status_code == 503


@pytest.mark.django_db(transaction=True)
def test_a_query_that_runs_is_ended_by_its_name(engine: ModuleType, project: Project) -> None:
    query = {"kind": "HogQLQuery", "query": "select sum(cityHash64(number)) from numbers(1e12)"}

    def ask() -> None:
        try:
            answer(project=project, query=query, now=NOW, query_id="mine")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        while not asked.done():
            end_work(project=project, query_id="another")
            end_work(project=project, query_id="mine")
            time.sleep(0.2)
        with pytest.raises(QueryCancelled):
            asked.result()


def test_queries_of_one_request_read_the_settings_of_the_project_once(
    project: Project, runner: Runner
) -> None:
    def ask(count: int) -> int:
        queries = [orjson.dumps(QUERY | {"interval": "week", "version": at}) for at in range(count)]
        with CaptureQueriesContext(connection) as found:
            for pending in answer_many(
                project=project, queries=queries, now=NOW, freshness=FORCE_BLOCKING
            ):
                pending.get()
        return len(found)

    first, alone = ask(1), ask(1)
    # Of a first result on, the old ones are removed. Each further one is claimed and kept.
    assert (first, ask(3)) == (alone + 1, alone + 2 * 2)


def test_actions_and_types_are_read_where_a_query_looks_into_them(
    project: Project, runner: Runner
) -> None:
    action = Action.objects.create(project=project, name="Paid")
    with CaptureQueriesContext(connection) as asked:
        answer(project=project, query=QUERY, now=NOW)
        context = context_of(project, NOW)
    tables = ("events_action", "events_propertydefinition")
    assert not [each for each in asked if any(name in each["sql"] for name in tables)]

    assert list(context.actions) == [action.pk]
    assert ("event", "plan") not in context.property_types
