from __future__ import annotations

import runpy
import subprocess
import sys
from collections import namedtuple

import pytest
from django.conf import settings

START = "python3 -m venv .venv && .venv/bin/pip install --no-deps -r requirements.lock"
VersionInfo = namedtuple("VersionInfo", ["major", "minor"])  # as sys has it


def test_without_its_environment_it_says_the_start_line() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "help"],  # without installed packages
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert START in done.stderr
    assert sys.executable in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_older_python_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(str(settings.BASE_DIR / "manage.py"))["main"]
    monkeypatch.setattr(sys, "version_info", VersionInfo(3, 9))
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "Python 3.11 or later is needed, this is 3.9." in capsys.readouterr().err
