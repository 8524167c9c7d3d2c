"""Links as answers show them to those who manage them."""

from __future__ import annotations

from posthog_lite.database.shapes import Shape, column, computed, given
from sharing.models import SharePassword as SharePasswordModel
from sharing.models import SharingConfiguration as SharingConfigurationModel

DELETED_USER = "deleted user"


class Settings:
    """The kind of a key that holds the settings of a shared page."""


class SharePassword(
    Shape,
    of=SharePasswordModel,
    about="A password of a link, without the password itself.",
    hidden=["created_by__email"],
):
    id = column("Number of the password.")
    created_at = column("When it was made.")
    note = column("What it is for.")
    created_by_email = computed(
        "Email address of who made it.",
        str,
        lambda row, context: row.created_by__email or DELETED_USER,
    )
    is_active = column("Whether it still opens the link.")


class SharingConfiguration(
    Shape,
    of=SharingConfigurationModel,
    about="The public link to a dashboard or an insight.",
    hidden=["pk"],
    examples={
        "On, with a password": {
            "created_at": "2026-01-05T14:15:22Z",
            "enabled": True,
            "access_token": "Xk3mPq8tR2vY6zB9cD4fG7hJ1nL5sW",
            "settings": {"noHeader": True, "theme": "dark"},
            "password_required": True,
            "share_passwords": [
                {
                    "id": 7,
                    "created_at": "2026-01-05T14:20:00Z",
                    "note": "press",
                    "created_by_email": "ada@example.com",
                    "is_active": True,
                }
            ],
        }
    },
):
    created_at = column("When it was stored; until then when what it shows was made.")
    enabled = column("Whether the link works.")
    access_token = column("Ends the link; no real one until something is stored.")
    settings = column(
        "What the page shows; null for what it shows by itself.",
        kind=Settings,
        null=True,
        json=True,
    )
    password_required = column("Whether the page asks for a password.")
    share_passwords = given("The passwords that open it, newest first.", [SharePassword])
