"""Visitors with forged, foreign or outdated JWTs, and with the tokens of former links."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight
from sharing.models import SharingConfiguration
from sharing.services import GRACE_PERIOD, refresh_sharing
from sharing.tokens import ALGORITHM, AUDIENCE, LIFETIME, issue_unlock_token, signing_key
from tests.sharing.conftest import Share
from tests.sharing.visitors import PLACES, shows_nothing


def claims_of(link: SharingConfiguration, **changes: Any) -> dict[str, Any]:
    """What a good JWT of this link says, but for the changes."""
    return {
        "share_password_id": link.passwords.get().pk,
        "team_id": link.project_id,
        "access_token": link.access_token,
        "aud": AUDIENCE,
        "exp": timezone.now() + LIFETIME,
    } | changes


def signed(claims: dict[str, Any], key: bytes | None = None) -> str:
    return jwt.encode(claims, key or signing_key(), algorithm=ALGORITHM)


def with_other_payload(value: str, **changes: Any) -> str:
    """The same signature below other claims."""
    head, body, signature = value.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | changes
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


def opens(visitor: APIClient, link: SharingConfiguration, jwt_value: str) -> list[str]:
    """The surfaces on which a JWT opens a locked link."""
    bearer = {"Authorization": f"Bearer {jwt_value}"}
    opened = []
    for place in PLACES:
        for ending in ("", ".json"):
            path = f"/{place}/{link.access_token}{ending}"
            if not shows_nothing(visitor.get(path, headers=bearer)):
                opened.append(path)
        visitor.cookies["posthog_sharing_token"] = jwt_value
        if not shows_nothing(visitor.get(f"/{place}/{link.access_token}")):
            opened.append(f"cookie of {place}")
        visitor.cookies.clear()
    api = visitor.get(f"/api/projects/{link.project_id}/insights/", headers=bearer)
    if api.status_code == 200:
        opened.append("the API")
    return opened


class TestForgedJWTs:
    def test_a_good_one_opens_every_surface(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        """Otherwise what follows would prove nothing."""
        value = issue_unlock_token(password=locked.passwords.get(), now=timezone.now())
        assert len(opens(visitor, locked, value)) == 10

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
    def test_unsigned_ones_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, algorithm: str
    ) -> None:
        good = signed(claims_of(locked))
        head = base64.urlsafe_b64encode(
            json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
        ).rstrip(b"=")
        for signature in ("", good.split(".")[2]):
            value = f"{head.decode()}.{good.split('.')[1]}.{signature}"
            assert opens(visitor, locked, value) == []

    def test_ones_of_another_algorithm_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration
    ) -> None:
        for algorithm in ("HS384", "HS512"):
            key = signing_key().ljust(64, b"\0")
            assert opens(visitor, locked, jwt.encode(claims_of(locked), key, algorithm)) == []

    @pytest.mark.parametrize(
        "audience",
        ["posthog:exported_asset", "", "posthog", ["posthog:exported_asset"], AUDIENCE.upper()],
    )
    def test_ones_for_another_audience_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, audience: Any
    ) -> None:
        assert opens(visitor, locked, signed(claims_of(locked, aud=audience))) == []

    @pytest.mark.parametrize(
        "missing", ["aud", "exp", "share_password_id", "team_id", "access_token"]
    )
    def test_ones_that_leave_something_out_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, missing: str
    ) -> None:
        claims = claims_of(locked)
        del claims[missing]
        assert opens(visitor, locked, signed(claims)) == []

    @pytest.mark.parametrize("ago", [timedelta(seconds=1), timedelta(days=400)])
    def test_expired_ones_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, ago: timedelta
    ) -> None:
        assert opens(visitor, locked, signed(claims_of(locked, exp=timezone.now() - ago))) == []

    def test_ones_signed_with_another_key_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, settings: Any
    ) -> None:
        for key in (b"0" * 32, settings.SECRET_KEY.encode().ljust(32, b"0")):
            assert opens(visitor, locked, signed(claims_of(locked), key)) == []

    def test_tampered_ones_open_nothing(
        self,
        visitor: APIClient,
        locked: SharingConfiguration,
        insight: Insight,
        share: Share,
    ) -> None:
        other = share(insight, password="another one")
        value = signed(claims_of(other))
        swapped = with_other_payload(
            value,
            access_token=locked.access_token,
            share_password_id=locked.passwords.get().pk,
        )
        longer = with_other_payload(signed(claims_of(locked)), exp=4102444800)
        for forged in (swapped, longer, value + "x", value[:-4] + "AAAA"):
            assert opens(visitor, locked, forged) == []

    def test_ones_of_another_share_open_that_one_only(
        self, visitor: APIClient, locked: SharingConfiguration, insight: Insight, share: Share
    ) -> None:
        other = share(insight, password="another one")
        assert opens(visitor, locked, signed(claims_of(other))) == ["the API"]
        listed = visitor.get(
            f"/api/projects/{other.project_id}/insights/",
            HTTP_AUTHORIZATION=f"Bearer {signed(claims_of(other))}",
        ).json()["results"]
        assert [row["name"] for row in listed] == ["Signups"]

    def test_ones_that_mix_two_shares_open_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, insight: Insight, share: Share
    ) -> None:
        """Even signed by us: password, project and link must belong together."""
        other = share(insight, password="another one")
        for changes in (
            {"share_password_id": other.passwords.get().pk},
            {"access_token": other.access_token},
            {"team_id": locked.project_id + 1},
            {"share_password_id": "x"},
            {"share_password_id": 10**30},
            {"share_password_id": None},
        ):
            assert opens(visitor, locked, signed(claims_of(locked, **changes))) == []

    @pytest.mark.parametrize(
        "value", ["", ".", "..", "a.b.c", "x" * 10_000, "é.é.é", "e30.e30.e30"]
    )
    def test_nonsense_opens_nothing_and_breaks_nothing(
        self, visitor: APIClient, locked: SharingConfiguration, value: str
    ) -> None:
        assert opens(visitor, locked, value) == []

    def test_they_die_with_password_switch_organization_and_resource(
        self, visitor: APIClient, locked: SharingConfiguration, dashboard: Dashboard
    ) -> None:
        value = signed(claims_of(locked))
        organization = locked.project.organization
        for row, name, bad in (
            (locked.passwords.get(), "is_active", False),
            (locked, "enabled", False),
            (organization, "allow_publicly_shared_resources", False),
        ):
            good = getattr(row, name)
            setattr(row, name, bad)
            row.save()
            assert opens(visitor, locked, value) == []
            setattr(row, name, good)
            row.save()
        Dashboard.all_projects.filter(pk=dashboard.pk).update(deleted=True)
        rest = opens(visitor, locked, value)
        assert rest in ([], ["the API"])
        listed = visitor.get(
            f"/api/projects/{locked.project_id}/insights/", HTTP_AUTHORIZATION=f"Bearer {value}"
        )
        assert listed.json().get("results", []) == []


def test_a_rotated_token_is_dead_after_its_grace_on_every_surface(
    visitor: APIClient, access: Any, dashboard: Dashboard, share: Share
) -> None:
    old = share(dashboard)
    api = f"/api/projects/{old.project_id}"
    query = f"?sharing_access_token={old.access_token}"
    surfaces = [f"/{place}/{old.access_token}{end}" for place in PLACES for end in ("", ".json")]
    surfaces += [f"{api}/{noun}/{query}" for noun in ("insights", "data_color_themes")]
    refresh_sharing(
        access=access, model=Dashboard, resource_id=str(dashboard.pk), now=timezone.now()
    )
    assert {visitor.get(surface).status_code for surface in surfaces} == {200}

    old.refresh_from_db()
    assert old.expires_at is not None
    end_grace(old, old.expires_at - GRACE_PERIOD)
    assert [visitor.get(surface).status_code for surface in surfaces] == [404] * 6 + [403] * 2


def end_grace(link: SharingConfiguration, moment: datetime) -> None:
    SharingConfiguration.all_projects.filter(pk=link.pk).update(expires_at=moment)


def test_the_jwt_of_a_rotated_link_is_dead_after_its_grace_and_never_opens_the_new_one(
    visitor: APIClient, access: Any, dashboard: Dashboard, locked: SharingConfiguration
) -> None:
    value = signed(claims_of(locked))
    new = refresh_sharing(
        access=access, model=Dashboard, resource_id=str(dashboard.pk), now=timezone.now()
    )
    assert opens(visitor, new, value) == ["the API"]
    assert len(opens(visitor, locked, value)) == 10
    end_grace(locked, timezone.now())
    assert opens(visitor, locked, value) == []
