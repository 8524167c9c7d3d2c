"""Rows read and saved without the ORM's work for each of them are what the ORM makes of them."""

from __future__ import annotations

import pytest

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import User
from posthog_lite.database.compiled import fetch_values
from posthog_lite.database.instances import columns_of, made_of_row, save_columns
from tests.factories import DashboardFactory, InsightFactory

FILTERS = {"date_from": "-7d", "properties": [{"key": "é", "value": None}]}


@pytest.mark.django_db
def test_an_instance_is_the_one_that_the_orm_reads() -> None:
    stored = DashboardFactory.create(filters=FILTERS, breakdown_colors=None)
    rows = Dashboard.all_projects.filter(pk=stored.pk)
    [row] = fetch_values(rows.values_list(*columns_of(Dashboard)))
    made, read = made_of_row(Dashboard, columns_of(Dashboard), row), rows.get()
    for name in columns_of(Dashboard):
        assert getattr(made, name) == getattr(read, name), name
    assert not made._state.adding


@pytest.mark.django_db
def test_fields_that_are_named_are_saved_and_no_others(member: User) -> None:
    insight = InsightFactory.create(name="before", saved=False, query={"kind": "before"})
    before = Insight.all_projects.get(pk=insight.pk)
    insight.name, insight.filters, insight.query = None, FILTERS, None
    insight.last_modified_by, insight.saved = member, True
    save_columns(insight, ["name", "filters", "query", "last_modified_by", "updated_at"])
    after = Insight.all_projects.get(pk=insight.pk)
    assert (after.name, after.filters, after.query) == (None, FILTERS, None)
    assert after.last_modified_by == member
    assert after.updated_at > before.updated_at
    assert after.saved is False
