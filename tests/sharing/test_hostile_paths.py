"""Visitors without the password of a locked link, by every method and spelling."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from sharing.models import SharingConfiguration
from tests.sharing.conftest import Share
from tests.sharing.visitors import PLACES, shows_nothing


class TestThePasswordGate:
    @pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
    @pytest.mark.parametrize("place", PLACES)
    def test_no_method_gets_past_it(
        self, visitor: APIClient, locked: SharingConfiguration, place: str, method: str
    ) -> None:
        for ending in ("", ".json"):
            response = getattr(visitor, method)(f"/{place}/{locked.access_token}{ending}")
            assert response.status_code in (200, 204, 401, 405)
            assert shows_nothing(response)

    def test_head_tells_no_length_of_what_is_behind_it_and_moves_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, dashboard: Dashboard
    ) -> None:
        gate = visitor.get(f"/shared/{locked.access_token}")
        head = visitor.head(f"/shared/{locked.access_token}")
        assert head.content == b""
        assert head.status_code == gate.status_code == 200
        dashboard.refresh_from_db()
        assert dashboard.last_accessed_at is None

    @pytest.mark.parametrize(
        "spelling",
        [
            "/shared/{}/",
            "/shared/{}//",
            "/SHARED/{}",
            "/Shared/{}.JSON",
            "/shared/{}.json/",
            "/shared/{};",
            "/shared/{};.json",
            "/shared;x/{}",
            "/shared/{};jsessionid=1",
            "/shared//{}",
            "/shared/./{}",
            "/shared/x/../{}",
            "/shared/%2e%2e/shared/{}",
            "/shared%2f{}",
            "/shared/{}%2ejson",
            "/shared/{}%00",
            "/shared/{}%00.json",
            "/shared/{}%20",
            "/shared/{}%0a",
            "/shared/{}%3f",
            "/shared/{}.png",
            "/shared/{}.json.json",
            "/shared/{}..json",
            "/%73hared/{}",
            "/embedded/{}/",
            "/embedded/{}%2fjson",
            "/shared_dashboard/{};.json",
            "/shared/{}?force_type=scene",
            "/shared/{}?token=x",
            "/shared/{}?password_required=false",
            "/exporter/{}",
        ],
    )
    def test_no_spelling_of_the_path_gets_past_it(
        self, visitor: APIClient, locked: SharingConfiguration, spelling: str
    ) -> None:
        path, _, query = spelling.format(locked.access_token).partition("?")
        for method in ("get", "head", "options"):
            response = getattr(visitor, method)(path + (f"?{query}" if query else ""))
            assert response.status_code in (200, 204, 301, 401, 404, 405)
            assert shows_nothing(response)

    def test_letters_of_the_token_count(
        self, visitor: APIClient, dashboard: Dashboard, share: Share
    ) -> None:
        token = share(dashboard).access_token
        for other in (token.upper(), token.lower(), token[:-1], token + "a", f" {token}"):
            if other != token:
                assert visitor.get(f"/shared/{other}").status_code == 404

    @pytest.mark.parametrize("accept", ["application/json", "*/*", "image/png", "text/html"])
    def test_no_accept_header_gets_past_it(
        self, visitor: APIClient, locked: SharingConfiguration, accept: str
    ) -> None:
        response = visitor.get(f"/shared/{locked.access_token}", HTTP_ACCEPT=accept)
        assert response.status_code == 200
        assert shows_nothing(response)

    @pytest.mark.parametrize(
        "header", ["X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"]
    )
    def test_no_header_that_renames_the_request_gets_past_it(
        self, visitor: APIClient, locked: SharingConfiguration, header: str
    ) -> None:
        headers = {header: f"/shared/{locked.access_token}.json"}
        assert shows_nothing(visitor.get(f"/shared/{locked.access_token}", headers=headers))

    def test_neither_the_token_alone_nor_a_key_opens_it(
        self, visitor: APIClient, client: APIClient, locked: SharingConfiguration
    ) -> None:
        for path in (f"/shared/{locked.access_token}", f"/shared/{locked.access_token}.json"):
            assert shows_nothing(visitor.get(path, {"sharing_access_token": locked.access_token}))
            assert shows_nothing(client.get(path))

    def test_what_is_locked_names_nobody_and_nothing(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        page = visitor.get(f"/shared/{locked.access_token}").content.decode()
        assert "member@example.com" not in page
        assert "Acme" not in page
