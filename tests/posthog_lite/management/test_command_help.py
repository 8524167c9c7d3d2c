"""The help of every command of ours says what it does and ends in examples that work."""

from __future__ import annotations

import re
import shlex
from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class

from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.server.program import SHELL_LINE

OURS = {
    name: app
    for name, app in get_commands().items()
    if str(app).startswith(("posthog_lite", "dashboards", "sharing", "themes"))
    and name != "run_workers"  # nobody types it
}


def load(name: str) -> CommandWithExamples:
    command = load_command_class(OURS[name], name)
    assert isinstance(command, CommandWithExamples), name
    return command


def examples_in_help(name: str) -> list[list[str]]:
    """The words of each example, as a shell reads them from the printed help."""
    output = load(name).create_parser("manage.py", name).format_help()
    lines = [line.strip() for line in output.splitlines()]
    typed = [line.removeprefix(SHELL_LINE) for line in lines if line.startswith(SHELL_LINE)]
    return [shlex.split(re.split(" [<>] ", line)[0]) for line in typed]


def test_the_commands_are_found() -> None:
    assert set(OURS) >= {"quickstart", "serve", "bootstrap", "clear_expired_sharing"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_help_has_a_description_and_examples_that_are_understood(name: str) -> None:
    command = load(name)
    assert command.help
    examples = examples_in_help(name)
    assert len(examples) == len(command.examples) > 0
    for other, *arguments in examples:
        app = get_commands()[other]
        parser = load_command_class(str(app), other).create_parser("manage.py", other)
        parser.parse_args(arguments)  # exits where an option does not exist


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["bootstrap", "clear_expired_sharing"])
def test_the_examples_that_end_by_themselves_run(name: str) -> None:
    for other, *arguments in examples_in_help(name):
        output = StringIO()
        call_command(other, *arguments, stdout=output)
        assert bool(output.getvalue()) is ("0" not in arguments)
