from __future__ import annotations

import json
import os
import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from posthog_lite.accounts.services.bootstrap import Demo, get_or_create_demo
from posthog_lite.database.migration_state import (
    apply_migrations,
    apply_migrations_from_template,
)
from posthog_lite.embedded.clickhouse import why_engine_cannot_run
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.first_steps import curl_lines
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.management.settings_file import warnings_of_settings_file
from posthog_lite.server.program import SHELL_LINE
from posthog_lite.server.serving import (
    EVERY_ADDRESS,
    base_url,
    check_address,
    exit_on_signals,
    free_port,
    go_on_as_server,
    own_addresses,
)
from posthog_lite.server.temporary_data import temporary_folder

LOCAL_PAGES = r"^http://(localhost|127\.0\.0\.1)(:\d+)?$"
FAREWELL = "Stopped. The data is kept: run quickstart again to go on."


class Command(CommandWithExamples):
    help = (
        "Set up everything that is missing, with a demo project and a key, and serve it.\n"
        "For a first look and for development; in production run migrate and serve."
    )
    examples = [
        ("Start, and say how to go on", "quickstart"),
        ("On another port, without the demo project", "quickstart --port 8080 --no-demo"),
        ("For other machines too", "quickstart --host 0.0.0.0"),
        (
            "In a test: nothing is kept, one line says the rest",
            "quickstart --ephemeral --empty --json",
        ),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
        parser.add_argument(
            "--port", type=int, help="default: 8000; with --ephemeral one that is free"
        )
        parser.add_argument("--no-demo", action="store_true", help="make no demo project")
        parser.add_argument(
            "--json", action="store_true", help="print one line: url, project, token and key"
        )
        parser.add_argument(
            "--ephemeral", action="store_true", help="with data of its own, gone when it stops"
        )
        parser.add_argument(
            "--empty", action="store_true", help="make the project without dashboards and events"
        )
        parser.add_argument("--key", help="personal API key of the demo project, phx_...")
        parser.add_argument("--token", help="token of the demo project, phc_...")

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        os.environ.setdefault("LOG_FORMAT", "text")  # a person is watching
        data = folder_of_this_run() if options["ephemeral"] else None
        host, is_json = options["host"], options["json"]
        port = options["port"]
        if port is None:  # 0 is a mistake of its own
            port = free_port(host) if data else 8000
        with one_line_errors():
            check_address(host=host, port=port)
            self.stderr.writelines(warnings_of_settings_file())
            if not is_json:
                self.stdout.write(first_line())
                self.stdout.flush()
            let_in(host)
            apply_migrations_from_template() if data else apply_migrations()
            demo = None if options["no_demo"] else get_or_create_demo(**wishes_of(options))
            url = base_url(host=host, port=port)
            self.stdout.write(as_json(url, demo) if is_json else introduction(url=url, demo=demo))
            if not is_json:
                self.stdout.writelines(f"  {line}\n" for line in addresses_elsewhere(host, port))
            go_on_as_server(
                host=host,
                port=port,
                workers=1 if data else os.cpu_count() or 1,
                farewell="" if data or is_json else FAREWELL,
                data=data,
            )


def folder_of_this_run() -> str | None:
    """Return the folder of temporary data, named by the program before settings were read."""
    folder = temporary_folder()
    if folder is None:
        raise refusal("--ephemeral is written out, after the name of this command.")
    return folder


def wishes_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return the key and the token that the operator wants, and what else of a new project."""
    wishes = {"key": options["key"], "token": options["token"], "is_empty": options["empty"]}
    return wishes | {"has_password": not options["json"]}  # which shows none


def as_json(url: str, demo: Demo | None) -> str:
    """Return what a program needs; the key is null where it was shown before."""
    told: dict[str, Any] = {"url": url, "project": None, "token": None, "key": None}
    if demo is not None:
        told |= {"project": demo.project.pk, "token": demo.project.api_token}
        told["key"] = demo.personal_api_key
    return json.dumps(told)


def first_line() -> str:
    """Return what takes its time before anything else can be said."""
    folder = settings.DATABASES["default"].get("EMBEDDED_DIR")
    if folder and not (Path(folder) / "PG_VERSION").exists():
        return f"Making the database in {folder}: this once it takes some seconds ..."
    return "Starting the database ..." if folder else "Asking the database of DATABASE_URL ..."


def let_in(host: str) -> None:
    """Answer under every name of this machine, and to pages that are developed on it."""
    os.environ.setdefault("CORS_ALLOWED_ORIGIN_REGEXES", LOCAL_PAGES)
    if host in EVERY_ADDRESS and not os.environ.get("ALLOWED_HOSTS"):
        names = [f"[{name}]" if ":" in name else name for name in own_addresses()]
        os.environ["ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, *names])


def addresses_elsewhere(host: str, port: int) -> list[str]:
    """Return where other machines find this one, if they are let in."""
    if host not in EVERY_ADDRESS:
        return []
    return ["From other machines:", *(base_url(host=name, port=port) for name in own_addresses())]


def introduction(*, url: str, demo: Demo | None) -> str:
    """Everything a newcomer needs, in the order in which it is needed."""
    lines = [
        "",
        "PostHog Lite is starting. Ctrl-C stops it; the data is kept.",
        "",
        f"  Server         {url}",
        f"  API reference  {url}/api/schema/swagger-ui/",
        f"  Admin          {url}/admin/",
        f"  Manual         {url}/docs/",
        "",
        *engine_lines(),
    ]
    lines += without_demo() if demo is None else with_demo(url=url, demo=demo)
    return "\n".join([*lines, ""])


def engine_lines() -> list[str]:
    """Return what is to be known where queries cannot be answered."""
    why = None if settings.CLICKHOUSE_URL else why_engine_cannot_run()
    return [] if why is None else [f"Queries are not answered here. {why}", ""]


def without_demo() -> list[str]:
    return [
        "There is no demo project. Make a project and a key with:",
        "",
        bootstrap_line(organization="Acme", project="Web", email="you@example.com"),
    ]


def with_demo(*, url: str, demo: Demo) -> list[str]:
    lines = shown_before(demo) if demo.personal_api_key is None else shown_once(demo)
    exports = {"POSTHOG_HOST": url, "POSTHOG_PROJECT_TOKEN": demo.project.api_token}
    how = ", with your key in POSTHOG_PERSONAL_API_KEY"
    if demo.personal_api_key is not None:
        how = ""
        exports["POSTHOG_PERSONAL_API_KEY"] = demo.personal_api_key
    return [
        *lines,
        "",
        f"Try it from another terminal{how}:",
        "",
        *(f"  export {name}={value}" for name, value in exports.items()),
        *(line for purpose, curl in curl_lines() for line in ("", purpose, "", f"  {curl}")),
    ]


def shown_once(demo: Demo) -> list[str]:
    return [
        f"  Admin login       {demo.email}",
        f"  Admin password    {demo.password or 'as it was'}",
        f"  Personal API key  {demo.personal_api_key}",
        "",
        "The password and the key are shown this once: write them down.",
    ]


def shown_before(demo: Demo) -> list[str]:
    organization, project = demo.project.organization.name, demo.project.name
    return [
        "The key and the admin password were shown when the demo project was made.",
        "Make another key, or set another password, with:",
        "",
        bootstrap_line(organization=organization, project=project, email=demo.email),
        f"  {SHELL_LINE} changepassword {demo.email}",
    ]


def bootstrap_line(*, organization: str, project: str, email: str) -> str:
    names = f"--organization {shlex.quote(organization)} --project {shlex.quote(project)}"
    return f"  {SHELL_LINE} bootstrap {names} --email {email}"
