"""Django for all tests of one process, which can be configured only once."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.db import connections

if not settings.configured:
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    settings.configure(DATABASES=databases, INSTALLED_APPS=[], USE_TZ=True)
    django.setup()


def add_database(alias: str, database: dict[str, Any]) -> None:
    """Make a database known that was started after Django was configured."""
    everything = {**connections.settings, alias: database}
    connections.settings[alias] = connections.configure_settings(everything)[alias]
