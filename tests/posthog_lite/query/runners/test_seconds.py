"""Every insight over time by the second."""

from __future__ import annotations

import pytest

from tests.support.asking import Asking, Json, data, event, series, trends

FROM, TO = "2020-01-02T10:00:00", "2020-01-02T10:00:03"
SEEN = (
    event("anna", "2020-01-02T10:00:00.250000"),
    event("anna", "2020-01-02T10:00:01"),
    event("bob", "2020-01-02T10:00:01.999999"),
    event("bob", "2020-01-02T10:00:03"),
)


def by_second(kind: str, **more: object) -> Json:
    dates = {"date_from": FROM, "date_to": TO}
    return {"kind": kind, "series": [series()], "interval": "second", "dateRange": dates, **more}


def test_trends(ask: Asking) -> None:
    answer = ask(trends(date_from=FROM, date_to=TO, interval="second"), *SEEN)
    [row] = answer["results"]
    assert row["data"] == [1, 2, 0, 1]
    assert row["labels"][:2] == ["2-Jan 10:00:00", "2-Jan 10:00:01"]
    assert row["days"][3] == "2020-01-02 10:00:03"


@pytest.mark.parametrize(
    ("math", "numbers"), [("dau", [1, 2, 0, 1]), ("weekly_active", [1, 2, 2, 2])]
)
def test_people_in_trends(ask: Asking, math: str, numbers: list[int]) -> None:
    query = trends(series(math=math), date_from=FROM, date_to=TO, interval="second")
    assert data(ask(query, *SEEN)) == [numbers]


def test_the_period_before(ask: Asking) -> None:
    before = event("anna", "2020-01-02T09:59:57")
    query = trends(date_from=FROM, date_to=TO, interval="second", compareFilter={"compare": True})
    assert data(ask(query, before, *SEEN)) == [[1, 2, 0, 1], [0, 1, 0, 0]]


def test_lifecycle(ask: Asking) -> None:
    rows = {
        row["status"]: row["data"] for row in ask(by_second("LifecycleQuery"), *SEEN)["results"]
    }
    assert rows["returning"] == [0, 1, 0, 0]
    assert rows["dormant"] == [0, 0, -2, 0]


def test_stickiness(ask: Asking) -> None:
    [row] = ask(by_second("StickinessQuery"), *SEEN)["results"]
    assert (row["data"], row["labels"][1]) == ([0, 2, 0, 0], "2 seconds")
