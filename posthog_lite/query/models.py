from __future__ import annotations

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

KEY_LENGTH = 64
STATUS_ID_LENGTH = 128


class Result(ProjectOwnedModel):
    """The stored result of a query, ready to be sent, and the claim of whoever computes it."""

    key = models.CharField(max_length=KEY_LENGTH)
    # JSON texts: the rows, and an object of what else belongs to the kind of query.
    rows = models.TextField(null=True)
    extras = models.TextField(default="{}")
    computed_at = models.DateTimeField(null=True)
    # None: a closed period, whose numbers do not change.
    stale_at = models.DateTimeField(null=True)
    lazily_stale_at = models.DateTimeField(null=True)
    refreshable_at = models.DateTimeField(null=True)
    # Brought along from another server: holds until the project has events to count.
    is_imported = models.BooleanField(default=False, db_default=False)
    # An action that is changed makes it stale.
    counts_actions = models.BooleanField(default=False, db_default=False)
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="result_once_per_query")
        ]
        indexes = [models.Index(fields=["project", "written_at"], name="result_by_age")]

    def __str__(self) -> str:
        return self.key


class QueryStatus(ProjectOwnedModel):
    """A query that somebody waits for without holding a connection."""

    # Chosen by the client, or by us.
    query_id = models.CharField(max_length=STATUS_ID_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    is_complete = models.BooleanField(default=False)
    error_code = models.CharField(max_length=100, null=True)
    error_message = models.TextField(null=True)
    status_code = models.PositiveSmallIntegerField(default=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # When it has failed if it is not complete: its worker died.
    deadline_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "query_id"], name="query_status_once_per_query"
            )
        ]
        indexes = [models.Index(fields=["project", "key", "started_at"], name="status_of_result")]

    def __str__(self) -> str:
        return self.query_id
