"""What is kept of answers, and who computes them. The numbers themselves are other tests'."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from types import ModuleType
from typing import Any

import orjson
import pytest

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse.errors import QueryTimedOut
from posthog_lite.domain import DomainError
from posthog_lite.events.importing import import_lines
from posthog_lite.events.models import EventDefinition
from posthog_lite.query import cache, execution, results
from posthog_lite.query.errors import InvalidQuery, ParseError, UnsupportedQuery
from posthog_lite.query.freshness import BLOCKING, CACHE_ONLY, FORCE_BLOCKING, Ages, Freshness, Mode
from posthog_lite.query.models import Result
from posthog_lite.query.results import (
    answer,
    answer_or_reason,
    envelope,
)
from tests.posthog_lite.query.counting_runner import (
    LATER,
    NOW,
    QUERY,
    Runner,
    rows,
)


def test_second_asker_gets_what_is_kept(project: Project, runner: Runner) -> None:
    first = answer(project=project, query=QUERY, now=NOW)
    second = answer(project=project, query=QUERY, now=NOW + timedelta(hours=1))

    assert (rows(first), rows(second)) == ([1], [1])
    assert (first.is_cached, second.is_cached) == (False, True)
    assert second.computed_at == NOW
    assert second.extras == first.extras
    assert second.stale_at == NOW + timedelta(hours=6)


@pytest.mark.parametrize("freshness", [BLOCKING, FORCE_BLOCKING, Freshness(Mode.ASYNC)])
def test_a_check_of_sql_is_not_kept(project: Project, freshness: Freshness) -> None:
    query = {"kind": "HogQLMetadata", "query": "select event from events"}
    found = answer(project=project, query=query, now=NOW, freshness=freshness)
    assert (found.extras["isValid"], found.is_cached) == (True, False)
    assert not Result.objects.for_project(project).exists()


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
        project=project, source=io.BytesIO(line), now=NOW, is_live=False, report=lambda taken: None
    )


def test_statements_of_one_query_share_its_time(
    engine: ModuleType, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "QUERY_SECONDS", 1)
    monkeypatch.setattr(execution, "LEAST_SECONDS", 0.1)
    endless = "SELECT count() FROM numbers(1000000000000)"
    ask = execution.executor(execution.context_of(project, NOW)).execute
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
        "calculation_trigger": None,
        "query_metadata": None,
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
    EventDefinition.objects.create(project=project, name="$pageview", last_seen_at=NOW)
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


def test_an_old_result_that_is_computed_anew_is_kept(project: Project, runner: Runner) -> None:
    answer(project=project, query=QUERY, now=NOW)
    Result.objects.for_project(project).update(written_at=NOW - timedelta(days=400))
    key = cache.key_of(QUERY, project)
    assert cache.claim_result(project=project, key=key)
    answer(project=project, query=QUERY | {"interval": "week"}, now=NOW)

    ages = Ages(None, None, NOW)
    cache.keep_result(
        project=project, key=key, rows=b"[2]", extras=b"{}", computed_at=NOW, ages=ages
    )
    assert rows(answer(project=project, query=QUERY, now=NOW)) == [2]


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
