"""Takes the pictures of the extension's README and walkthrough: `make screenshots`."""

from __future__ import annotations

from typing import Any

from editor_cases import INDEX_CHECK, ROOT, STOCK, card_texts
from editor_runs import BIN, HERE, HOME, SCREENSHOTS, drive, fresh, required, vsix

PICTURES = ROOT / "editors" / "vscode" / "media" / "pictures"

_RATES = '''\
import requests
from sqlalchemy import text


def load_rates(session, name: str) -> list[dict]:
    latest = requests.get("https://rates.example/latest").json()
    session.execute(text(f"UPDATE rates SET stale = true WHERE name = '{name}'"))
    return latest["rates"]
'''

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "requests", "sqlalchemy"]\n',
    "app/rates.py": _RATES,
    "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI(title=\"Shop\")\n\n\n",
    "app/jobs.py": "import time\n\n\nasync def clean_up() -> None:\n    time.sleep(30)\n",
    "migrations.sql": "UPDATE accounts SET active = false;\n",
    **{f"stock/{name}": text for name, text in STOCK.items()},
}

SETTINGS = {
    "editor.fontSize": 14,
    "editor.lineHeight": 22,
    "workbench.sideBar.location": "left",
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
    "breadcrumbs.enabled": False,
    "editor.scrollbar.vertical": "hidden",
    "editor.overviewRulerBorder": False,
    "editor.hideCursorInOverviewRuler": True,
}

THEMES = {"dark": "Dark Modern", "light": "Light Modern"}


def checks() -> list[dict[str, Any]]:
    """What is done for the pictures, in their order."""
    found: list[dict[str, Any]] = []
    for theme, name in THEMES.items():
        found += [
            {"name": "theme", "theme": theme, "title": name},
            {"name": "hoverPicture", "file": "rates.py", "texts": card_texts("http-call-without-timeout")[:1]},
            {"name": "menuPicture", "file": "rates.py"},
            {
                "name": "indexPicture",
                "file": "parts_of.py",
                "title": INDEX_CHECK["title"],
                "row": "versions",
            },
            {"name": "snippetPicture", "file": "main.py", "word": "livez", "label": "ba-liveness"},
            {"name": "problemsPicture", "file": "rates.py"},
        ]
        for one in found:
            one.setdefault("theme", theme)
    return [*found, {"name": "walkthroughPicture", "theme": "light"}]


def main() -> None:
    """Take all pictures, and fail if one cannot be taken."""
    folder = fresh("pictures")
    space = folder / "workspace" / "shop"
    for name, text in FILES.items():
        (space / name).parent.mkdir(parents=True, exist_ok=True)
        (space / name).write_text(text, encoding="utf-8")
    plan = {
        "home": str(HOME),
        "node": str(required(ROOT / "out" / "node" / "bin")),
        "chromium": "/usr/bin/chromium",
        "bin": str(BIN),
        "vsix": str(vsix()),
        "state": str(folder / "state"),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        "pictures": str(PICTURES),
        "settings": SETTINGS,
        "viewport": {"width": 1100, "height": 620},
        "cases": [],
        "checks": checks(),
    }
    results = drive([ROOT / "out" / "node" / "bin" / "node", HERE / "vscode.mjs"], plan, folder, seconds=200)
    failed = {name: result["error"] for name, result in results.items() if result["error"]}
    assert not failed, failed


if __name__ == "__main__":
    main()
