"""Answers to queries: the only door, for whoever asks."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import DomainError
from posthog_lite.query.cache import (
    claim_result,
    find_result,
    give_up_claim,
    is_claimed,
    keep_result,
    key_of,
)
from posthog_lite.query.errors import StillComputed
from posthog_lite.query.execution import SharedContext, context_of, executor
from posthog_lite.query.freshness import BLOCKING, Mode, ages_of, ages_of_stale
from posthog_lite.query.names import custom_names, extras_with_names, read_extras, under_names
from posthog_lite.query.nodes.parsing import parse_node, source_query
from posthog_lite.query.runners.registry import compute
from posthog_lite.query.stale import counts_actions, has_changed_actions
from posthog_lite.query.status import (
    as_wire,
    find_running_status,
    get_status,
    start_in_background,
    work_name,
)
from posthog_lite.query.variables import defaults
from posthog_lite.server import metrics
from posthog_lite.strict_json import within_64_bits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.cache import Claim, Kept
    from posthog_lite.query.context import QueryContext
    from posthog_lite.query.freshness import Ages, Freshness
    from posthog_lite.query.models import QueryStatus
    from posthog_lite.query.names import Names
    from posthog_lite.query.nodes.parsing import Node

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_WAIT = 75
FIXED_DATE = re.compile(r"\d{4}-")
ROWS_KEY = "results"
SQL_KIND = "HogQLQuery"
# Checked without the engine, and not kept: the many versions while somebody writes would push out
# results.
NOT_RUN = frozenset({"HogQLMetadata"})
NO_VARIABLES: Mapping[str, Any] = {}
RESULTS_KEPT = metrics.results.labels("kept")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query.

    `rows` is JSON text, ready to be sent; None when nothing is there. `extras` are the other
    members of the kind of query. `status` is the state of a query that is computed in the
    background, or why it cannot be.
    """

    key: str
    timezone: str
    rows: bytes | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    is_cached: bool = False
    computed_at: datetime | None = None
    stale_at: datetime | None = None
    refreshable_at: datetime | None = None
    status: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """A query that can be asked, and the name of its result."""

    project: Project
    node: Node
    key: str
    now: datetime
    counts_actions: bool = False
    query_id: str | None = None
    shared: SharedContext | None = None
    names: Names = ()

    def find_kept(self) -> Kept | None:
        """Return the result that is kept, however old, under the names of this query."""
        return under_names(find_result(project=self.project, key=self.key), self.names)


def answer(
    *,
    project: Project,
    query: Mapping[str, Any],
    now: datetime,
    variables: Mapping[str, Any] = NO_VARIABLES,
    freshness: Freshness = BLOCKING,
    is_kept: bool = True,
    query_id: str | None = None,
    shared: SharedContext | None = None,
) -> Answer:
    """Answer a query, computed or as it is kept. Raises DomainError when it cannot be.

    `variables` are values by the name that stands in SQL; they go before those of the query.
    `query_id` names the query for who wants to know of it or end it; `is_kept` False leaves the
    store alone, for a moment other than the present. `shared` is shared by the queries of one
    request.
    """
    asked = with_variables(source_query(query), variables)
    key = key_of(asked, project)
    question = _Question(
        project,
        parse_node(asked),
        key,
        now,
        counts_actions(asked),
        query_id,
        shared,
        custom_names(asked),
    )
    if not is_kept or question.node.kind in NOT_RUN:
        return _compute(question)[0]
    return _by_mode(question, freshness)


def answer_in_background(*, project: Project, query_id: str) -> tuple[QueryStatus, Answer | None]:
    """The state of a query that is computed in the background, and its answer once it is there.

    Raises Missing where nothing is known of it.
    """
    status = get_status(project=project, query_id=query_id)
    kept = find_result(project=project, key=status.key) if status.is_complete else None
    if kept is None or status.error_message is not None:
        return status, None
    return status, kept_answer(status.key, project, kept, status=as_wire(status))


def answer_or_reason(
    *,
    project: Project,
    query: Mapping[str, Any],
    now: datetime,
    freshness: Freshness = BLOCKING,
    shared: SharedContext | None = None,
) -> Answer:
    """Answer a query; one that cannot be answered says why in its status."""
    try:
        return answer(project=project, query=query, now=now, freshness=freshness, shared=shared)
    except DomainError as error:
        return refusal(project, error.detail)


def refusal(project: Project, reason: str) -> Answer:
    """Return the answer to a query that cannot be answered: none, and why."""
    status = {"error": True, "complete": True, "error_message": reason}
    return Answer(key="", timezone=project.timezone, status=status)


def with_variables(query: Mapping[str, Any], variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The query with these values for its variables."""
    if not variables or query.get("kind") != SQL_KIND:
        return query
    stored = query.get("variables")
    entries = stored.values() if isinstance(stored, dict) else ()
    kept = {str(entry.get("code_name")): entry for entry in entries if isinstance(entry, dict)}
    given = {
        name: {"code_name": name, "value": value, "isNull": value is None}
        for name, value in variables.items()
    }
    return {**query, "variables": kept | given}


def name_of_key(key: str) -> str:
    """The name of a result as clients see it."""
    return f"cache_{key}"


def envelope(found: Answer) -> bytes:
    """The answer as the query endpoint sends it."""
    members: dict[str, Any] = {
        "timings": [],
        "hogql": None,
        "modifiers": {},
        "error": None,
        "query_status": found.status,
        "is_cached": found.is_cached,
        "last_refresh": found.computed_at,
        "next_allowed_client_refresh": found.refreshable_at,
        "cache_target_age": found.stale_at,
        "cache_key": name_of_key(found.key),
        "timezone": found.timezone,
        "calculation_trigger": None,
        "query_metadata": None,
        **found.extras,
    }
    rest = orjson.dumps(members, option=orjson.OPT_UTC_Z, default=str)
    return b'{"%s":%s,%s' % (ROWS_KEY.encode(), found.rows or b"null", rest[1:])


def _by_mode(question: _Question, freshness: Freshness) -> Answer:
    project, key = question.project, question.key
    if freshness.mode is Mode.FORCE_BLOCKING:
        return _computed_anew(question)
    kept = question.find_kept()
    match freshness.mode:
        case Mode.CACHE_ONLY:
            return kept_answer(key, project, kept, status=_running(question))
        case Mode.FORCE_ASYNC:
            return kept_answer(key, project, None, status=_in_background(question, kept))
    if kept is not None and is_fresh(kept, question.now, freshness):
        return kept_answer(key, project, kept)
    return _renewed(question, freshness.mode, kept)


def _renewed(question: _Question, mode: Mode, kept: Kept | None) -> Answer:
    """The answer where what is kept is too old, or nothing is."""
    is_awaited = mode is Mode.ASYNC_EXCEPT_ON_CACHE_MISS and kept is None
    if mode is Mode.BLOCKING or is_awaited:
        return _computed_once(question, kept)
    will_do = mode is Mode.LAZY_ASYNC and kept and _is_lazily_fresh(kept, question.now)
    status = _running(question) if will_do else _in_background(question, kept)
    return kept_answer(question.key, question.project, kept, status=status)


def is_fresh(kept: Kept, now: datetime, freshness: Freshness) -> bool:
    """Return whether a result is fresh enough for the caller."""
    if kept.stale_at is not None and kept.stale_at == kept.computed_at:
        return False  # something was changed under it
    if freshness.max_age is not None and kept.computed_at is not None:
        return now <= kept.computed_at + freshness.max_age
    return kept.stale_at is None or now <= kept.stale_at


def _is_lazily_fresh(kept: Kept, now: datetime) -> bool:
    return kept.lazily_stale_at is None or now <= kept.lazily_stale_at


def kept_answer(
    key: str,
    project: Project,
    kept: Kept | None,
    *,
    status: Mapping[str, Any] | None = None,
) -> Answer:
    """Return the answer that is kept, if there is one, with the state of a query that runs."""
    if kept is None or kept.rows is None:
        return Answer(key, project.timezone, status=status)
    RESULTS_KEPT.inc()
    return Answer(
        key=key,
        timezone=project.timezone,
        rows=kept.rows.encode(),
        extras=read_extras(kept),
        is_cached=True,
        computed_at=kept.computed_at,
        stale_at=kept.stale_at,
        refreshable_at=kept.refreshable_at,
        status=status,
    )


def _computed_anew(question: _Question) -> Answer:
    """Compute the result without a look at the one that is kept, where nothing depends on it."""
    claim = claim_result(project=question.project, key=question.key)
    if claim is not None and not claim.is_imported:
        return _computed_with(question, claim)
    if claim is not None:
        give_up_claim(project=question.project, claim=claim)
    return _computed_once(question, question.find_kept())


def _computed_once(question: _Question, before: Kept | None) -> Answer:
    """Compute the result, or wait for somebody who does so already.

    A result from elsewhere stays as long as nothing is here to compute another one from.
    """
    if before is not None and before.is_imported and before.stale_at is None:
        return kept_answer(question.key, question.project, before)
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while True:
        claim = claim_result(project=question.project, key=question.key)
        if claim is not None:
            return _computed_with(question, claim)
        while is_claimed(project=question.project, key=question.key):
            if time.monotonic() > deadline:
                raise StillComputed("The query is still being computed. Ask again in a moment.")
            release_connection()
            time.sleep(SECONDS_BETWEEN_LOOKS)
        kept = question.find_kept()
        if kept is not None and (before is None or kept.computed_at != before.computed_at):
            return kept_answer(question.key, question.project, kept)


def _computed_with(question: _Question, claim: Claim) -> Answer:
    try:
        found, ages = _compute(question)
    except BaseException:
        give_up_claim(project=question.project, claim=claim)
        raise
    if question.counts_actions and has_changed_actions(
        project=question.project, since=question.now
    ):
        ages = ages_of_stale(ages, question.now)
    keep_result(
        project=question.project,
        key=question.key,
        rows=found.rows or b"null",
        extras=orjson.dumps(extras_with_names(found.extras, question.names), default=str),
        computed_at=question.now,
        ages=ages,
        counts_actions=question.counts_actions,
        is_first=claim.is_first,
    )
    return found


def _compute(question: _Question) -> tuple[Answer, Ages]:
    context = _context(question)
    node = defaults.fill(question.node, question.project)
    release_connection()
    name = work_name(question.project, question.query_id) if question.query_id else None
    with metrics.computing(question.node.kind):
        extras = compute(node, context, executor(context, name))
    rows = _rendered(extras.pop(ROWS_KEY))
    ages = _ages(question, extras.get("resolved_date_range"))
    return Answer(
        key=question.key,
        timezone=context.timezone,
        rows=rows,
        extras=extras,
        computed_at=question.now,
        stale_at=ages.stale_at,
        refreshable_at=ages.refreshable_at,
    ), ages


def _context(question: _Question) -> QueryContext:
    if question.node.kind in NOT_RUN:
        return context_of(question.project, question.now)
    return (question.shared or SharedContext(question.project, question.now)).context()


def _rendered(rows: Any) -> bytes:
    try:
        return orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError:  # sums and shares of huge numbers are integers too large for it
        return orjson.dumps(within_64_bits(rows), option=orjson.OPT_NON_STR_KEYS, default=str)


def _ages(question: _Question, resolved: Mapping[str, str] | None) -> Ages:
    node = question.node
    dates = getattr(getattr(node, "base", None), "date_range", None)
    bounds = (dates.date_from or "", dates.date_to or "") if dates else ("", "")
    return ages_of(
        node.kind,
        getattr(node, "interval", "day"),
        computed_at=question.now,
        resolved=resolved,
        is_fixed=all(FIXED_DATE.match(bound) for bound in bounds),
    )


def _running(question: _Question) -> Mapping[str, Any] | None:
    return find_running_status(project=question.project, key=question.key)


def _in_background(question: _Question, kept: Kept | None) -> Mapping[str, Any]:
    query_id = question.query_id or uuid4().hex
    named = replace(question, query_id=query_id, shared=None)  # it is asked later
    return start_in_background(
        project=question.project,
        key=question.key,
        query_id=query_id,
        work=lambda: _computed_once(named, kept),
    )
