"""The lock files are installed without looking at what packages need, so nothing may be missing."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BASE_DIR = Path(__file__).resolve().parent.parent.parent
NEVER_IMPORTED = {"pandas", "pyarrow"}  # declared by chdb-core
EXTRAS = {"psycopg": ["binary", "pool"], "drf-spectacular": ["sidecar"]}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_has_everything_its_packages_need(name: str) -> None:
    locked = locked_packages(name)
    missing = {
        f"{package} needs {requirement}"
        for package in locked
        for requirement in needs(package)
        if canonicalize_name(requirement.name) not in locked | NEVER_IMPORTED
    }

    assert missing == set()


def test_engine_is_pinned_exactly() -> None:
    text = (BASE_DIR / "pyproject.toml").read_text()

    assert re.search(r'"chdb-core==[\d.]+;', text)


def test_missing_package_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "orjson.py").write_text("raise ModuleNotFoundError('No orjson', name='orjson')")

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env={"PYTHONPATH": str(tmp_path), "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: No orjson for {sys.executable}. Start with: ")
    assert done.stderr.count("\n") == 1


def locked_packages(name: str) -> set[str]:
    """Names in the lock that are meant for this machine."""
    lines = (BASE_DIR / name).read_text().splitlines()
    found = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    return {
        canonicalize_name(each.name) for each in found if not each.marker or each.marker.evaluate()
    }


def needs(package: str) -> list[Requirement]:
    """Requirements that a package states for this machine, as far as it is installed."""
    try:
        stated = distribution(package).requires or []
    except PackageNotFoundError:
        return []
    extras = ["", *EXTRAS.get(package, [])]
    found = [Requirement(text) for text in stated]
    return [
        each
        for each in found
        if not each.marker or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    ]
