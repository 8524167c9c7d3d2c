"""A finished database that temporary ones are copied from, as making one takes seconds.

It lies in the user's cache folder and can be removed at any time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

DAYS_TO_KEEP = 30
OF_A_RUN = shutil.ignore_patterns("postmaster.*", "log", ".s.PGSQL*")


def copy_template(*, key: str, folder: Path) -> bool:
    """Make the data folder of a server from the template of this key; False without one."""
    template = _cache() / key
    if folder.exists() or not _is_own(template):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy(template, folder)
        os.utime(template)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        return False
    return True


def keep_template(*, key: str, folder: Path) -> None:
    """Keep the data folder of a server that was stopped; nothing happens where that cannot be."""
    with suppress(OSError):
        cache = _cache()
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_unused(cache)
        draft = Path(tempfile.mkdtemp(prefix="new-", dir=cache))
        try:
            _copy(folder, draft / "data")
            (draft / "data").rename(cache / key)  # refused where another process was faster
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "posthog-lite"


def _is_own(template: Path) -> bool:
    """Return whether it is there, in a folder that nobody else could have put it into."""
    with suppress(OSError):
        cache = template.parent.stat()
        is_private = cache.st_uid == os.geteuid() and not cache.st_mode & 0o022
        return is_private and (template / "PG_VERSION").exists()
    return False


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=OF_A_RUN)
    if os.geteuid() == 0:  # the server runs as another account then
        owner = source.stat()
        for path in (target, *target.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _forget_unused(cache: Path) -> None:
    oldest = time.time() - DAYS_TO_KEEP * 24 * 3600
    for path in cache.iterdir():
        if path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)
