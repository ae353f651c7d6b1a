"""Starts sessions of VS Code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from editor_runs import HERE, HOME, ROOT, SCREENSHOTS, drive, required, vsix

NOTEBOOK: dict[str, Any] = {
    "cells": [
        {
            "cell_type": "code",
            "source": "import requests\nrequests.get('a')\n",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": "a",
        }
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
"""A notebook with a mistake in its only cell."""


def drive_vscode(folder: Path, space: Path, programs: Path, checks: dict[str, Any]) -> dict[str, Any]:
    """What a session in a workspace saw, with some programs on its PATH."""
    required(HOME / "npm" / "node_modules" / "code-server")
    node = required(ROOT / "out" / "node" / "bin")
    plan = {
        "home": str(HOME),
        "node": str(node),
        "chromium": str(required(Path("/usr/bin/chromium"))),
        "bin": str(programs),
        "vsix": str(vsix()),
        "state": str(folder / "state"),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        **checks,
        # How packages are fetched here is for the machine to say.
        "environment": {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
        | checks.get("environment", {}),
    }
    return drive([node / "node", HERE / "vscode.mjs"], plan, folder, seconds=360)
