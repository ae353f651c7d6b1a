"""What is tried of the folder for Neovim, and in which files."""

from __future__ import annotations

from typing import Any

from editor_cases import STOCK, card_texts

CAUSE = "exception-replaced-without-cause"
UPDATE = "update-without-where"
KEY = "table-without-primary-key"
TIMEOUT = "http-call-without-timeout"

PARSE = """\
def parse(text):
    try:
        return int(text)
    except Exception:
        raise RuntimeError("no number")
"""
PARSED = PARSE.replace("Exception:", "Exception as error:").replace('number")', 'number") from error')
SWEEP = "UPDATE accounts SET active = false;\n"
CALL = "import requests\n\n\ndef rates():\n    return requests.get('https://rates.example')"

LINES = 20_000

FILES = {
    "backend-architect.toml": f'select = ["{CAUSE}", "{UPDATE}", "{TIMEOUT}"]\n',
    "parse.py": PARSE,
    "repair.py": PARSE,
    "app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n",
    "locked.sql": SWEEP,
    "half.py": "",
    "crash.py": "",
    "long.sql": "SELECT id FROM orders WHERE id = 1;\n" * LINES,
    "one/backend-architect.toml": f'select = ["{UPDATE}"]\n',
    "one/audit.sql": SWEEP + "CREATE TABLE audit (at date);\n",
    "two/backend-architect.toml": f'select = ["{KEY}"]\n',
    "two/audit.sql": SWEEP + "CREATE TABLE audit (at date);\n",
    "../outside/alone.sql": SWEEP,
} | {f"stock/{name}": text for name, text in STOCK.items()}

CHECKS: list[dict[str, Any]] = [
    {
        "name": "crash",
        "file": "crash.py",
        "text": CALL,
        "codes": [TIMEOUT],
        "more": "\n\n\nother = requests.get('https://other.example')",
        "more_codes": [TIMEOUT, TIMEOUT],
        "limit": 2000,
    },
    {
        "name": "completion",
        "file": "parse.py",
        "names": ["diagram", "explain", "fixall", "info", "restart", "snippets"],
    },
    {"name": "explain", "file": "parse.py", "codes": [CAUSE], "card": card_texts(CAUSE)[1]},
    {"name": "fixall", "file": "repair.py", "codes": [CAUSE], "expected": PARSED},
    {"name": "diagram", "file": "stock/models.py", "table": "supplier_id"},
    {
        "name": "snippets",
        "file": "app.py",
        "label": "ba-liveness",
        "line": "async def livez() -> JSONResponse:",
    },
    {"name": "info", "file": "parse.py", "shown": "backend-architect.toml"},
    {"name": "restart", "file": "parse.py", "codes": [CAUSE]},
    {
        "name": "folders",
        "files": [
            {"name": "one/audit.sql", "codes": [UPDATE]},
            {"name": "two/audit.sql", "codes": [KEY]},
            {"name": "parse.py", "codes": [CAUSE]},
        ],
    },
    {"name": "outside", "file": "../outside/alone.sql", "codes": [UPDATE]},
    {"name": "unnamed", "file": "named.sql", "text": SWEEP.strip(), "codes": [UPDATE]},
    {"name": "read_only", "file": "locked.sql", "codes": [UPDATE]},
    {
        "name": "half_typed",
        "file": "half.py",
        "text": f"{CALL}\n\n\ndef (",
        "rest": "): pass",
        "codes": [TIMEOUT],
    },
    {
        "name": "long_file",
        "file": "long.sql",
        "line": LINES // 2,
        "key": "UPDATE a SET b = 1;",
        "codes": [UPDATE],
    },
    {
        "name": "health",
        "file": "parse.py",
        "parts": [
            "starts the server with",
            "/backend-architect",
            "backend-architect 0.",
            "serves",
            "settings of",
        ],
    },
]
