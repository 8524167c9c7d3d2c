"""Settings for the test run: the real settings plus the few overrides tests need."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "a key for tests only, long enough for every algorithm")
# One throw-away folder for all xdist workers: they inherit the variable from the first process.
# tests/conftest.py removes it.
os.environ.setdefault(
    "TEST_DATA_DIR", os.path.join(tempfile.gettempdir(), f"posthog-lite-tests-{os.getpid()}")
)
os.environ["DATA_DIR"] = os.environ["TEST_DATA_DIR"]

from posthog_lite.settings import *  # noqa: F403

# One engine for all test processes, a database for each.
CLICKHOUSE_DATABASE = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support"]  # noqa: F405  # its `flush`
_STATIC = {"whitenoise.middleware.WhiteNoiseMiddleware": "tests.support.static.StaticFiles"}
MIDDLEWARE = [
    "tests.support.openapi.AnswerCheck",
    *(_STATIC.get(name, name) for name in MIDDLEWARE),  # noqa: F405
]
MOVE_IN_BACKGROUND = False  # a test says when
QUERIES_SIDE_BY_SIDE = 1  # threads would not see what a test has not committed
