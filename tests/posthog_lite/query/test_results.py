"""What is kept of answers, and who computes them. The numbers themselves are other tests'."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import QueryCancelled, QueryTimedOut
from posthog_lite.domain import DomainError, Missing
from posthog_lite.events.importing import import_lines
from posthog_lite.events.models import EventDefinition
from posthog_lite.query import cache, execution, results, status
from posthog_lite.query.errors import InvalidQuery, ParseError, UnsupportedQuery
from posthog_lite.query.freshness import CACHE_ONLY, FORCE_BLOCKING, Ages, Freshness, Mode
from posthog_lite.query.many import answer_many
from posthog_lite.query.models import QueryStatus, Result
from posthog_lite.query.results import (
    answer,
    answer_in_background,
    answer_or_reason,
    envelope,
)
from posthog_lite.query.status import end_work
from tests.factories import ProjectFactory
from tests.support.processes import wait_until

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=7)
MUCH_LATER = NOW + timedelta(hours=13)
QUERY = {
    "kind": "TrendsQuery",
    "series": [{"kind": "EventsNode", "event": "$pageview"}],
    "dateRange": {"date_from": "-7d"},
}
ASYNC, LAZY = Freshness(Mode.ASYNC), Freshness(Mode.LAZY_ASYNC)


@dataclass
class Runner:
    """Stands in for the engine: counts how often it is asked."""

    calls: list[int] = field(default_factory=list)
    seconds: float = 0
    error: Exception | None = None

    def __call__(self, node: Any, context: Any, ask: Any) -> dict[str, Any]:
        self.calls.append(context.project_id)
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        dates = {"date_from": "2026-11-19T00:00:00+00:00", "date_to": "2026-11-26T23:59:59+00:00"}
        return {"results": [len(self.calls)], "hasMore": False, "resolved_date_range": dates}


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    found = Runner()
    monkeypatch.setattr(results, "compute", found)
    yield found
    wait_for_background()


def wait_for_background() -> None:
    """Nothing may be computed any more when the next test begins."""
    for pool, _ in status._workers.values():
        pool.shutdown(wait=True)
    status._workers.clear()


def rows(found: results.Answer) -> Any:
    return None if found.rows is None else orjson.loads(found.rows)


def test_second_asker_gets_what_is_kept(project: Project, runner: Runner) -> None:
    first = answer(project=project, query=QUERY, now=NOW)
    second = answer(project=project, query=QUERY, now=NOW + timedelta(hours=1))

    assert (rows(first), rows(second)) == ([1], [1])
    assert (first.is_cached, second.is_cached) == (False, True)
    assert second.computed_at == NOW
    assert second.extras == first.extras
    assert second.stale_at == NOW + timedelta(hours=6)


def test_numbers_beyond_64_bits_are_fractions(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "compute", lambda *_: {"results": [{"count": 10**300}, 2**70]})
    found = answer(project=project, query=QUERY, now=NOW)
    assert rows(found) == [{"count": 1e300}, float(2**70)]


def test_stale_result_is_computed_anew(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)

    assert rows(answer(project=project, query=QUERY, now=LATER)) == [2]
    assert rows(answer(project=project, query=QUERY, now=LATER)) == [2]


def test_forced_result_is_computed_anew(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)

    found = answer(project=project, query=QUERY, now=NOW, freshness=FORCE_BLOCKING)

    assert rows(found) == [2]


def test_age_of_the_request_replaces_the_policy(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)
    soon = NOW + timedelta(minutes=2)
    minute = Freshness(Mode.BLOCKING, timedelta(minutes=1))

    assert rows(answer(project=project, query=QUERY, now=soon)) == [1]
    assert rows(answer(project=project, query=QUERY, now=soon, freshness=minute)) == [2]


def test_cache_only_computes_nothing(project: Project, runner: Runner) -> None:
    missing = answer(project=project, query=QUERY, now=NOW, freshness=CACHE_ONLY)
    answer(project=project, query=QUERY, now=NOW)
    stale = answer(project=project, query=QUERY, now=LATER, freshness=CACHE_ONLY)

    assert (rows(missing), rows(stale)) == (None, [1])
    assert missing.key == stale.key
    assert runner.calls == [project.pk]


def test_wrapper_shares_the_result_of_its_source(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)
    wrapped = {"kind": "InsightVizNode", "source": QUERY | {"tags": {"scene": "x"}}}

    assert answer(project=project, query=wrapped, now=NOW).is_cached


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "week"},
        {"series": [{"kind": "EventsNode", "event": "other"}]},
        {"dateRange": {"date_from": "-8d"}},
    ],
)
def test_another_query_has_another_result(
    project: Project, runner: Runner, change: dict[str, Any]
) -> None:
    answer(project=project, query=QUERY, now=NOW)

    assert not answer(project=project, query=QUERY | change, now=NOW).is_cached


@pytest.mark.parametrize(("name", "value"), [("timezone", "Asia/Tokyo"), ("week_start_day", 1)])
def test_another_setting_of_the_project_has_another_result(
    project: Project, runner: Runner, name: str, value: object
) -> None:
    answer(project=project, query=QUERY, now=NOW)
    setattr(project, name, value)

    assert not answer(project=project, query=QUERY, now=NOW).is_cached


def test_test_accounts_matter_to_queries_that_leave_them_out(
    project: Project, runner: Runner
) -> None:
    without = QUERY | {"filterTestAccounts": True}
    answer(project=project, query=QUERY, now=NOW)
    answer(project=project, query=without, now=NOW)
    project.test_account_filters = [{"key": "email", "value": "x", "type": "person"}]

    assert answer(project=project, query=QUERY, now=NOW).is_cached
    assert not answer(project=project, query=without, now=NOW).is_cached


def test_variables_go_before_those_of_the_query(engine: ModuleType, project: Project) -> None:
    stored = {"a": {"code_name": "land", "value": "FR"}, "b": {"code_name": "year", "value": 7}}
    query = {
        "kind": "HogQLQuery",
        "query": "select {variables.land}, {variables.year}",
        "variables": stored,
    }

    def ask(**variables: object) -> results.Answer:
        return answer(project=project, query=query, now=NOW, variables=variables)

    assert rows(ask()) == [["FR", 7]]
    assert rows(ask(land="NL")) == [["NL", 7]]
    assert rows(ask(land=None)) == [[None, 7]]
    assert (ask(land="NL").is_cached, ask(land="DE").is_cached) == (True, False)


def test_query_is_answered_from_what_was_captured_just_before(
    engine: ModuleType, project: Project
) -> None:
    put_event(project, "signed up")
    query = {"kind": "HogQLQuery", "query": "select event, count() from events group by event"}

    assert rows(answer(project=project, query=query, now=NOW)) == [["signed up", 1]]
    put_event(project, "paid")
    forced = answer(project=project, query=query, now=NOW, freshness=FORCE_BLOCKING)
    assert sorted(rows(forced)) == [["paid", 1], ["signed up", 1]]


def put_event(project: Project, name: str) -> None:
    line = orjson.dumps({"event": name, "distinct_id": "ann", "timestamp": NOW, "properties": {}})
    import_lines(
        project=project, source=io.BytesIO(line), now=NOW, is_live=False, tell=lambda taken: None
    )


def test_statements_of_one_query_share_its_time(
    engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "QUERY_SECONDS", 1)
    monkeypatch.setattr(execution, "LEAST_SECONDS", 0.1)
    endless = "SELECT count() FROM numbers(1000000000000)"
    ask = execution.asker(execution.context_of(project, NOW)).execute
    started_at = time.monotonic()
    for _ in range(2):
        with pytest.raises(QueryTimedOut):
            ask(endless, {}, settings={})

    assert time.monotonic() - started_at < 1.9


def test_result_of_another_project_is_never_seen(
    project: Project, other_project: Project, runner: Runner
) -> None:
    answer(project=project, query=QUERY, now=NOW)

    other = answer(project=other_project, query=QUERY, now=NOW)
    assert not other.is_cached
    assert runner.calls == [project.pk, other_project.pk]


def test_error_is_raised_and_not_kept(project: Project, runner: Runner) -> None:
    runner.error = InvalidQuery("Too few steps.")
    for _ in range(2):
        with pytest.raises(InvalidQuery):
            answer(project=project, query=QUERY, now=NOW)
    runner.error = None

    assert rows(answer(project=project, query=QUERY, now=NOW)) == [3]


def test_error_can_be_had_as_a_reason(project: Project, runner: Runner) -> None:
    runner.error = InvalidQuery("Too few steps.")

    found = answer_or_reason(project=project, query=QUERY, now=NOW)

    assert found.rows is None
    assert found.status is not None
    assert (found.status["error"], found.status["error_message"]) == (True, "Too few steps.")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"kind": "Nothing"}, ParseError),
        ({}, ParseError),
        ({"kind": "WebOverviewQuery"}, UnsupportedQuery),
        ({"kind": "TrendsQuery", "series": 5}, ParseError),
    ],
)
def test_query_that_cannot_be_read_is_refused(
    project: Project, query: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        answer(project=project, query=query, now=NOW)


def test_another_moment_is_not_kept(project: Project, runner: Runner) -> None:
    past = NOW - timedelta(days=100)
    answer(project=project, query=QUERY, now=past, is_kept=False)

    assert not Result.objects.for_project(project).exists()


def test_envelope_has_every_member(project: Project, runner: Runner) -> None:
    found = orjson.loads(envelope(answer(project=project, query=QUERY, now=NOW)))

    assert found == {
        "results": [1],
        "timings": [],
        "hogql": None,
        "modifiers": {},
        "error": None,
        "query_status": None,
        "is_cached": False,
        "last_refresh": "2026-11-26T12:00:00Z",
        "next_allowed_client_refresh": "2026-11-26T12:15:00Z",
        "cache_target_age": "2026-11-26T18:00:00Z",
        "cache_key": found["cache_key"],
        "timezone": "UTC",
        "hasMore": False,
        "resolved_date_range": {
            "date_from": "2026-11-19T00:00:00+00:00",
            "date_to": "2026-11-26T23:59:59+00:00",
        },
    }


def kept_elsewhere(project: Project) -> None:
    """A result that was brought along a year ago."""
    key = cache.key_of(QUERY, project)
    before = NOW - timedelta(days=365)
    assert cache.claim_result(project=project, key=key)
    cache.keep_result(
        project=project,
        key=key,
        rows=b'["from elsewhere"]',
        extras=b"{}",
        computed_at=before,
        ages=Ages(None, None, before),
        is_imported=True,
    )
    Result.objects.for_project(project).update(written_at=before)


@pytest.mark.parametrize("mode", [Mode.BLOCKING, Mode.FORCE_BLOCKING, Mode.CACHE_ONLY])
def test_a_result_from_elsewhere_stays_until_there_are_events(
    project: Project, runner: Runner, mode: Mode
) -> None:
    kept_elsewhere(project)
    answer(project=project, query=QUERY | {"interval": "week"}, now=NOW)
    asked = Freshness(mode)
    assert rows(answer(project=project, query=QUERY, now=NOW, freshness=asked)) == [
        "from elsewhere"
    ]
    EventDefinition.objects.create(project=project, name="$pageview")
    again = answer(project=project, query=QUERY, now=NOW, freshness=asked)
    is_computed = mode is not Mode.CACHE_ONLY
    assert (rows(again) != ["from elsewhere"]) is is_computed
    assert again.stale_at is not None
    assert Result.objects.for_project(project).filter(is_imported=True).exists() is not is_computed


def test_old_results_are_removed(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)
    Result.objects.for_project(project).update(written_at=NOW - timedelta(days=400))
    answer(project=project, query=QUERY | {"interval": "week"}, now=NOW)

    assert Result.objects.for_project(project).count() == 1


def test_few_results_are_kept_of_a_project(
    project: Project, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_RESULTS", 3)
    for day in range(6):
        query = QUERY | {"dateRange": {"date_from": f"-{day + 1}d"}}
        answer(project=project, query=query, now=NOW)

    assert Result.objects.for_project(project).count() == 3
    assert answer(project=project, query=query, now=NOW).is_cached


def test_huge_result_is_sent_but_not_kept(
    project: Project, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 10)

    assert rows(answer(project=project, query=QUERY, now=NOW)) == [1]
    assert not Result.objects.for_project(project).exists()


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

    alone = ask(1)
    # Each further one is looked up, claimed and kept, and the old ones are removed: five.
    assert ask(3) == alone + 2 * 5
