"""Visitors who guess passwords and tokens, or read them elsewhere: in logs, in timing."""

from __future__ import annotations

import logging
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts import slow_hashes
from posthog_lite.accounts.models import Project
from posthog_lite.ids import new_share_token
from sharing.models import ShareAttempt, SharePassword, SharingConfiguration
from tests.sharing.conftest import PASSWORD, Share
from tests.sharing.visitors import PLACES


class TestGuessing:
    def guess(self, visitor: APIClient, link: SharingConfiguration, given: str, **more: Any) -> Any:
        return visitor.post(f"/shared/{link.access_token}", {"password": given}, **more)

    @pytest.mark.parametrize("encoding", ["json", "multipart"])
    def test_a_guess_waits_for_few_others_and_says_so(
        self,
        visitor: APIClient,
        locked: SharingConfiguration,
        monkeypatch: pytest.MonkeyPatch,
        encoding: str,
    ) -> None:
        monkeypatch.setattr(slow_hashes, "_slots", threading.BoundedSemaphore(1))
        monkeypatch.setattr(slow_hashes, "WAIT_SECONDS", 0)
        with slow_hashes.slow_hash():
            busy = self.guess(visitor, locked, PASSWORD, format=encoding)
        assert busy.status_code == 503
        assert busy["Retry-After"] == "1"
        assert b"Too many passwords" in busy.content

    def test_the_eleventh_guess_in_a_minute_is_refused_even_if_right(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        for number in range(10):
            assert self.guess(visitor, locked, f"wrong {number}").status_code == 401
        for given in ("wrong again", PASSWORD):
            refused = self.guess(visitor, locked, given)
            assert refused.status_code == 429
            assert 1 <= int(refused["Retry-After"]) <= 60
            assert "shareToken" not in refused.json()
            assert refused.cookies == {}

    @pytest.mark.parametrize("ending", ["", ".json", ".json?x=1"])
    def test_no_other_address_of_the_link_gives_more_guesses(
        self, visitor: APIClient, locked: SharingConfiguration, ending: str
    ) -> None:
        for number in range(10):
            place = PLACES[number % 3]
            visitor.post(f"/{place}/{locked.access_token}", {"password": "wrong"})
        for place in PLACES:
            path = f"/{place}/{locked.access_token}{ending}"
            assert visitor.post(path, {"password": PASSWORD}).status_code == 429

    def test_no_header_makes_up_another_address(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        answers = [
            self.guess(
                visitor,
                locked,
                "wrong",
                HTTP_X_FORWARDED_FOR=f"10.0.0.{number}",
                HTTP_X_REAL_IP=f"10.0.0.{number}",
                HTTP_FORWARDED=f"for=10.0.0.{number}",
                HTTP_CLIENT_IP=f"10.0.0.{number}",
            ).status_code
            for number in range(11)
        ]
        assert answers == [401] * 10 + [429]

    def test_addresses_of_one_network_share_ten_guesses(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        answers = [
            self.guess(visitor, locked, "wrong", REMOTE_ADDR=f"2001:db8::{number:x}").status_code
            for number in range(11)
        ]
        assert answers == [401] * 10 + [429]
        elsewhere = self.guess(visitor, locked, PASSWORD, REMOTE_ADDR="2001:db8:0:1::1")
        assert elsewhere.status_code == 200

    def test_attempts_of_a_clock_that_went_back_do_not_count(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        for _ in range(10):
            self.guess(visitor, locked, "wrong")
        ShareAttempt.all_projects.update(attempted_at=timezone.now() + timedelta(hours=1))
        assert self.guess(visitor, locked, PASSWORD).status_code == 200

    def test_many_addresses_share_sixty_guesses(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        now = timezone.now()
        ShareAttempt.objects.for_project(locked.project).bulk_create(
            ShareAttempt(
                project=locked.project,
                configuration=locked,
                dashboard=locked.dashboard,
                token_suffix=locked.token_suffix,
                address=f"10.0.0.{number}",
                attempted_at=now,
            )
            for number in range(60)
        )
        refused = self.guess(visitor, locked, PASSWORD, REMOTE_ADDR="10.9.9.9")
        assert refused.status_code == 429

    def test_refused_guesses_do_not_prolong_the_wait(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        for _ in range(15):
            self.guess(visitor, locked, "wrong")
        assert ShareAttempt.all_projects.count() == 10
        ShareAttempt.all_projects.update(attempted_at=timezone.now() - timedelta(seconds=61))
        assert self.guess(visitor, locked, PASSWORD).status_code == 200

    def test_the_length_of_a_guess_costs_nothing(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        assert self.guess(visitor, locked, "x" * 1_000_000).status_code == 401

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "null",
            "[]",
            '"correct horse"',
            '{"password": ["correct horse"]}',
            "[" * 100_000,
        ],
    )
    def test_bodies_that_are_no_guess_are_wrong_ones(
        self, visitor: APIClient, locked: SharingConfiguration, body: str
    ) -> None:
        path = f"/shared/{locked.access_token}"
        answer = visitor.post(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()) == (401, {"error": "Incorrect password"})

    def test_bytes_that_are_no_text_are_a_wrong_guess(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        path = f"/shared/{locked.access_token}"
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            answer = visitor.post(path, b"password=\xff\xfe\x00", content_type=kind)
            assert answer.status_code == 401

    def test_the_hash_is_no_password(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        stored = SharePassword.all_projects.get().password_hash
        assert self.guess(visitor, locked, stored).status_code == 401


class TestLogs:
    def test_a_token_never_reaches_them_whole(
        self,
        visitor: APIClient,
        dashboard: Dashboard,
        share: Share,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        link = share(dashboard, password=PASSWORD)
        closed = new_share_token()
        caplog.set_level(logging.DEBUG)
        for token in (link.access_token, closed):
            for place in PLACES:
                for ending in ("", ".json", ".png", "/", ";x", "%2ejson", "?a=1"):
                    visitor.get(f"/{place}/{token}{ending}")
                    visitor.get(f"/%{ord(place[0]):x}{place[1:]}/{token}{ending}")
                visitor.put(f"/{place}/{token}")
                visitor.post(f"/{place}/{token}", {"password": "wrong"})
            for query in ("sharing_access_token", "%73haring_access_token"):
                visitor.get(f"/api/projects/{link.project_id}/insights/?{query}={token}")
                visitor.get(f"/api/projects/{link.project_id}/nothing/?{query}={token}")
                visitor.post(f"/api/projects/{link.project_id}/insights/?{query}={token}")
        for record in caplog.records:
            if record.name.startswith("django.db"):
                continue  # SQL, logged only where DEBUG is on
            told = f"{record.getMessage()} {record.__dict__.get('fields', '')}"
            assert link.access_token not in told
            assert closed not in told

    def test_a_password_never_reaches_them(
        self,
        visitor: APIClient,
        locked: SharingConfiguration,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        path = f"/shared/{locked.access_token}"
        visitor.post(path, {"password": PASSWORD})
        visitor.post(path, {"password": PASSWORD}, format="multipart")
        visitor.post(path, f'{{"password": "{PASSWORD}"', content_type="application/json")
        assert PASSWORD not in caplog.text


class TestTiming:
    def test_unknown_and_closed_tokens_take_the_same_queries_and_give_the_same_page(
        self, visitor: APIClient, dashboard: Dashboard, insight: Insight, share: Share
    ) -> None:
        disabled, protected = share(dashboard, enabled=False), share(insight, password=PASSWORD)
        SharingConfiguration.all_projects.filter(pk=protected.pk).update(enabled=False)
        for ending in ("", ".json"):
            seen = []
            for token in (new_share_token(), disabled.access_token, protected.access_token):
                path = f"/shared/{token}{ending}"
                with CaptureQueriesContext(connection) as queries:
                    response = visitor.get(path)
                headers = {**response.headers, "X-Request-ID": ""}
                page = response.content.decode().replace(token, "")
                shapes = [re.sub(r"'[^']*'", "?", query["sql"]) for query in queries]
                seen.append((response.status_code, page, shapes, headers))
            assert all(one == seen[0] for one in seen)
            assert len(seen[0][2]) == 1

    def test_guesses_at_unknown_and_closed_links_are_not_judged(
        self, visitor: APIClient, dashboard: Dashboard, share: Share
    ) -> None:
        disabled = share(dashboard, password=PASSWORD)
        SharingConfiguration.all_projects.update(enabled=False)
        for token in (new_share_token(), disabled.access_token):
            answer = visitor.post(f"/shared/{token}", {"password": PASSWORD})
            assert answer.status_code == 404
        assert not ShareAttempt.all_projects.exists()

    def test_the_api_tells_unknown_and_closed_tokens_alike(
        self, visitor: APIClient, project: Project, dashboard: Dashboard, share: Share
    ) -> None:
        disabled = share(dashboard, enabled=False).access_token
        answers = [
            visitor.get(f"/api/projects/{project.pk}/insights/", {"sharing_access_token": token})
            for token in (new_share_token(), disabled)
        ]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert answers[0].json() == answers[1].json()
