"""Commands whose help ends in examples to be copied."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter

from posthog_lite.server.program import SHELL_LINE


class _AsWritten(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the description and the examples as they are."""


class CommandWithExamples(BaseCommand):
    # What it is for, and the command line after the name of the program.
    examples: ClassVar[list[tuple[str, str]]]

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        lines = [f"  {purpose}:\n    {SHELL_LINE} {line}\n" for purpose, line in self.examples]
        options.setdefault("epilog", "examples:\n" + "\n".join(lines))
        options.setdefault("formatter_class", _AsWritten)
        return super().create_parser(prog_name, subcommand, **options)
