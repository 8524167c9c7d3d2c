"""Loads the engine of the package chdb-core: the only file that uses its private parts.

The package's own Python part insists on pandas and pyarrow, which nothing here needs, so its native
module is loaded without it. That module is not a public face: the package is pinned to one version
in pyproject.toml. After changing the pin run tests/posthog_lite/embedded, which fail here if the
module has moved or behaves differently.
"""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any, Protocol

PACKAGE = "chdb-core"
VERSION = "26.9.0"
MODULE = "chdb._chdb"
NOT_INSTALLED = (
    "The embedded ClickHouse is not installed (the package chdb-core; there are builds for Linux "
    "with glibc and for macOS). Install requirements.lock, or give a running ClickHouse with "
    "CLICKHOUSE_URL."
)


class EngineNotInstalled(Exception):
    """The package is missing, of another version, or not made for this machine."""


class Answer(Protocol):
    """The answer to a statement."""

    def bytes(self) -> bytes | None: ...


class Session(Protocol):
    """A connection: statements with settings and a database of its own."""

    def query(self, sql: str | bytes, output_format: str = ..., **options: Any) -> Answer: ...

    def close(self) -> None: ...


def installed_version() -> str:
    """The version of the package. Raises EngineNotInstalled unless it is the one we know."""
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise EngineNotInstalled(NOT_INSTALLED) from error
    if version != VERSION:
        raise EngineNotInstalled(
            f"The embedded ClickHouse needs chdb-core {VERSION}, and {version} is installed. "
            "Install requirements.lock."
        )
    return version


def open_engine(folder: Path, **options: str | int) -> Any:
    """A function that opens sessions on `folder`; the first one starts the engine."""
    module = _load()
    address = f"{folder}?" + "&".join(f"{name}={value}" for name, value in options.items())

    def open_session() -> Session:
        session: Session = module.connect(address)
        return session

    return open_session


def _load() -> Any:
    installed_version()
    if MODULE in sys.modules:
        return sys.modules[MODULE]
    try:
        package = find_spec("chdb")  # not imported: that would ask for pyarrow
        places = package.submodule_search_locations if package else None
        path = next(Path(place) / "_chdb.abi3.so" for place in places or [])
        loader = ExtensionFileLoader(MODULE, str(path))
        module = module_from_spec(ModuleSpec(MODULE, loader, origin=str(path)))
        loader.exec_module(module)
    except (ImportError, StopIteration) as error:
        raise EngineNotInstalled(f"{NOT_INSTALLED} ({error})") from error
    sys.modules[MODULE] = module
    return module
