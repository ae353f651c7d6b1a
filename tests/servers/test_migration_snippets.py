"""Migrations that snippets write, on tables that others write to."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from postgres import database, url
from tests.snippets.running import text_of

from backend_architect.snippets.context import Surroundings
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Migrate = Callable[[Path, str], None]

AROUND = Surroundings(tables=("orders",))
INDEX = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = to_regclass(%s)"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%%CONCURRENTLY%%'"
)


def with_sql(folder: Path, conninfo: str) -> None:
    text = text_of("migrations/concurrent-index", "sql", AROUND)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for piece in scan(text, "postgres").pieces:
            connection.execute(text[piece.start : piece.end].encode())


def with_alembic(folder: Path, conninfo: str) -> None:
    files = {
        "alembic.ini": "[alembic]\nscript_location = changes\n",
        "changes/env.py": (
            "from alembic import context\nfrom sqlalchemy import create_engine\n"
            f"with create_engine({url(conninfo)!r}).connect() as connection:\n"
            "    context.configure(connection=connection, transaction_per_migration=True)\n"
            "    with context.begin_transaction():\n        context.run_migrations()\n"
        ),
        "changes/versions/0001.py": 'revision = "0001"\ndown_revision = None\ndef upgrade(): ...\n',
        "changes/versions/0002.py": text_of("migrations/concurrent-index", "alembic", AROUND),
    }
    run(folder, files, "-m", "alembic", "upgrade", "head")


def with_django(folder: Path, conninfo: str) -> None:
    said = dict(word.split("=") for word in conninfo.split())
    keys = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    engine = {"ENGINE": "django.db.backends.postgresql"}
    connection = engine | {key: said[word] for key, word in keys.items()}
    files = {
        "settings.py": f"DATABASES = {{'default': {connection}}}\nINSTALLED_APPS = ['orders']\n",
        "orders/__init__.py": "",
        "orders/migrations/__init__.py": "",
        "orders/migrations/0001_initial.py": (
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.CreateModel('Order', [\n"
            "        ('id', models.BigAutoField(primary_key=True)), ('customer', models.BigIntegerField())\n"
            "    ], options={'db_table': 'orders'})]\n"
        ),
        "orders/migrations/0002_index.py": text_of("migrations/concurrent-index", "django", AROUND),
    }
    manage = ("-m", "django", "migrate", "--settings=settings", "--pythonpath=.", "orders")
    run(folder, files, *manage, "0001", "--fake")
    run(folder, {}, *manage)


def run(folder: Path, files: dict[str, str], *args: str) -> None:
    """Write the files of a project, and run a program of Python among them."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = subprocess.run(
        [sys.executable, *args], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("migrate", "column"),
    [(with_sql, "customer_id"), (with_alembic, "customer_id"), (with_django, "customer")],
    ids=["sql", "alembic", "django"],
)
def test_an_index_is_built_while_others_write(postgres: str, tmp_path: Path, migrate: Migrate, column: str):
    name = f"ix_orders_{column}"
    with (
        database(postgres, f"of_{migrate.__name__}") as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        connection.execute(
            f"CREATE TABLE orders (id bigserial PRIMARY KEY, {column} bigint NOT NULL)".encode()
        )
        connection.execute(f"INSERT INTO orders ({column}) SELECT 1 FROM generate_series(1, 1000)".encode())
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON orders ({column})".encode())
        assert connection.execute(INDEX, [name]).fetchone() == (False, True), (
            "what an interrupted build leaves"
        )
        connection.execute(b"SET lock_timeout = '2s'")
        with psycopg.connect(conninfo) as slow:
            slow.execute(f"INSERT INTO orders ({column}) VALUES (2)".encode())
            migration = threading.Thread(target=migrate, args=(tmp_path, conninfo))
            migration.start()
            while not connection.execute(WAITING).fetchone()[0]:
                assert migration.is_alive()
            connection.execute(f"INSERT INTO orders ({column}) VALUES (3)".encode())
            slow.commit()
        migration.join(60)
        assert connection.execute(INDEX, [name]).fetchone() == (True, False)


def test_the_cards_name_the_version_of_the_server(postgres: str):
    with psycopg.connect(postgres) as connection:
        version = connection.info.server_version // 10000
    assert f"PostgreSQL {version}" in text_of("migrations/concurrent-index", "sql", AROUND)
