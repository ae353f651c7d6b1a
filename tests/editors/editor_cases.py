"""What is typed in each editor, what is to be seen there, and what must stand on the disk at the end."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Case:
    """A mistake, typed key by key into an empty file, and its repair."""

    name: str
    rule: str
    file: str
    typed: str
    fix: str
    """A pattern for the title of the repair."""
    expected: str

    def plan(self) -> dict[str, object]:
        """What the drivers need to know of it."""
        return asdict(self) | {"hover": card_texts(self.rule)}


def card_texts(rule: str) -> list[str]:
    """The title of a rule's card and how its reasons begin, as an editor shows them."""
    (card,) = (ROOT / "rules").glob(f"*/{rule}.md")
    text = card.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    reason = re.search(r"^## Why\n+(.+)$", text, re.MULTILINE)
    assert title, f"{card} has no title"
    assert reason, f"{card} has no reasons"
    plain = re.sub(r"[`*_]|\[|\]\([^)]*\)", "", reason[1])
    return [title[1].replace("`", ""), " ".join(plain.split()[:6])]


CASES = [
    Case(
        name="timeout",
        rule="http-call-without-timeout",
        file="rates.py",
        typed='import requests\n\n\ndef rates():\n    return requests.get("https://rates.example/latest")\n',
        fix="timeout",
        expected="import requests\n\n\ndef rates():\n"
        '    return requests.get("https://rates.example/latest", timeout=10)\n',
    ),
    Case(
        name="timeout-emoji",
        rule="http-call-without-timeout",
        file="bank.py",
        typed="import requests\n\n\ndef rates():\n"
        '    return {"🏦 é": requests.get("https://rates.example/latest")}\n',
        fix="timeout",
        expected="import requests\n\n\ndef rates():\n"
        '    return {"🏦 é": requests.get("https://rates.example/latest", timeout=10)}\n',
    ),
    Case(
        name="blocking",
        rule="blocking-call-in-async",
        file="pause.py",
        typed="import time\n\n\nasync def pause():\n    time.sleep(1)\n",
        fix="[Aa]wait",
        expected="import asyncio\nimport time\n\n\nasync def pause():\n    await asyncio.sleep(1)\n",
    ),
    Case(
        name="strings",
        rule="sql-built-from-strings",
        file="people.py",
        typed='import sqlite3\n\n\ndef find(name):\n    db = sqlite3.connect("people.db")\n'
        "    return db.execute(f\"SELECT * FROM users WHERE name = '{name}'\").fetchall()\n",
        fix="parameter",
        expected='import sqlite3\n\n\ndef find(name):\n    db = sqlite3.connect("people.db")\n'
        '    return db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchall()\n',
    ),
    Case(
        name="retry",
        rule="http-call-without-retry",
        file="exchange.py",
        typed="import requests\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        '@app.get("/rates")\n'
        "def rates():\n"
        '    return requests.get("https://rates.example/latest", timeout=10).json()\n',
        fix="Try again",
        expected="import requests\nimport stamina\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        '@app.get("/rates")\n'
        "@stamina.retry(on=(requests.ConnectionError, requests.Timeout), attempts=3, timeout=35)\n"
        "def rates():\n"
        '    return requests.get("https://rates.example/latest", timeout=10).json()\n',
    ),
    Case(
        name="collected",
        rule="sql-built-from-strings",
        file="search.py",
        typed="import sqlite3\n\nFIND = \"SELECT id FROM users WHERE city = '%s'\"\n\n\n"
        "def find(db: sqlite3.Connection, city, name=None):\n"
        "    query = FIND % city\n"
        "    if name:\n"
        "        query += f\" AND name LIKE '{name}%'\"\n"
        "    return db.execute(query).fetchall()\n",
        fix="parameter",
        expected='import sqlite3\n\nFIND = "SELECT id FROM users WHERE city = ?"\n\n\n'
        "def find(db: sqlite3.Connection, city, name=None):\n"
        "    query = FIND\n"
        "    params = [city]\n"
        "    if name:\n"
        '        query += " AND name LIKE ?"\n'
        '        params.append(f"{name}%")\n'
        "    return db.execute(query, params).fetchall()\n",
    ),
    Case(
        name="update",
        rule="update-without-where",
        file="retire.sql",
        typed="UPDATE accounts SET active = false;\n",
        fix="every row is meant",
        expected="UPDATE accounts SET active = false WHERE true;\n",
    ),
    Case(
        name="update-emoji",
        rule="update-without-where",
        file="spring.sql",
        typed="/* 🧹 é */ UPDATE accounts SET active = false;\n",
        fix="every row is meant",
        expected="/* 🧹 é */ UPDATE accounts SET active = false WHERE true;\n",
    ),
    Case(
        name="key",
        rule="table-without-primary-key",
        file="audit.sql",
        typed="CREATE TABLE audit (at timestamptz NOT NULL, what text NOT NULL);\n",
        fix="primary key",
        expected="CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "at timestamptz NOT NULL, what text NOT NULL);\n",
    ),
]

SEVERAL = """\
import sqlite3
import time

import requests


async def pause():
    time.sleep(1)


def rates(name):
    latest = requests.get("https://rates.example/latest")
    db = sqlite3.connect("rates.db")
    db.execute("UPDATE rates SET stale = 1")
    return latest, db.execute(f"SELECT * FROM rates WHERE name = '{name}'")
"""

IGNORE_CHECK = {
    "name": "ignore",
    "file": "ignore.sql",
    "rule": "update-without-where",
    "text": "UPDATE accounts SET active = false;\n",
    "expected": "UPDATE accounts SET active = false;  -- backend-architect: ignore[update-without-where]\n",
}

STOCK = {
    "backend-architect.toml": 'select = ["filter-without-index"]\n',
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/versions/4f1a09c2d7b3_parts.py": '''"""Parts."""

import sqlalchemy as sa
from alembic import op

revision = "4f1a09c2d7b3"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "parts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )


def downgrade():
    op.drop_table("parts")
''',
    "models.py": """from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Part(Base):
    __tablename__ = "parts"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    supplier_id: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str]
""",
    "parts_of.py": """from models import Part
from sqlalchemy import select
from sqlalchemy.orm import Session


def parts_of(session: Session, supplier: int) -> list[Part]:
    return list(session.scalars(select(Part).where(Part.supplier_id == supplier)))
""",
}
"""A project of its own below the repository: a query that lacks an index, its model and its migrations."""

INDEX_CHECK = {
    "name": "addIndex",
    "folder": "stock",
    "file": "parts_of.py",
    "title": "Add the index to Part and a new migration (Alembic)",
    "expected": STOCK["models.py"].replace("(BigInteger)", "(BigInteger, index=True)"),
}

SNIPPET_CHECK = {
    "name": "snippet",
    "file": "probes.py",
    "before": "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n",
    "word": "livez",
    "label": "ba-liveness",
    "last": "  # done",
}
"""A snippet that is chosen by its word; what is typed at its last tab stop ends up behind it."""
