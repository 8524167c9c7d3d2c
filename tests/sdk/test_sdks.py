"""Generated SDKs compile and work against a running server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.services.keys import create_key
from tests.sdk.generate import DOCUMENT, generate

pytestmark = [pytest.mark.slow, pytest.mark.longest]

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
NODE_MODULES = HERE / "node_modules"  # git ignores it
JAKARTA_ANNOTATIONS = Path("/usr/share/java/jakarta-annotation-api.jar")
SECONDS = 300  # far more than anything here takes, also on a busy machine


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a program prints; the test fails where the program does."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


@pytest.fixture(autouse=True)
def _short_lived_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Java that starts fast and does not wait to get faster: halves the time of these tests."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@pytest.fixture
def drive(live_server: LiveServer, project: Project, admin: User) -> Callable[..., None]:
    """Runs a scenario against the server; `drive(program, …, cwd=…)`."""
    key = create_key(user=admin, label="sdk", scopes=["*"]).value

    def call(*command: str | Path, cwd: Path, **environment: str) -> None:
        place = {"HOST": live_server.url, "KEY": key, "PROJECT": str(project.pk)}
        assert run(*command, cwd=cwd, **environment, **place).endswith("done\n")

    return call


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """The compiler and libraries of TypeScript, at the versions of package.json."""
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"]
    run("npm", "install", *options, cwd=HERE)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return NODE_MODULES / ".bin"


@needs("java")
def test_python(drive: Callable[..., None], tmp_path: Path) -> None:
    generate("python", tmp_path)
    shutil.copy(SCENARIOS / "scenario.py", tmp_path)
    run(
        sys.executable,
        *("-m", "mypy", "--config-file=", "--cache-dir=.mypy_cache"),
        *("--package=posthog_lite_client", "--module=scenario"),
        cwd=tmp_path,
    )
    drive(sys.executable, "scenario.py", cwd=tmp_path)


@needs("java", "node", "npm")
def test_typescript(drive: Callable[..., None], node_modules: Path, tmp_path: Path) -> None:
    generate("typescript", tmp_path / "sdk")
    run(
        *(node_modules / "openapi-typescript", DOCUMENT, "--output=types.ts"),
        "--default-non-nullable=false",  # what has a default need not be sent
        cwd=tmp_path,
    )
    shutil.copytree(SCENARIOS, tmp_path / "src")
    run(
        *(node_modules / "tsc", "--strict", "--esModuleInterop", "--outDir", "out"),
        *("--target", "es2022", "--module", "commonjs", "--skipLibCheck", "--types", "node"),
        *("src/scenario.ts", "src/fetch.ts"),
        cwd=tmp_path,
    )
    drive("node", "out/src/scenario.js", cwd=tmp_path)
    drive("node", "out/src/fetch.js", cwd=tmp_path)


@needs("java", "go")
def test_go(drive: Callable[..., None], tmp_path: Path) -> None:
    generate("go", tmp_path)
    (tmp_path / "scenario").mkdir()
    shutil.copy(SCENARIOS / "scenario.go", tmp_path / "scenario")
    cache = {"GOCACHE": str(tmp_path / "cache"), "GOPATH": str(tmp_path / "path")}
    run("go", "build", "-o", "drive", "./scenario", cwd=tmp_path, GOFLAGS="-mod=mod", **cache)
    drive(tmp_path / "drive", cwd=tmp_path)


@needs("javac")
@pytest.mark.skipif(
    not JAKARTA_ANNOTATIONS.exists(), reason=f"needs {JAKARTA_ANNOTATIONS} (a Debian package)"
)
def test_java(drive: Callable[..., None], tmp_path: Path) -> None:
    """With nulls left unsent: the class that holds them is a package of its own."""
    generate("java", tmp_path, "--additional-properties=openApiNullable=false")
    generator = files("openapi_generator_cli") / "openapi-generator.jar"  # has Jackson in it
    sources = [*tmp_path.glob("src/main/**/*.java"), SCENARIOS / "Scenario.java"]
    libraries = f"{generator}:{JAKARTA_ANNOTATIONS}"
    run(
        "javac",
        "-encoding",
        "UTF-8",
        "-proc:none",
        "-d",
        "classes",
        "-cp",
        libraries,
        *sources,
        cwd=tmp_path,
    )
    drive("java", "-cp", f"classes:{libraries}", "Scenario", cwd=tmp_path)
