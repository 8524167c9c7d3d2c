"""A server under load. Django is set up for the OpenAPI document; nothing here uses a database."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
