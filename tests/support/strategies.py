"""What hypothesis makes rows of."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# What PostgreSQL can store as text.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)  # hypothesis adds it

# For tests whose examples may see the rows of those before.
in_the_database = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
