"""Runs the migrations of the project in the working directory; each line `up` or `down` is answered."""

from __future__ import annotations

import os
import sys


def alembic(target: str) -> None:
    """Go to a revision."""
    from alembic import command  # noqa: PLC0415 - only one of the two is wanted
    from alembic.config import Config  # noqa: PLC0415

    {"0002": command.upgrade, "0001": command.downgrade}[target](Config("alembic.ini"), target)


def django(target: str) -> None:
    """Go to a migration."""
    from django import setup  # noqa: PLC0415
    from django.apps import apps  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    if not apps.ready:
        sys.path.insert(0, ".")
        os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
        setup()
    call_command("migrate", "orders", target, verbosity=0)


if __name__ == "__main__":
    migrate = {"alembic": alembic, "django": django}[sys.argv[1]]
    for line in sys.stdin:
        try:
            migrate({"up": "0002", "down": "0001"}[line.strip()])
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            print(" ".join(f"{type(error).__name__}: {error}".split()), flush=True)
        else:
            print("done", flush=True)
