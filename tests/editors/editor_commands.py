"""What the commands of the palette are tried on, and what must come of it."""

from __future__ import annotations

from typing import Any

from editor_cases import card_texts

_UNSAFE = "UPDATE accounts SET active = false;\n"
_SAFE = """\
def read(text: str) -> int:
    try:
        return int(text)
    except Exception:
        raise RuntimeError(text)
"""

FILES = {
    "tidy/backend-architect.toml": 'select = ["exception-replaced-without-cause", "update-without-where"]\n',
    "tidy/single.py": _SAFE,
    "tidy/first.py": _SAFE,
    "tidy/second.py": _SAFE,
    "tidy/unopened.sql": _UNSAFE,
    "tidy/accepted.sql": _UNSAFE,
    "inserted.py": "import os\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n",
}
"""A project of its own with safe fixes, and a module with an application."""

CHECKS: list[dict[str, Any]] = [
    {"name": "explain", "file": "accepted.sql", "texts": card_texts("update-without-where")},
    {"name": "fixFile", "file": "tidy/single.py", "expected": "raise RuntimeError(text) from "},
    {
        "name": "fixWorkspace",
        "files": ["tidy/first.py", "tidy/second.py"],
        "expected": "raise RuntimeError(text) from ",
    },
    {"name": "checkWorkspace", "file": "unopened.sql", "text": "update-without-where"},
    {"name": "insertSnippet", "file": "inserted.py", "snippet": "ba-startup", "expected": ["/startupz"]},
    {
        "name": "information",
        "file": "unopened.sql",
        "texts": ["extension 0.", "encoding utf-16", "ms for the last analysis"],
    },
    {
        "name": "baseline",
        "file": "accepted.sql",
        "baselines": ["tidy/.backend-architect/baseline.json", ".backend-architect/baseline.json"],
    },
]
