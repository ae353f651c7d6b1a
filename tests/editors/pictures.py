"""Takes the pictures of the extension's README and walkthrough: `make screenshots`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from editor_cases import INDEX_CHECK, ROOT, STOCK, card_texts
from editor_runs import BIN, HERE, HOME, SCREENSHOTS, drive, fresh, required, vsix

PICTURES = ROOT / "editors" / "vscode" / "media" / "pictures"

_RATES = """\
import requests
from sqlalchemy import text


def load_rates(session, name: str) -> list[dict]:
    latest = requests.get("https://rates.example/latest").json()
    session.execute(text(f"UPDATE rates SET stale = true WHERE name = '{name}'"))
    return latest["rates"]
"""

_SCHEMA = """\
CREATE TABLE customers (
    id bigint PRIMARY KEY,
    email text NOT NULL UNIQUE
);

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    placed_on date NOT NULL
);
CREATE INDEX orders_customer_id ON orders (customer_id);

CREATE TABLE items (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    price numeric(10, 2) NOT NULL
);
CREATE INDEX items_order_id ON items (order_id);
"""

FILES = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'
    'dependencies = ["fastapi", "requests", "sqlalchemy"]\n',
    "app/rates.py": _RATES,
    "app/main.py": 'from fastapi import FastAPI\n\napp = FastAPI(title="Shop")\n\n\n',
    "app/jobs.py": "import time\n\n\nasync def clean_up() -> None:\n    time.sleep(30)\n",
    "schema.sql": _SCHEMA,
    "migrations.sql": "UPDATE accounts SET active = false;\n",
    **{f"stock/{name}": text for name, text in STOCK.items()},
}

SETTINGS = {
    "editor.fontSize": 14,
    "editor.lineHeight": 22,
    "editor.occurrencesHighlight": "off",
    "editor.overviewRulerBorder": False,
    "editor.hover.height": 300,
    "breadcrumbs.enabled": False,
    "diffEditor.renderSideBySide": False,
    "window.commandCenter": False,
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
}

THEMES = {"dark": "Dark Modern", "light": "Light Modern"}

CHECKS: list[dict[str, Any]] = [
    {"name": "prepare"},
    {"name": "hoverPicture", "file": "rates.py", "texts": card_texts("http-call-without-timeout")[:1]},
    {"name": "menuPicture", "file": "rates.py"},
    {"name": "indexPicture", "file": "parts_of.py", "title": INDEX_CHECK["title"], "row": "versions"},
    {"name": "snippetPicture", "file": "main.py", "word": "livez", "label": "ba-liveness"},
    {"name": "problemsPicture", "file": "rates.py"},
    {"name": "diagramPicture", "tables": 3, "selected": "orders"},
    {"name": "walkthroughPicture"},
]


def take(theme: str) -> None:
    """Take all pictures in a theme, and fail if one cannot be taken."""
    folder = fresh(f"pictures-{theme}")
    space = folder / "workspace" / "shop"
    for name, text in FILES.items():
        (space / name).parent.mkdir(parents=True, exist_ok=True)
        (space / name).write_text(text, encoding="utf-8")
    plan = {
        "home": str(HOME),
        "node": str(required(ROOT / "out" / "node" / "bin")),
        "chromium": str(required(Path("/usr/bin/chromium"))),
        "bin": str(BIN),
        "vsix": str(vsix()),
        "state": str(folder / "state"),
        "workspace": str(space),
        "screenshots": str(SCREENSHOTS / folder.name),
        "pictures": str(PICTURES),
        "theme": theme,
        "settings": SETTINGS | {"workbench.colorTheme": THEMES[theme]},
        "viewport": {"width": 920, "height": 640},
        "cases": [],
        "checks": CHECKS,
    }
    results = drive([ROOT / "out" / "node" / "bin" / "node", HERE / "vscode.mjs"], plan, folder, seconds=150)
    failed = {name: result["error"] for name, result in results.items() if result["error"]}
    assert not failed, failed


if __name__ == "__main__":
    for chosen in sys.argv[1:] or THEMES:
        take(chosen)
