"""Each limit that the manual names is the one that the code has."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from dashboards import layouts
from dashboards.filters import limits as filter_limits
from dashboards.models import tag, text
from dashboards.queries import validation as query_limits
from dashboards.selectors import answer_size, tiles
from dashboards.serializers import dashboard_write, fields
from dashboards.services import duplication, template_validation
from posthog_lite import strict_json
from posthog_lite.accounts import slow_hashes
from posthog_lite.accounts.services import keys, logins
from posthog_lite.api import throttling
from posthog_lite.clickhouse import limits as engine_limits
from posthog_lite.events import (
    compression,
    definitions,
    importing,
    json_bodies,
    payloads,
    people,
    receiving,
    squashing,
    timestamps,
)
from posthog_lite.events.models import group
from posthog_lite.events_api.serializers import person
from posthog_lite.hogql import context as hogql_context
from posthog_lite.hogql import output as hogql_output
from posthog_lite.hogql import parser as hogql_parser
from posthog_lite.hogql.parsing import lexer, reader
from posthog_lite.query import dates, status
from posthog_lite.query.nodes import common
from posthog_lite.query.runners import trends
from posthog_lite.query.runners.funnels import validation as funnel_limits
from posthog_lite.query.runners.retention import intervals as retention_limits
from posthog_lite.server import request_bodies, serving, workers
from posthog_lite.tenancy import bulk_tags
from sharing import contents, tokens, unlocking
from sharing import page as shared_page
from sharing import services as sharing_services
from tests.benchmarks.__main__ import table
from tests.support.manual import DOCS
from themes import palettes

MB, KB = 1024 * 1024, 1024
WORDS = {
    2: "two", 3: "three", 5: "five", 6: "six", 8: "eight", 10: "ten", 60: "sixty", 100: "a hundred",
    10_000: "ten thousand",
}  # fmt: skip
SLOW_FROM = settings.MAX_AWAITED_BODIES // 3


# Page, and what it says.
FIGURES = [
    ("operating", f"Each worker process has {workers.threads_per_worker()} threads"),
    ("operating", f"At most {settings.MAX_OPEN_STREAMS} of them stream"),
    ("operating", f"and {settings.MAX_AWAITED_BODIES} wait for the rest of a request body"),
    ("operating", f"While more than {SLOW_FROM} of them are awaited"),
    ("operating", f"to nothing at {2 * SLOW_FROM}"),
    ("operating", f"have {WORDS[workers.STOP_SECONDS]} seconds to end"),
    ("operating", f"takes {WORDS[logins.ATTEMPTS_PER_NAME]} passwords for one name"),
    ("operating", f"in {logins.WINDOW.seconds // 60} minutes"),
    ("operating", f"{WORDS[logins.ATTEMPTS_PER_NETWORK]} for all names"),
    ("operating", f"takes {WORDS[unlocking.ATTEMPTS_PER_ADDRESS]} passwords from one address"),
    ("operating", f"and {WORDS[unlocking.ATTEMPTS_PER_LINK]} from all"),
    ("settings", f"{serving.CONNECTIONS_PER_WORKER} per worker of `serve`"),
    ("settings", f"{throttling.BurstThrottle.rate.partition('/')[0]} requests a minute"),
    ("settings", f"{throttling.SustainedThrottle.rate.partition('/')[0]} an hour"),
    ("settings", f"{throttling.FailedKeyThrottle.rate.partition('/')[0]} wrong keys a minute"),
    ("settings", f"{throttling.QueryBurstThrottle.rate.partition('/')[0]} queries a minute"),
    ("queries", f"{throttling.QueryBurstThrottle.rate.partition('/')[0]} questions a minute"),
    ("settings", f"{throttling.PageThrottle.rate.partition('/')[0]} shared pages"),
    ("compatibility", f"{filter_limits.MOST_BYTES // KB} kB each"),
    ("compatibility", f"{filter_limits.MOST_LEAVES} property filters, {filter_limits.DEEPEST} gro"),
    ("compatibility", f"{query_limits.MOST_BYTES // KB} kB, {query_limits.MOST_LEAVES:,} prop"),
    (
        "compatibility",
        f"{answer_size.MOST_BYTES // MB} MB with its results, then 413 `answer_too_large`",
    ),
    ("compatibility", f"a request body over {settings.MAX_BODY_BYTES // MB} MB"),
    ("compatibility", f"nesting deeper than {strict_json.MAX_DEPTH}"),
    ("compatibility", f"at most {palettes.MAX_COLORS} `#rgb`"),
    ("compatibility", f"{unlocking.ATTEMPTS_PER_ADDRESS} a minute per link and address"),
    ("compatibility", f"{unlocking.ATTEMPTS_PER_LINK} per link"),
    ("dashboards", f"| tiles of a dashboard | {tiles.MAX_TILES} |"),
    ("dashboards", f"{duplication.LONGEST_NAME} characters; {tag.MOST_TAGS:,} of"),
    ("dashboards", f"{fields.LONGEST_TAG} characters each"),
    ("dashboards", f"description | {dashboard_write.LONGEST_DESCRIPTION:,} characters"),
    ("dashboards", f"a text | {text.LONGEST_TEXT:,} characters"),
    ("dashboards", f"layouts of a tile | {layouts.MOST_BYTES // KB} kB"),
    ("dashboards", f"{filter_limits.MOST_BYTES // KB} kB each; filters also"),
    ("dashboards", f"{filter_limits.MOST_LEAVES} property filters, {filter_limits.DEEPEST} gro"),
    ("dashboards", f"{query_limits.MOST_BYTES // KB} kB, {query_limits.MOST_LEAVES:,} prop"),
    ("dashboards", f"a template | {template_validation.MOST_BYTES // KB} kB"),
    ("dashboards", f"`bulk_update_tags` | {bulk_tags.MAX_CHANGES:,} |"),
    ("dashboards", f"colors of a theme | {palettes.MAX_COLORS} |"),
    ("dashboards", f"keys of a user | {keys.MAX_KEYS} |"),
    ("dashboards", f"passwords of a link | {sharing_services.MAX_ACTIVE_PASSWORDS} |"),
    ("dashboards", f"with its results | {answer_size.MOST_BYTES // MB} MB"),
    (
        "dashboards",
        f"{settings.MAX_BODY_BYTES // MB} MB; {request_bodies.ANONYMOUS_BYTES // KB} kB",
    ),
    ("promises", f"more than {request_bodies.ANONYMOUS_BYTES // KB} kB below `/api/`"),
    ("sharing", f"for {tokens.LIFETIME.total_seconds() / 3600:.0f} hours"),
    ("sharing", f"works for {WORDS[sharing_services.GRACE_PERIOD.seconds // 60]} minutes more"),
    ("sharing", f"{WORDS[int(contents.SECONDS_FOR_RESULTS)]} seconds at most"),
    ("sharing", f"never more often than every {shared_page.LEAST_PAUSE} seconds"),
    ("sharing", f"A link takes {sharing_services.MAX_ACTIVE_PASSWORDS} passwords"),
    ("sharing", f"computes {WORDS[slow_hashes.AT_ONCE]} at once"),
    ("events", f"its name, cut at {payloads.LONGEST_NAME} characters"),
    ("events", f"More than {timestamps.TOLERANCE.seconds // 3600} hours ahead is now"),
    ("events", f"{settings.MAX_BODY_BYTES // MB} MB, then 413 `maximum event size exceeded`"),
    ("events", f"{payloads.MAX_EVENTS:,}, then 413"),
    ("events", f"nesting of JSON | {json_bodies.MAX_DEPTH} |"),
    ("events", f"LZ-string | {compression.MAX_LZ64_BYTES // MB} MB |"),
    ("events", f"Bodies over {receiving.SMALL // MB} MB"),
    ("events", f"longer than {WORDS[receiving.SECONDS_TO_WAIT]} seconds"),
    ("persons", f"{definitions.MOST_EVENTS:,} names of events"),
    ("persons", f"{definitions.MOST_PROPERTIES:,} of properties"),
    ("persons", f"at most {people.MOST_PROPERTY_BYTES // KB} kB"),
    ("persons", f"has {WORDS[group.GROUP_TYPES]} types of groups"),
    ("persons", f"more than {squashing.MANY:,} rows"),
    ("persons", f"{WORDS[importing.LINES_AT_ONCE].capitalize()} lines are stored together"),
    ("endpoints", f"Delete up to {person.MOST_AT_ONCE:,} people"),
    ("engine", f"`ENGINE_MEMORY_MB` ({settings.ENGINE_MEMORY_MB})"),
    ("engine", f"A query ends after {engine_limits.QUERY_SECONDS} seconds"),
    ("queries", f"more than {engine_limits.QUERY_SECONDS} seconds"),
    ("queries", f"for {WORDS[status.KEPT.seconds // 60]} minutes"),
    ("hogql", f"characters of a query | {lexer.LONGEST_TEXT:,} |"),
    (
        "hogql",
        f"{lexer.MOST_TOKENS:,}; {reader.DEEPEST_NESTING}; {hogql_parser.DEEPEST_TREE} |",
    ),
    ("hogql", f"counted | {hogql_output.MOST_TABLES} |"),
    ("hogql", f"{hogql_output.LONGEST_SQL:,} characters"),
    ("hogql", f"{hogql_context.DEFAULT_LIMIT} without LIMIT, {hogql_context.MOST_ROWS:,} with"),
    ("insights", f"up to {dates.MAX_INTERVALS:,} intervals and {trends.MAX_POINTS:,} numbers"),
    ("insights", f"The {common.DEFAULT_BREAKDOWN_LIMIT} largest values"),
    ("insights", f"up to {common.MAX_BREAKDOWN_LIMIT:,})"),
    ("insights", f"up to {WORDS[common.MAX_BREAKDOWNS]} properties"),
    ("journeys", f"at most {funnel_limits.MAX_STEPS} steps"),
    ("journeys", f"{retention_limits.MAX_ROWS:,} rows and {retention_limits.MAX_CELLS:,} cells"),
]


@pytest.mark.parametrize(("name", "words"), FIGURES, ids=[words for _, words in FIGURES])
def test_a_figure_of_the_manual_is_that_of_the_code(name: str, words: str) -> None:
    text = re.sub(r"\s+", " ", (DOCS / f"{name}.md").read_text())
    assert words in text


def test_the_tables_of_performance_have_the_rows_that_are_measured() -> None:
    text = (DOCS / "performance.md").read_text()
    for name, sign, target, _ in table():
        wanted = f"{sign} {target:g} " if sign else ""
        assert f"| {name} | {wanted}|" in text
