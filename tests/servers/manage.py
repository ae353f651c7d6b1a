"""Runs commands of Django in the working directory; each line of arguments in JSON is answered."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

    from django import setup
    from django.core.management import call_command

    setup()
    for line in sys.stdin:
        try:
            call_command(*json.loads(line), verbosity=0)
        except BaseException as error:  # noqa: BLE001 - whoever asked is told
            print(" ".join(f"{type(error).__name__}: {error}".split()), flush=True)
        else:
            print("done", flush=True)
