"""The signing key of a deployment that brings none."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from posthog_lite.ids import new_secret_key


def local_secret_key(folder: Path) -> str:
    """A key made on the first start and kept in `folder`, readable by its owner only.

    All processes that share the folder get the same key, also when they start at once.
    """
    path = folder / "secret_key"
    try:
        if not path.exists():
            _create_once(path)
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {folder} cannot be used: {error}. Give another one with DATA_DIR."
        ) from error
    if not key:
        raise ImproperlyConfigured(f"{path} is empty. Remove it, and a new key is made.")
    return key


def _create_once(path: Path) -> None:
    """The file appears whole and never twice: written under a name of its own, then linked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix="secret_key.", dir=path.parent)  # created 0600, O_EXCL
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_secret_key())
            owner = path.parent.stat()
            if os.geteuid() == 0:  # root in a user's folder: the user comes after us
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
