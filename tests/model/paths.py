"""Paths in plain Python: the pages of each session of each person, linked one by one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from tests.model.world import Event, Json, World

Node = tuple[str, datetime]
Link = tuple[str, str]
IDLE = timedelta(minutes=30)


class Paths:
    def __init__(self, world: World, query: Json) -> None:
        self.world = world
        self.query = query
        self.filter = query.get("pathsFilter") or {}
        self.limit = self.filter.get("stepLimit") or 5
        self.start = slashless(self.filter.get("startPoint") or "")
        self.end = slashless(self.filter.get("endPoint") or "")

    def sessions(self) -> list[list[Node]]:
        first, last = self.world.period(self.query)
        events = [e for e in self.world.filtered(self.query) if first <= e.at <= last]
        found = []
        for history in self.world.people(events).values():
            nodes = [(self.name(e), e.at) for e in history if self.is_wanted(e)]
            found += cut([node for node in nodes if node[0] not in self.excluded()])
        return [merged(session) for session in found]

    def excluded(self) -> list[str]:
        return self.filter.get("excludeEvents") or []

    def is_wanted(self, event: Event) -> bool:
        kinds = self.filter.get("includeEventTypes") or ["$pageview", "$screen", "custom_event"]
        custom = "custom_event" in kinds and not event.name.startswith("$")
        return custom or (event.name in kinds and event.name in ("$pageview", "$screen"))

    def name(self, event: Event) -> str:
        key = {"$pageview": "$current_url", "$screen": "$screen_name"}.get(event.name)
        name = slashless((event.properties.get(key) or "") if key else event.name)
        for rule in self.filter.get("localPathCleaningFilters") or []:
            name = re.sub(rule["regex"], rule["alias"], name)
        for group in reversed(self.filter.get("pathGroupings") or []):
            if re.search(re.escape(group).replace(r"\*", ".*"), name):
                return str(group)
        return name

    def shown(self, session: list[Node]) -> list[Node] | None:
        """The part of a session that the start, the end and the limit leave."""
        names = [name for name, _ in session]
        if self.start:
            if self.start not in names:
                return None
            session = session[names.index(self.start) :]
            names = [name for name, _ in session]
        if self.end:
            if self.end not in names:
                return None
            session = session[: names.index(self.end) + 1]
        return self.limited(session)

    def limited(self, session: list[Node]) -> list[Node]:
        if len(session) <= self.limit:
            return session
        if self.start and self.end:
            half = self.limit // 2
            return [*session[:half], ("...", session[half][1]), *session[-half:]]
        return session[-self.limit :] if self.end else session[: self.limit]


def slashless(name: str) -> str:
    return name[:-1] if len(name) > 1 and name.endswith("/") else name


def cut(nodes: list[Node]) -> list[list[Node]]:
    """The nodes of a person, cut wherever more than half an hour went by."""
    sessions: list[list[Node]] = []
    for node in nodes:
        if sessions and node[1] - sessions[-1][-1][1] <= IDLE:
            sessions[-1].append(node)
        else:
            sessions.append([node])
    return sessions


def merged(session: list[Node]) -> list[Node]:
    """A session in which equal neighbours are one, with the time of the last."""
    last = zip(session, [*session[1:], None], strict=True)
    return [node for node, following in last if following is None or following[0] != node[0]]


def answer(world: World, query: Json) -> list[Json]:
    paths = Paths(world, query)
    counts: Counter[Link] = Counter()
    seconds: defaultdict[Link, float] = defaultdict(float)
    for session in paths.sessions():
        add(paths.shown(session) or [], counts, seconds)
    least = paths.filter.get("minEdgeWeight") or 0
    most = paths.filter.get("maxEdgeWeight") or 10**9
    links = [link for link, count in counts.items() if least <= count <= most]
    links.sort(key=lambda link: (-counts[link], link))
    return [
        {
            "source": link[0],
            "target": link[1],
            "value": counts[link],
            "average_conversion_time": seconds[link] * 1000 / counts[link],
        }
        for link in reachable(links[: paths.filter.get("edgeLimit") or 50])
    ]


def add(nodes: list[Node], counts: Counter[Link], seconds: dict[Link, float]) -> None:
    for i in range(1, len(nodes)):
        link = (f"{i}_{nodes[i - 1][0]}", f"{i + 1}_{nodes[i][0]}")
        counts[link] += 1
        seconds[link] += (nodes[i][1] - nodes[i - 1][1]).total_seconds()


def reachable(links: list[Link]) -> list[Link]:
    reached = {source for source, _ in links if source.startswith("1_")}
    while more := {t for s, t in links if s in reached} - reached:
        reached |= more
    return [link for link in links if link[0] in reached]
