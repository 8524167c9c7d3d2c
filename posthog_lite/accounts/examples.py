"""The user of the examples in the OpenAPI document."""

from __future__ import annotations

ADA = {
    "id": 1,
    "uuid": "095be615-a8ad-4c33-8e9c-c7612fbf6c9f",
    "distinct_id": "4Xk1bB3lD5",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "is_email_verified": None,
    "hedgehog_config": None,
    "role_at_organization": "engineering",
}
