"""The lines that quickstart prints and the README holds: from an event to a shared chart."""

from __future__ import annotations

WHO = '-H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY"'
JSON = '-H "Content-Type: application/json"'
PROJECT = "$POSTHOG_HOST/api/projects/@current"

EVENT = '{"api_key": "\'$POSTHOG_PROJECT_TOKEN\'", "event": "signed up", "distinct_id": "ada"}'
QUESTION = (
    '{"query": {"kind": "HogQLQuery", '
    '"query": "select event, count() from events group by event order by count() desc"}}'
)
DASHBOARD = (
    '{"name": "Sign-ups", "tiles": [{"insight": {"name": "Sign-ups by day", "query": '
    '{"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "signed up"}]}}}]}'
)
FIRST_ID = """grep -o '"id":[0-9]*' | head -n 1 | cut -d: -f2"""
FIRST_TOKEN = """grep -o '"access_token":"[^"]*"' | cut -d'"' -f4"""  # noqa: S105  # no password


def curl_lines() -> list[tuple[str, str]]:
    """Return what each line does, and the line; they are run in this order."""
    create = f"curl -s {WHO} {JSON} -d '{DASHBOARD}' {PROJECT}/dashboards/ | {FIRST_ID}"
    share = f"""curl -s -X PATCH {WHO} {JSON} -d '{{"enabled": true}}' """
    share += f"{PROJECT}/dashboards/$ID/sharing/ | {FIRST_TOKEN}"
    return [
        ("Send an event:", f"curl {JSON} -d '{EVENT}' $POSTHOG_HOST/i/v0/e/"),
        ("Ask a question in SQL:", f"curl {WHO} {JSON} -d '{QUESTION}' {PROJECT}/query/"),
        ("Make a dashboard with a chart:", f'ID=$({create}); echo "Dashboard $ID"'),
        ("Share it, and open the printed link:", f'echo "$POSTHOG_HOST/shared/$({share})"'),
    ]
