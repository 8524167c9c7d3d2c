"""Channel types: how sessions and persons came, in SQL, filters and breakdowns."""

from __future__ import annotations

from typing import Any

from tests.support.asking import Asking, counts, event, person, series, trends, values, where

DIRECT = {"$referring_domain": "$direct"}
ARRIVALS: dict[str, tuple[str, dict[str, str]]] = {
    "campaign": ("Cross Network", {"utm_campaign": "Spring-Cross-Network", "gclid": "1"}),
    "ads of a search": ("Paid Search", {"utm_source": "Google", "utm_medium": "cpc"}),
    "click id": ("Paid Search", {"$referring_domain": "www.google.com", "gclid": "1"}),
    "ad source": ("Paid Search", {**DIRECT, "gad_source": "1"}),
    "paid social": ("Paid Social", {"utm_source": "ig", "utm_medium": "paid_story"}),
    "paid medium": ("Display", {"utm_source": "somebody", "utm_medium": "cpm"}),
    "paid shop": ("Paid Shopping", {"utm_medium": "cpc", "utm_campaign": "summer-shop"}),
    "paid workshop": ("Paid Unknown", {"utm_medium": "cpc", "utm_campaign": "workshop"}),
    "paid video": ("Paid Video", {"utm_medium": "cpc", "utm_campaign": "video-2"}),
    "paid facebook": ("Paid Social", {**DIRECT, "utm_medium": "cpc", "fbclid": "1"}),
    "paid by mail": ("Paid Unknown", {"utm_source": "gmail", "utm_medium": "cpc"}),
    "typed in": ("Direct", DIRECT),
    "tagged as direct": ("Direct", {**DIRECT, "utm_source": "(direct)"}),
    "tagged as null": ("Direct", {**DIRECT, "utm_source": "null", "utm_medium": ""}),
    "search": ("Organic Search", {"$referring_domain": "www.google.co.uk"}),
    "search elsewhere": ("Organic Search", {"$referring_domain": "duckduckgo.com"}),
    "not a search": ("Referral", {"$referring_domain": "google.example.com"}),
    "social": ("Organic Social", {"$referring_domain": "lm.facebook.com"}),
    "short link": ("Organic Social", {"$referring_domain": "t.co"}),
    "click in a post": ("Organic Social", {**DIRECT, "fbclid": "1"}),
    "video": ("Organic Video", {"$referring_domain": "m.youtube.com"}),
    "shop": ("Organic Shopping", {"$referring_domain": "www.amazon.de"}),
    "mail": ("Email", {"$referring_domain": "mail.google.com"}),
    "mail by medium": ("Email", {**DIRECT, "utm_source": "crm", "utm_medium": "Email"}),
    "assistant": ("AI Assistant", {"$referring_domain": "chatgpt.com"}),
    "affiliate": ("Affiliate", {**DIRECT, "utm_medium": "affiliate"}),
    "message": ("SMS", {**DIRECT, "utm_medium": "sms"}),
    "push": ("Push", {**DIRECT, "utm_medium": "web-push"}),
    "tagged only": ("Direct", {**DIRECT, "utm_source": "poster"}),
    "link": ("Referral", {"$referring_domain": "blog.example.org"}),
    "nothing": ("Unknown", {}),
}
FOUND = [
    event("ann", "2020-01-01", **{"$session_id": name}, **properties)
    for name, (_, properties) in ARRIVALS.items()
]


def sql(query: str) -> dict[str, Any]:
    return {"kind": "HogQLQuery", "query": query}


def test_a_session_has_the_type_of_its_arrival(ask: Asking) -> None:
    answer = ask(sql("select session_id, $channel_type from sessions"), *FOUND)
    assert dict(answer["results"]) == {name: type_ for name, (type_, _) in ARRIVALS.items()}


def test_a_person_has_the_type_of_the_first_arrival(ask: Asking) -> None:
    people = tuple(
        person(name, **{f"$initial_{key.removeprefix('$')}": v for key, v in properties.items()})
        for name, (_, properties) in ARRIVALS.items()
    )
    columns = "pdi.distinct_id, $virt_initial_channel_type"
    answer = ask(sql(f"select {columns} from persons"), persons=people)  # noqa: S608  # ours
    assert dict(answer["results"]) == {name: type_ for name, (type_, _) in ARRIVALS.items()}


def test_filters_and_breakdowns_know_types(ask: Asking) -> None:
    people = (
        person("bob", **{"$initial_referring_domain": "bing.com"}),
        person("eve", **{"$initial_referring_domain": "$direct"}),
    )
    search = {"$session_id": "s", "$referring_domain": "www.bing.com"}
    found = [
        event("bob", "2020-01-01T10:00:00", **search),
        event("bob", "2020-01-01T10:01:00", **{"$session_id": "s"}),
        event("eve", "2020-01-02", **{"$session_id": "t", "$referring_domain": "x.com"}),
    ]
    by_session = trends(breakdownFilter={"breakdown": "$channel_type", "breakdown_type": "session"})
    answer = ask(by_session, *found, persons=people)
    assert list(zip(values(answer), counts(answer), strict=True)) == [
        ("Organic Search", 2),
        ("Organic Social", 1),
    ]
    kinds = {"breakdowns": [{"property": "$virt_initial_referring_domain_type", "type": "person"}]}
    answer = ask(trends(breakdownFilter=kinds), *found, persons=people)
    assert list(zip(values(answer), counts(answer), strict=True)) == [
        (["Search"], 2),
        (["$direct"], 1),
    ]
    of_session = where("$channel_type", ["Organic Social", "Email"], type="session")
    of_person = where("$virt_initial_channel_type", "search", "icontains", type="person")
    query = trends(series(properties=[of_session]), series(properties=[of_person]))
    assert counts(ask(query, *found, persons=people)) == [1, 2]


def test_what_is_known_of_a_source(ask: Asking) -> None:
    columns = """lookupDomainType('www.google.de'), lookupDomainType('example.com'),
        lookupDomainType(null), lookupPaidSourceType('fb'), lookupPaidSourceType('gmail'),
        lookupOrganicSourceType('chatgpt.com'), lookupPaidMediumType('Social Media'),
        lookupOrganicMediumType('sms'), hogql_lookupDomainType('YouTube')"""
    [row] = ask(sql(f"select {columns}"))["results"]
    assert row == [
        "Search", None, None, "Paid Social", None, "AI Assistant", "Paid Social", "SMS", "Video",
    ]  # fmt: skip


def test_stars_leave_out_what_is_reckoned_for_persons(ask: Asking) -> None:
    assert "$virt_initial_channel_type" not in ask(sql("select * from persons"))["columns"]
    assert "$channel_type" in ask(sql("select * from sessions"))["columns"]
