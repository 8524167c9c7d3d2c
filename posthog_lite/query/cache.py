"""Results that were computed before: found by what was asked, kept for a while.

Whoever computes a result claims it first, so that others wait for it instead of computing it too.
A claim is a row, not a lock: no connection is held while the engine works.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, Case, Func, Sum, TextField, Value, When, Window
from django.db.models.functions import Cast
from django.utils import timezone

from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import IsAnyOf
from posthog_lite.domain import AnswerTooLarge
from posthog_lite.events.selectors.definitions import has_events
from posthog_lite.query.models import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from posthog_lite.accounts.models import Project
    from posthog_lite.query.freshness import Ages

VERSION = 1
# Of the query, what says nothing about the numbers.
NOT_IN_KEY = frozenset({"tags", "version", "modifiers", "response"})
# What some clients say, and others leave out.
USUAL = {"interval": "day", "filterTestAccounts": False, "properties": []}
CLEANING = b'"pathReplacements":true'
TEST_ACCOUNTS = b'"filterTestAccounts":true'
CLAIM_SECONDS = 80  # longer than any query may take: its claimer died
KEPT = timedelta(days=3)
MOST_RESULTS = 5_000
REMOVED_AT_ONCE = 100
# What is written is committed without waiting for the disk: after a loss of power it can be had
# again. As a part of another transaction it is kept like the rest of it.
EASILY_LOST = """
WITH easily_lost AS (SELECT CASE WHEN %s THEN set_config('synchronous_commit', 'off', true) END)"""
CLAIM = f"""{EASILY_LOST}
INSERT INTO query_result AS r (project_id, key, extras, claim, claimed_at, written_at)
SELECT %s, %s, '{{}}', %s, clock_timestamp(), clock_timestamp() FROM easily_lost
ON CONFLICT ON CONSTRAINT result_once_per_query
DO UPDATE SET claim = excluded.claim, claimed_at = excluded.claimed_at,
    written_at = excluded.written_at
WHERE r.claim IS NULL OR r.claimed_at < clock_timestamp() - %s * interval '1 second'
RETURNING r.claim, r.computed_at IS NULL, r.is_imported
"""  # noqa: S608  # no input in it
# Without a claim it is stale at once: something was changed while it was computed.
KEEP = f"""{EASILY_LOST}
UPDATE query_result SET rows = %s, extras = %s, computed_at = %s,
    stale_at = CASE WHEN claim IS NULL THEN %s ELSE %s::timestamptz END,
    lazily_stale_at = CASE WHEN claim IS NULL THEN %s ELSE %s::timestamptz END,
    refreshable_at = %s, is_imported = %s, counts_actions = %s, claim = NULL, claimed_at = NULL,
    written_at = %s
FROM easily_lost WHERE project_id = %s AND key = %s
"""  # noqa: S608  # no input in it
# A few at a time; as many are never added at once. Imported ones do not age, and claimed ones count
# as just written. Rows that others hold are left, so that nobody waits in a circle.
REMOVE_OLD = f"""{EASILY_LOST}, old AS (
    SELECT id FROM query_result WHERE id = ANY(ARRAY(
        (SELECT id FROM query_result WHERE project_id = %s AND written_at < %s AND NOT is_imported
         ORDER BY written_at LIMIT %s)
        UNION ALL
        (SELECT id FROM query_result WHERE project_id = %s
         ORDER BY written_at DESC OFFSET %s LIMIT %s)
    )) FOR UPDATE SKIP LOCKED
)
DELETE FROM query_result USING easily_lost WHERE id = ANY(ARRAY(SELECT id FROM old))
"""  # noqa: S608  # no input in it
MOST_BYTES = 16 * 1024 * 1024
MOST_BYTES_AT_ONCE = 64 * 1024 * 1024
TOO_LARGE = "The results would be larger than {} MB together. Ask for fewer of them at once."


class Asked(NamedTuple):
    """The identity of a query, in any project: its digest, and the settings that matter."""

    digest: bytes
    of_test_accounts: bool
    of_cleaned_paths: bool


def key_of(query: Mapping[str, Any], project: Project) -> str:
    """Return the name under which a query's result is kept, within its project."""
    return ResultNames(project).of(asked_by(query))


def asked_by(query: Mapping[str, Any]) -> Asked:
    """Return what a query asks for; the settings also count where a query stands in another."""
    counted = _given(query, NOT_IN_KEY)
    counted = {name: value for name, value in counted.items() if not _is_usual(name, value)}
    if isinstance(dates := counted.get("dateRange"), dict):
        counted["dateRange"] = _given(dates)
    if isinstance(series := counted.get("series"), list):
        counted["series"] = [
            _without_name(node) if isinstance(node, dict) else node for node in series
        ]
    text = _dumped(counted)
    return Asked(hashlib.sha256(text).digest(), TEST_ACCOUNTS in text, CLEANING in text)


def _is_usual(name: str, value: Any) -> bool:
    usual = USUAL.get(name)
    return type(value) is type(usual) and value == usual  # 0 is not false, but refused


def _without_name(node: Mapping[str, Any]) -> dict[str, Any]:
    found = _given(node)
    if isinstance(found.get("custom_name"), str):  # anything else is refused
        del found["custom_name"]
    return found


def _given(part: Mapping[str, Any], but: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The members of a part of a query; null is the same as none."""
    return {name: value for name, value in part.items() if value is not None and name not in but}


class ResultNames:
    """The names of results within a project; its settings are read once for all of them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings: dict[tuple[bool, bool], bytes] = {}

    def of(self, asked: Asked) -> str:
        """Return the name of the result of a query that asks for this."""
        which = (asked.of_test_accounts, asked.of_cleaned_paths)
        if which not in self._settings:
            self._settings[which] = _dumped(_settings_that_matter(self._project, asked))
        return hashlib.sha256(asked.digest + self._settings[which]).hexdigest()


def _settings_that_matter(project: Project, asked: Asked) -> dict[str, Any]:
    return {
        "version": VERSION,
        "project": project.pk,
        "timezone": project.timezone,
        "week_start": project.week_start_day,
        "test_accounts": project.test_account_filters if asked.of_test_accounts else None,
        "path_cleaning": (
            project.settings["path_cleaning_filters"] if asked.of_cleaned_paths else None
        ),
    }


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


class Claim(NamedTuple):
    """The right to compute a result; `is_first` where none is kept, `is_imported` of the kept."""

    id: uuid.UUID
    is_first: bool
    is_imported: bool


class Kept(NamedTuple):
    """A result; without its rows where they are too large to be read."""

    key: str
    extras: str
    computed_at: datetime
    stale_at: datetime | None
    lazily_stale_at: datetime | None
    refreshable_at: datetime | None
    is_imported: bool
    size: int | None
    rows: str | None


def _kept(project: int, keys: str, most_bytes: int) -> QuerySet[Any, Any]:
    size = Window(Sum(Func("rows", function="octet_length", output_field=BigIntegerField())))
    return (
        Result.all_projects.filter(
            IsAnyOf("key", Cast(Value(keys), ArrayField(TextField()))), project=project
        )
        .annotate(size=size, fitting=Case(When(size__lte=most_bytes, then="rows")))
        .values_list(*Kept._fields[:-1], "fitting")
    )


# The keys are hexadecimal: as the text of an array they take a tenth of the time of a list.
KEPT_RESULTS = CompiledQuery(_kept, project=int, keys=str, most_bytes=int)


class Found(NamedTuple):
    """The results that are kept, by name, and the names of those that somebody has asked for."""

    kept: dict[str, Kept]
    awaited: list[str]


def find_result(*, project: Project, key: str) -> Kept | None:
    """Return the result that is kept, however old."""
    return find_results(project=project, keys=[key]).kept.get(key)


def find_results(
    *, project: Project, keys: Sequence[str], most_bytes: int = MOST_BYTES_AT_ONCE
) -> Found:
    """Return the results that are kept under these names, however old.

    Raises AnswerTooLarge where they are more than `most_bytes` together; they are not read then.
    """
    if not keys:
        return Found({}, [])
    rows = KEPT_RESULTS.rows(
        project=project.pk, keys=f"{{{','.join(keys)}}}", most_bytes=most_bytes
    )
    found: list[Any] = [Kept._make(row) for row in rows]  # some of them computed yet
    if any(result.size is not None and result.size > most_bytes for result in found):
        raise AnswerTooLarge(TOO_LARGE.format(most_bytes // 1024**2))
    computed = _aged(project, [result for result in found if result.computed_at is not None])
    awaited = [result.key for result in found if result.computed_at is None]
    return Found({result.key: result for result in computed}, awaited)


def await_result(*, project: Project, key: str) -> None:
    """Note that somebody has asked for a result, before it is claimed."""
    awaited = Result(project=project, key=key)
    Result.objects.for_project(project).bulk_create([awaited], ignore_conflicts=True)


def _aged(project: Project, results: list[Kept]) -> list[Kept]:
    """Let results from elsewhere be stale once there are events to count."""
    if not any(result.is_imported for result in results) or not has_events(project=project):
        return results
    return [
        result._replace(stale_at=result.computed_at, lazily_stale_at=result.computed_at)
        if result.is_imported
        else result
        for result in results
    ]


def claim_result(*, project: Project, key: str) -> Claim | None:
    """The right to compute a result; None while somebody else has it."""
    is_own, claim = _is_own_transaction(), uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [is_own, project.pk, key, claim, CLAIM_SECONDS])
        row = cursor.fetchone()
    return Claim._make(row) if row else None


def _is_own_transaction() -> bool:
    return not connection.in_atomic_block


def is_claimed(*, project: Project, key: str) -> bool:
    """Return whether somebody computes the result at the moment."""
    oldest = timezone.now() - timedelta(seconds=CLAIM_SECONDS)
    results = Result.objects.for_project(project).filter(key=key, claimed_at__gt=oldest)
    return results.exclude(claim=None).exists()


def give_up_claim(*, project: Project, claim: Claim) -> None:
    """Let others try: nothing came of it."""
    results = Result.objects.for_project(project).filter(claim=claim.id)
    results.update(claim=None, claimed_at=None)


def keep_result(
    *,
    project: Project,
    key: str,
    rows: bytes,
    extras: bytes,
    computed_at: datetime,
    ages: Ages,
    is_imported: bool = False,
    counts_actions: bool = False,
    is_first: bool = True,
) -> None:
    """Keep a result for the next who ask; ends any claim on it. The first one removes old ones.

    Without a claim it is stale at once: something was changed while it was computed.
    """
    if len(rows) + len(extras) > MOST_BYTES:
        Result.objects.for_project(project).filter(key=key).delete()
        return
    now, is_easily_lost = timezone.now(), _is_own_transaction() and not is_imported
    values = [
        *(is_easily_lost, rows.decode(), extras.decode(), computed_at),
        *(computed_at, ages.stale_at, computed_at, ages.lazily_stale_at, ages.refreshable_at),
        *(is_imported, counts_actions, now, project.pk, key),
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)
        if is_first:  # a result that is computed again is one as before
            oldest, most = (now - KEPT, REMOVED_AT_ONCE), (MOST_RESULTS, REMOVED_AT_ONCE)
            cursor.execute(REMOVE_OLD, [is_easily_lost, project.pk, *oldest, project.pk, *most])
