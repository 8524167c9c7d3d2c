from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from posthog_lite.accounts.models import MembershipLevel
from posthog_lite.accounts.services.bootstrap import Bootstrapped, bootstrap
from posthog_lite.database.migration_state import has_pending_migrations
from posthog_lite.ids import LARGEST_ID
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.server.program import PROGRAM
from posthog_lite.server.serving import exit_on_signals


def comma_separated(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def project_ids(text: str) -> list[int]:
    parts = comma_separated(text)
    if not all(part.isascii() and part.isdigit() and int(part) <= LARGEST_ID for part in parts):
        raise ArgumentTypeError(f"{text!r} is not a list of project ids, like 1,2.")
    return [int(part) for part in parts]


class Command(CommandWithExamples):
    help = (
        "Create what is missing of an organization, a project and a user in it, and issue a\n"
        "personal API key, which is shown once. Run again, it finds what is there and issues\n"
        "another key. Nothing is created when an option is wrong."
    )
    examples = [
        (
            "A first project, its owner and a key that may do everything",
            "bootstrap --organization Acme --project Web --email ada@example.com --staff",
        ),
        (
            "A key for a script that only reads dashboards, of a new user",
            "bootstrap --organization Acme --project Web --email robot@example.com"
            " --level member --scopes dashboard:read,insight:read",
        ),
        (
            "For another program to read",
            "bootstrap --organization Acme --project Web --email ada@example.com --json",
        ),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", required=True, metavar="NAME", help="found by its name"
        )
        parser.add_argument("--project", required=True, metavar="NAME", help="found by its name")
        parser.add_argument("--email", required=True, help="found whatever its case")
        parser.add_argument(
            "--level",
            choices=MembershipLevel.labels,
            help="of the user in the organization; default: owner, or what an existing member is",
        )
        parser.add_argument(
            "--scopes",
            type=comma_separated,
            default=["*"],
            help='what the key may do, like "dashboard:read,insight:write"; default: "*"',
        )
        parser.add_argument(
            "--scoped-projects", type=project_ids, default=[], metavar="ID,ID", help="default: all"
        )
        parser.add_argument(
            "--scoped-organizations",
            type=comma_separated,
            default=[],
            metavar="UUID,UUID",
            help="default: all",
        )
        parser.add_argument(
            "--staff", action="store_true", help="let the user into the admin, to do everything"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        with one_line_errors():
            if has_pending_migrations():
                raise refusal(f"The database is not set up: run {PROGRAM} migrate first.")
            result = bootstrap(
                organization=options["organization"],
                project=options["project"],
                email=options["email"],
                level=MembershipLevel[options["level"].upper()] if options["level"] else None,
                scopes=options["scopes"],
                scoped_projects=options["scoped_projects"],
                scoped_organizations=options["scoped_organizations"],
                is_staff=options["staff"],
            )
        self.stdout.write(as_json(result) if options["json"] else as_text(result))


def as_json(result: Bootstrapped) -> str:
    return json.dumps(
        {
            "organization_id": str(result.organization.pk),
            "project_id": result.project.pk,
            "user_id": result.user.pk,
            "user_uuid": str(result.user.uuid),
            "email": result.user.email,
            "project_api_token": result.project.api_token,
            "personal_api_key": result.personal_api_key,
        }
    )


def as_text(result: Bootstrapped) -> str:
    lines = [
        f"Organization      {result.organization.name} ({result.organization.pk})",
        f"Project           {result.project.name} ({result.project.pk})",
        f"Project token     {result.project.api_token}",
        f"User              {result.user.email} ({result.user.uuid})",
        f"Personal API key  {result.personal_api_key}",
        "",
        "The key is shown this once and cannot be shown again.",
    ]
    if result.user.is_staff and not result.user.has_usable_password():
        lines.append(f"Give the user a password: {PROGRAM} changepassword {result.user.email}")
    return "\n".join(lines)
