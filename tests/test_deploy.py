"""The files for operators in the package mean what is there: units, proxies, a dashboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import get_commands
from django.test import Client
from pytest_django import Settings

from posthog_lite.accounts.models import Project
from posthog_lite.server import metrics
from tests.posthog_lite.events.capturing import capture, captured
from tests.support.processes import BASE_DIR

DEPLOY = BASE_DIR / "posthog_lite" / "deploy"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
PROGRAM = "/opt/posthog-lite/bin/posthog-lite"
MANUAL = (BASE_DIR / "posthog_lite" / "docs" / "operating.md").read_text()


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [str(each) for each in arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def names_of(text: str) -> set[str]:
    return set(re.findall(r"\bposthog_lite_\w+", text))


@pytest.mark.django_db
def test_every_metric_of_the_grafana_dashboard_is_told(
    settings: Settings, client: Client, project: Project, engine: ModuleType
) -> None:
    settings.PROMETHEUS_ENABLED = True
    capture(project, captured("x"))
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    asked = names_of(" ".join(target["expr"] for target in targets))
    assert len(asked) > 6
    client.get("/_livez")
    with metrics.computing("TrendsQuery"):
        pass
    told = names_of(client.get("/_metrics").content.decode())
    assert asked <= told, asked - told
    assert {name for name in told if name.startswith("posthog_lite_outbox")} <= asked | {
        "posthog_lite_outbox_rows_moved_created",
        "posthog_lite_outbox_failures_created",
    }


@pytest.mark.parametrize("unit", UNITS)
def test_units_run_commands_that_there_are(unit: str) -> None:
    text = (DEPLOY / unit).read_text()
    assert set(re.findall(rf"{PROGRAM} (\w+)", text)) <= set(get_commands())
    assert unit.endswith(".timer") or "ProtectSystem=strict" in text


@needs("systemd-analyze")
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    for name in UNITS:
        text = (DEPLOY / name).read_text().replace(PROGRAM, "/bin/true")
        text = re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE)  # unknown here
        (tmp_path / name).write_text(text)
    done = run("systemd-analyze", "verify", *tmp_path.iterdir())
    assert (done.returncode, done.stderr) == (0, "")


@needs("nginx")
def test_nginx_understands_its_file(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    options = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x")
    run("openssl", "req", *options, "-keyout", key, "-out", certificate)
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("/etc/ssl/dashboards.pem", str(certificate))
    text = text.replace("/etc/ssl/dashboards.key", str(key))
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}\nhttp {{\n{text}\n}}\n"
    )
    done = run(shutil.which("nginx") or "nginx", "-t", "-c", file)
    assert done.returncode == 0, done.stderr


@needs("caddy")
def test_caddy_understands_its_file() -> None:
    done = run("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")
    assert "Valid configuration" in done.stdout + done.stderr


def test_every_file_is_told_of_in_the_manual() -> None:
    assert [path.name for path in DEPLOY.iterdir() if path.name not in MANUAL] == []
