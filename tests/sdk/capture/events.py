"""Sends events with the Python SDK; `test_capture_sdks` runs it and looks at what was stored."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

import posthog

errors: list[Any] = []
client = posthog.Posthog(
    os.environ["TOKEN"],
    host=os.environ["HOST"],
    gzip=os.environ.get("GZIP") == "1",
    on_error=lambda *details: errors.append(details),
)
moment = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
client.capture("visited", distinct_id="anonymous-1", timestamp=moment, properties={"page": "/"})
client.alias(previous_id="anonymous-1", distinct_id="u1", timestamp=moment)
client.set(distinct_id="u1", properties={"email": "u1@example.org"}, timestamp=moment)
client.set_once(distinct_id="u1", properties={"first": "Müller 👋"}, timestamp=moment)
client.group_identify("company", "acme", {"size": 3}, distinct_id="u1", timestamp=moment)
client.capture(
    "signed up",
    distinct_id="u1",
    timestamp=moment,
    uuid="0198c0de-0000-7000-8000-000000000001",
    properties={"plan": "pro", "price": 9.5, "tags": ["a", "b"], "nested": {"deep": None}},
    groups={"company": "acme"},
)
assert client.get_feature_flag("new-page", "u1") in (None, False)
client.shutdown()
assert not errors, errors
sys.stdout.write("done\n")
