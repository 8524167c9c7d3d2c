"""Generates ninety days of events of Quillpad, a fictional note-taking product. Pure.

Campaigns bring visitors, some sign up, some of those stay and pay, most leave. The seed is fixed
and the times are relative to today.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp
from typing import TYPE_CHECKING, Any
from uuid import UUID

from posthog_lite.events.imports import ImportedPerson
from posthog_lite.events.payloads import CapturedEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20
DAYS = 90
VISITORS = 2_600
SITE = "https://quillpad.example"
Choices = dict[Any, float]

BROWSERS: Choices = {"Chrome": 58, "Safari": 24, "Firefox": 9, "Microsoft Edge": 9}
DEVICES: Choices = {("Desktop", "Mac OS X"): 34, ("Desktop", "Windows"): 33,
                    ("Mobile", "iOS"): 18, ("Mobile", "Android"): 15}  # fmt: skip
COUNTRIES: Choices = {"US": 38, "DE": 14, "GB": 12, "FR": 8, "IN": 8, "BR": 6, "NL": 5, "JP": 5,
                      "CA": 4}  # fmt: skip
# Where visitors come from, how many, and how likely one of them signs up.
SOURCES: Choices = {
    ("www.google.com", None, 0.24): 34,
    ("$direct", None, 0.32): 28,
    ("news.ycombinator.com", "launch", 0.14): 12,
    ("www.linkedin.com", "spring-campaign", 0.17): 10,
    ("github.com", None, 0.36): 9,
    ("newsletter.example", "newsletter", 0.41): 7,
}
ARTICLES: Choices = {"/": 44, "/pricing": 18, "/features": 14, "/blog/meeting-notes": 13,
                     "/blog/writing-with-an-assistant": 7, "/docs": 4}  # fmt: skip
# The price of a token stands beside the provider.
MODELS: Choices = {
    ("gpt-5-mini", "openai", 2e-6): 55,
    ("claude-sonnet-4-5", "anthropic", 9e-6): 30,
    ("gemini-2.5-flash", "google", 1.5e-6): 15,
}
TOOLS: Choices = {"search_notes": 46, "read_note": 31, "create_note": 16, "share_note": 7}
MCP_CLIENTS: Choices = {"Claude Code": 48, "Cursor": 34, "VS Code": 18}
PLANS: Choices = {("team", 49): 38, ("personal", 12): 62}
FIRST = "Ada Ben Clara Dora Emil Fay Gil Hana Ida Jon Kim Lea Max Nora Omar Pia Ravi Sol Tom Una"
LAST = "Berg Costa Diaz Evans Fischer Garcia Hansen Ito Jensen Kaya Lopez Meyer Novak Okafor Patel"


@dataclass(slots=True)
class Visitor:
    """A visitor of the site, with their events."""

    number: int
    came_at: datetime
    device: dict[str, Any]
    source: tuple[str, str | None, float]
    anonymous_id: str
    distinct_id: str
    properties: dict[str, Any] = field(default_factory=dict)
    events: list[CapturedEvent] = field(default_factory=list)


class Product:
    """Generates visitors and their events from one seeded random source."""

    def __init__(self, now: datetime) -> None:
        self._random = random.Random(SEED)  # noqa: S311  # the same each time is the point
        self._now = now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._start = midnight - timedelta(days=DAYS)

    def visitors(self) -> Iterator[Visitor]:
        """Yield all visitors with their events until now."""
        for number in range(VISITORS):
            visitor = self._visitor(number)
            self._visit(visitor, visitor.came_at, visitor.anonymous_id)
            if self._chance(visitor.source[2] + 0.08 * (visitor.came_at - self._start).days / DAYS):
                self._sign_up(visitor)
            elif self._chance(0.25):
                later = visitor.came_at + timedelta(days=self._random.uniform(1, 12))
                self._visit(visitor, later, visitor.anonymous_id)
            visitor.events = [e for e in visitor.events if e.timestamp < self._now]
            if visitor.events:
                yield visitor

    def _visitor(self, number: int) -> Visitor:
        source = self._pick(SOURCES)
        kind, system = self._pick(DEVICES)
        device = {
            "$browser": "Safari" if system == "iOS" else self._pick(BROWSERS),
            "$os": system,
            "$device_type": kind,
            "$geoip_country_code": self._pick(COUNTRIES),
            "$lib": "web",
            "$referring_domain": source[0],
        }
        if source[1]:
            device |= {"utm_source": source[0].split(".")[-2], "utm_campaign": source[1]}
        came_at = self._moment()
        return Visitor(number, came_at, device, source, str(self._uuid()), f"user-{number}")

    def _moment(self) -> datetime:
        """A random arrival: more each week, fewer at weekends and at night."""
        while True:
            day = self._start + timedelta(days=int(DAYS * self._random.random() ** 0.72))
            if day.weekday() < 5 or self._chance(0.45):
                break
        hour = min(max(self._random.gauss(14, 4), 0), 23.9)
        return day + timedelta(hours=hour, seconds=self._random.randrange(60))

    def _visit(self, visitor: Visitor, at: datetime, distinct_id: str) -> None:
        session = {"$session_id": str(self._uuid())}
        for place in range(1 + min(int(self._random.expovariate(0.6)), 7)):
            path = self._pick(ARTICLES)
            url = {"$current_url": f"{SITE}{path}", "$pathname": path}
            self._do(visitor, "$pageview", at, distinct_id, session | url)
            at += timedelta(seconds=20 + self._random.expovariate(1 / 70))
            if place and self._chance(0.3):
                self._do(visitor, "$pageleave", at, distinct_id, session | url)

    def _sign_up(self, visitor: Visitor) -> None:
        at = visitor.came_at + timedelta(minutes=self._random.uniform(2, 40))
        name = f"{self._random.choice(FIRST.split())} {self._random.choice(LAST.split())}"
        visitor.properties = {
            "email": f"{name.lower().replace(' ', '.')}.{visitor.number}@mail.example",
            "name": name,
            "plan": "free",
            "$initial_referring_domain": visitor.source[0],
            "$geoip_country_code": visitor.device["$geoip_country_code"],
        }
        method = "google" if self._chance(0.6) else "email"
        self._do(visitor, "signed up", at, properties={"method": method})
        if not self._chance(0.74):
            return
        at += timedelta(minutes=self._random.expovariate(1 / 25))
        self._do(visitor, "note created", at, properties={"template": self._chance(0.4)})
        loyalty = self._random.betavariate(1.4, 1.8)
        if self._chance(0.25 + loyalty / 2):
            at += timedelta(hours=self._random.expovariate(1 / 20))
            self._do(visitor, "teammate invited", at)
        self._use(visitor, at, loyalty)

    def _use(self, visitor: Visitor, since: datetime, loyalty: float) -> None:
        """Add weekly sessions that become rarer, and perhaps an upgrade."""
        pays_in_week = self._random.randint(0, 5) if self._chance(loyalty * 0.42) else None
        for week in range((self._now - since).days // 7 + 1):
            begin = since + timedelta(weeks=week)
            if week == pays_in_week:
                self._pay(visitor, begin + timedelta(days=self._random.uniform(0, 5)))
            if week == 0 or self._chance(loyalty * (0.30 + 0.85 * exp(-week / 2.5))):
                for _ in range(1 + int(loyalty * self._random.randint(1, 4))):
                    self._work(visitor, begin + timedelta(days=self._random.uniform(0.1, 6.9)))

    def _pay(self, visitor: Visitor, at: datetime) -> None:
        if at < self._now:
            plan, price = self._pick(PLANS)
            visitor.properties["plan"] = plan
            self._do(visitor, "plan upgraded", at, properties={"plan": plan, "price": price})

    def _work(self, visitor: Visitor, at: datetime) -> None:
        session = {"$session_id": str(self._uuid())}
        app = {"$current_url": f"{SITE}/app", "$pathname": "/app"} | session
        self._do(visitor, "$pageview", at, properties=app)
        if self._chance(0.62):
            at += timedelta(minutes=self._random.uniform(1, 9))
            self._do(visitor, "note created", at, properties=session | {"template": False})
        if self._chance(0.38):
            self._ask(visitor, at + timedelta(minutes=1), session)
        if self._chance(0.16):
            self._call_tools(visitor, at + timedelta(minutes=2), session)

    def _ask(self, visitor: Visitor, at: datetime, session: dict[str, Any]) -> None:
        """Add a trace with one or more generations."""
        trace = session | {"$ai_trace_id": str(self._uuid())}
        is_error = False
        for _ in range(self._random.randint(1, 3)):
            (model, provider, price), is_error = self._pick(MODELS), self._chance(0.03)
            read, written = self._random.randint(200, 4000), self._random.randint(40, 900)
            generation = {
                "$ai_model": model,
                "$ai_provider": provider,
                "$ai_input_tokens": read,
                "$ai_output_tokens": 0 if is_error else written,
                "$ai_total_cost_usd": round((read + 4 * written) * price, 6),
                "$ai_latency": round(0.4 + written / 300 + self._random.expovariate(2), 2),
                "$ai_http_status": self._random.choice((429, 500)) if is_error else 200,
                "$ai_is_error": is_error,
            }
            at += timedelta(seconds=8)
            self._do(visitor, "$ai_generation", at, properties=trace | generation)
        self._do(visitor, "$ai_trace", at, properties=trace | {"$ai_is_error": is_error})

    def _call_tools(self, visitor: Visitor, at: datetime, session: dict[str, Any]) -> None:
        client = self._pick(MCP_CLIENTS)
        for _ in range(self._random.randint(1, 4)):
            call = {
                "$mcp_tool_name": self._pick(TOOLS),
                "$mcp_client_name": client,
                "$mcp_duration_ms": int(40 + self._random.expovariate(1 / 160)),
                "$mcp_is_error": self._chance(0.04),
            }
            at += timedelta(seconds=5)
            self._do(visitor, "$mcp_tool_call", at, properties=session | call)

    def _do(
        self,
        visitor: Visitor,
        event: str,
        at: datetime,
        distinct_id: str | None = None,
        properties: dict[str, Any] | None = None,
    ) -> None:
        visitor.events.append(
            CapturedEvent(
                event=event,
                distinct_id=distinct_id or visitor.distinct_id,
                uuid=str(self._uuid()),
                timestamp=at,
                properties=visitor.device | (properties or {}),
            )
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, choices: Choices) -> Any:
        return self._random.choices(list(choices), weights=list(choices.values()))[0]

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)


def demo_lines(*, now: datetime) -> Iterator[ImportedPerson | CapturedEvent]:
    """Yield all people, then all events ordered by time."""
    events: list[CapturedEvent] = []
    for visitor in Product(now).visitors():
        events += visitor.events
        ids = [visitor.anonymous_id]
        if visitor.properties:
            ids.insert(0, visitor.distinct_id)
        device = {name: visitor.device[name] for name in ("$browser", "$os", "$geoip_country_code")}
        yield ImportedPerson(
            distinct_ids=ids,
            properties=device | visitor.properties,
            created_at=visitor.came_at,
            is_identified=bool(visitor.properties),
        )
    yield from sorted(events, key=lambda event: event.timestamp)
