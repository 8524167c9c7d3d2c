"""The README and the manual, taken apart into what can be held against the code."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.management import get_commands, load_command_class
from markdown_it import MarkdownIt
from markdown_it.token import Token

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DOCS = BASE_DIR / "posthog_lite" / "docs"
README = BASE_DIR / "README.md"
FILES = [README, *sorted(DOCS.glob("*.md"))]
PROGRAMS = (
    "cp|curl|echo|export|kill|npx|pip|pg_dump|podman|psql|posthog-lite|python3|set|sudo|until"
)
SHELL = re.compile(rf"\s*(#|\w+=|\.venv/|manage\.py|({PROGRAMS}) )")


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, in which language, and its text."""

    file: Path
    language: str
    text: str

    @property
    def is_shell(self) -> bool:
        if self.language:
            return self.language in ("bash", "sh", "shell")
        return bool(SHELL.match(self.text))


@cache
def tokens(file: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(file.read_text())


def blocks(file: Path) -> Iterator[Block]:
    for token in tokens(file):
        if token.type in ("fence", "code_block"):
            yield Block(file, token.info.strip(), token.content)


def spans(file: Path) -> Iterator[str]:
    """Everything that is set as code within a line."""
    for child in children(file):
        if child.type == "code_inline":
            yield child.content


def links(file: Path) -> Iterator[str]:
    for child in children(file):
        if child.type == "link_open":
            yield str(child.attrGet("href"))
        elif child.type == "image":
            yield str(child.attrGet("src"))


def children(file: Path) -> Iterator[Token]:
    for token in tokens(file):
        yield from token.children or ()


def code(file: Path) -> Iterator[str]:
    """Every line of code, in blocks and within lines of text."""
    yield from spans(file)
    for block in blocks(file):
        yield from block.text.replace("\\\n", " ").splitlines()


@cache
def parser_of(name: str) -> ArgumentParser:
    commands = get_commands()
    assert name in commands, f"manage.py {name}"
    return load_command_class(commands[name], name).create_parser("manage.py", name)
