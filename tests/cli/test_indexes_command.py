"""The command `indexes`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from backend_architect.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

DDL = "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text);\n"
QUERY = "-- name: by_email\nSELECT * FROM users WHERE email = $1;\n"
MODULE = 'def find(conn, q):\n    return conn.execute("SELECT * FROM users WHERE name ILIKE %s", (q,))\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schema.sql").write_text(DDL, encoding="utf-8")
    (tmp_path / "by_email.sql").write_text(QUERY, encoding="utf-8")
    (tmp_path / "app.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["indexes", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_json_is_what_programs_are_promised():
    by_email, by_name = json.loads(printed("--format", "json"))
    assert by_email == {
        "table": "users",
        "columns": ["email"],
        "using": "btree",
        "where": None,
        "sql": "CREATE INDEX users_email_idx ON users (email)",
        "reason": by_email["reason"],
        "queries": [{"path": "by_email.sql", "line": 2}],
        "rewrite": None,
    }
    assert by_name["columns"] == ["name gin_trgm_ops"]
    assert by_name["using"] == "gin"
    assert by_name["queries"] == [{"path": "app.py", "line": 2}]


def test_text_names_every_query():
    text = printed()
    assert "CREATE INDEX users_email_idx ON users (email)" in text
    assert "by_email.sql:2" in text
    assert "app.py:2" in text


def test_sql_can_be_run():
    assert printed("--format", "sql").splitlines() == [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
        "-- by_email.sql:2",
        "CREATE INDEX users_email_idx ON users (email);",
        "-- app.py:2",
        "CREATE INDEX users_name_idx ON users USING gin (name gin_trgm_ops);",
    ]


def test_ddl_and_queries_may_share_a_file(folder: Path):
    for file in ("schema.sql", "app.py"):
        (folder / file).unlink()
    (folder / "by_email.sql").write_text(DDL + QUERY, encoding="utf-8")
    (advice,) = json.loads(printed("by_email.sql", "--format", "json"))
    assert advice["queries"] == [{"path": "by_email.sql", "line": 3}]


def test_nothing_to_advise(folder: Path):
    (folder / "app.py").unlink()
    (folder / "by_email.sql").unlink()
    assert json.loads(printed("--format", "json")) == []
    assert printed() == "No index is missing, as far as the files tell.\n"


def test_what_programs_ask_through_models_is_named(folder: Path):
    (folder / "models.py").write_text(
        "from django.db import models\n"
        "class Book(models.Model):\n"
        "    title = models.CharField(max_length=20)\n"
        "    class Meta:\n"
        "        db_table = 'books'\n",
        encoding="utf-8",
    )
    (folder / "views.py").write_text(
        "from models import Book\ndef view(request, title):\n    return Book.objects.filter(title=title)\n",
        encoding="utf-8",
    )
    (folder / "tests.py").write_text(
        "from models import Book\nBook.objects.get(title='x')\n", encoding="utf-8"
    )
    (books,) = [one for one in json.loads(printed("--format", "json")) if one["table"] == "books"]
    assert books["columns"] == ["title"]
    assert books["queries"] == [{"path": "views.py", "line": 3}]
