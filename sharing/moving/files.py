"""Items as a folder of JSON files, which a version control system can hold and compare."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction

from posthog_lite.domain import DomainError
from sharing.moving.cleaning import without_nulls
from sharing.moving.items import LONGEST_KEY, PLURALS, Item
from sharing.moving.mover import Mover, Outcome
from sharing.moving.reading import FILES, read_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from posthog_lite.accounts.models import Project

MARKER = "posthog-lite.json"
FORMAT = 1
LARGEST_FILE = 16 * 1024 * 1024
HOW = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class FolderRefused(DomainError):
    """The folder holds something else, or what it should hold cannot be read."""


def write_folder(*, project: Project, folder: Path) -> Counter[str]:
    """Make the files of a folder those of a project. Returns how many of each kind.

    Files of things that are gone are removed; a file that would not change is not written.
    Raises FolderRefused where the folder is somebody else's.
    """
    _check_ours(folder)
    written: Counter[str] = Counter()
    kept = set()
    for item in read_items(project=project):
        path = folder / PLURALS[item.kind] / f"{item.key}.json"
        _write(path, item.fields)
        kept.add(path)
        written[item.kind] += 1
    for plural in PLURALS.values():
        for path in (folder / plural).glob("*.json"):
            if path not in kept:
                path.unlink()
    return written


def read_folder(
    *,
    project: Project,
    folder: Path,
    now: datetime,
    is_dry: bool = False,
    report: Callable[[Item, Outcome], None] = lambda _item, _outcome: None,
) -> Mover:
    """Make a project's things those of a folder; what the folder does not have stays.

    Raises FolderRefused before anything is written.
    """
    _check_format(folder)
    items = list(_items(folder))
    mover = Mover(project, FILES, now, is_by_name=True)
    with _undone() if is_dry else nullcontext():
        for item in items:
            report(item, mover.move(item))
    return mover


@contextmanager
def _undone() -> Iterator[None]:
    """Write, to see what would change, and take all of it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _check_ours(folder: Path) -> None:
    """Raise unless the folder is empty or has files of ours; others beside them are fine."""
    if (folder / MARKER).exists():
        _check_format(folder)
        return
    if folder.exists() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise FolderRefused(f"{folder} is not empty and was not written by export.")
    _write(folder / MARKER, {"format": FORMAT})


def _check_format(folder: Path) -> None:
    told = _read(folder / MARKER).get("format")
    if told != FORMAT:
        raise FolderRefused(f"{folder / MARKER}: format {told!r} is not known here, {FORMAT} is.")


def _items(folder: Path) -> Iterator[Item]:
    for kind, plural in PLURALS.items():
        for path in sorted((folder / plural).glob("*.json")):
            yield Item(kind, path.stem[:LONGEST_KEY], without_nulls(_read(path)))


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FolderRefused(f"{path} is larger than {LARGEST_FILE // 1024**2} MB.")
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise FolderRefused(f"{path}: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise FolderRefused(f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise FolderRefused(f"{path} is not a JSON object.")
    return found


def _write(path: Path, value: dict[str, Any]) -> None:
    text = orjson.dumps(value, option=HOW)
    try:
        if path.exists() and path.read_bytes() == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    except OSError as error:
        raise FolderRefused(f"{path}: {error.strerror}.") from error
