"""Indexes that are added to projects with SQL migrations, run by psql and used by PostgreSQL."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest
from postgres import programs

from project_texts import Texts, changes_of, project_of, with_changes

if TYPE_CHECKING:
    from pathlib import Path

TABLES = """\
CREATE TABLE customers (
    id bigint PRIMARY KEY,
    email text NOT NULL
);
CREATE INDEX {name} ON customers (email);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    note text NOT NULL DEFAULT '',
    shipped_at timestamptz,
    created_at timestamptz NOT NULL
);
"""
STEM, PREFIX = TABLES.format(name="customers_email_idx"), TABLES.format(name="idx_customers_email")
DROP = "DROP TABLE orders;\nDROP TABLE customers;\n"
LATEST = "SELECT id FROM orders WHERE customer_id = 7 ORDER BY created_at DESC LIMIT 10"
WAITING = "SELECT id FROM orders WHERE shipped_at IS NULL AND customer_id = 7"
SEARCH = "SELECT id FROM orders WHERE note LIKE '%needle%'"


@dataclass(frozen=True)
class Case:
    """A project, and the files that are to come."""

    name: str
    files: Texts
    created: list[str]
    """The paths of the new files as patterns."""
    index: str = "orders_customer_id_created_at_idx"
    query: str = LATEST
    beside: Texts = field(default_factory=dict[str, str])
    edited: str = ""
    says: str = ""
    """What stands in the first new file."""


CASES = [
    Case(
        "numbered",
        {"migrations/001_init.sql": PREFIX, "migrations/002_rows.sql": "SELECT 1;\n"},
        [r"migrations/003_add_idx_orders_customer_id_created_at\.sql"],
        index="idx_orders_customer_id_created_at",
        says="CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_customer_id_created_at ON orders",
    ),
    Case(
        "dashes and lower case",
        {"db/0009-init-tables.sql": STEM.lower()},
        [r"db/0010-add-orders-customer-id-created-at-idx\.sql"],
        says="create index concurrently if not exists orders_customer_id_created_at_idx on orders",
    ),
    Case(
        "timestamps",
        {"sql/20240131120000_init.sql": STEM},
        [r"sql/20\d{12}_add_orders_customer_id_created_at_idx\.sql"],
    ),
    Case(
        "Flyway",
        {"db/migration/V1__Init.sql": STEM, "db/migration/V1.9__Rows.sql": "SELECT 1;\n"},
        [
            r"db/migration/V1.10__AddOrdersCustomerIdCreatedAtIdx\.sql",
            r"db/migration/V1.10__AddOrdersCustomerIdCreatedAtIdx\.sql\.conf",
        ],
    ),
    Case(
        "Flyway with undo",
        {"V3__init_tables.sql": STEM, "U3__init_tables.sql": DROP},
        [
            r"V4__add_orders_customer_id_created_at_idx\.sql",
            r"U4__add_orders_customer_id_created_at_idx\.sql",
            r"V4__add_orders_customer_id_created_at_idx\.sql\.conf",
        ],
    ),
    Case(
        "golang-migrate",
        {"migrations/000001_init.up.sql": STEM, "migrations/000001_init.down.sql": DROP},
        [
            r"migrations/000002_add_orders_customer_id_created_at_idx\.up\.sql",
            r"migrations/000002_add_orders_customer_id_created_at_idx\.down\.sql",
        ],
    ),
    Case(
        "goose",
        {"migrations/00001_init.sql": f"-- +goose Up\n{STEM}\n-- +goose Down\n{DROP}"},
        [r"migrations/00002_add_orders_customer_id_created_at_idx\.sql"],
        says="-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY",
    ),
    Case(
        "sql-migrate",
        {"migrations/1_init.sql": f"-- +migrate Up\n{STEM}\n-- +migrate Down\n{DROP}"},
        [r"migrations/2_add_orders_customer_id_created_at_idx\.sql"],
        says="-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY",
    ),
    Case(
        "dbmate",
        {"db/migrations/20240131120000_init.sql": f"-- migrate:up\n{STEM}\n-- migrate:down\n{DROP}"},
        [r"db/migrations/20\d{12}_add_orders_customer_id_created_at_idx\.sql"],
        says="-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY",
    ),
    Case(
        "Prisma",
        {"prisma/migrations/20240131120000_init/migration.sql": STEM},
        [r"prisma/migrations/20\d{12}_add_orders_customer_id_created_at_idx/migration\.sql"],
    ),
    Case(
        "diesel",
        {
            "migrations/2024-01-31-120000_init/up.sql": STEM,
            "migrations/2024-01-31-120000_init/down.sql": DROP,
        },
        [
            r"migrations/20\d\d-\d\d-\d\d-\d{6}_add_orders_customer_id_created_at_idx/up\.sql",
            r"migrations/20\d\d-\d\d-\d\d-\d{6}_add_orders_customer_id_created_at_idx/down\.sql",
            r"migrations/20\d\d-\d\d-\d\d-\d{6}_add_orders_customer_id_created_at_idx/metadata\.toml",
        ],
        beside={"Cargo.toml": '[dependencies]\ndiesel = "2"\n'},
    ),
    Case(
        "sqlx",
        {"migrations/20240131120000_init.sql": STEM},
        [r"migrations/20\d{12}_add_orders_customer_id_created_at_idx\.sql"],
        beside={"Cargo.toml": '[dependencies]\nsqlx = "0.8"\n'},
        says="-- no-transaction\nCREATE INDEX CONCURRENTLY",
    ),
    Case(
        "node-pg-migrate",
        {"migrations/1700000000000_init.sql": f"-- Up Migration\n{STEM}\n-- Down Migration\n{DROP}"},
        [r"migrations/\d{13}_add_orders_customer_id_created_at_idx\.sql"],
        says="-- Up Migration\nCREATE INDEX IF NOT EXISTS",
    ),
    Case(
        "yoyo",
        {"migrations/0001.init.sql": f"-- depends:\n\n{STEM}", "migrations/0001.init.rollback.sql": DROP},
        [
            r"migrations/0002\.add_orders_customer_id_created_at_idx\.sql",
            r"migrations/0002\.add_orders_customer_id_created_at_idx\.rollback\.sql",
        ],
        says="-- depends: 0001.init\n-- transactional: false\nCREATE INDEX CONCURRENTLY",
    ),
    Case(
        "a partial index",
        {"migrations/0001_init.sql": STEM},
        [r"migrations/0002_add_orders_customer_id_partial_idx\.sql"],
        index="orders_customer_id",
        query=WAITING,
    ),
    Case(
        "an extension",
        {"migrations/0001_init.up.sql": STEM, "migrations/0001_init.down.sql": DROP},
        [
            r"migrations/0002_add_pg_trgm\.up\.sql",
            r"migrations/0002_add_pg_trgm\.down\.sql",
            r"migrations/0003_add_orders_note_idx\.up\.sql",
            r"migrations/0003_add_orders_note_idx\.down\.sql",
        ],
        index="orders_note_idx",
        query=SEARCH,
    ),
    Case("schema", {"schema.sql": STEM}, [], edited="schema.sql"),
    Case(
        "dump beside a history",
        {"db/migrations/0001_init.sql": STEM, "db/structure.sql": f"-- PostgreSQL database dump\n{STEM}"},
        [r"db/migrations/0002_add_orders_customer_id_created_at_idx\.sql"],
    ),
]


def program(query: str) -> Texts:
    """A program that asks a query."""
    text = query.replace("= 7", "= %(customer)s").replace("%needle", "%%needle").replace("%'", "%%'")
    return {"app/orders.py": f'def find(cursor, customer):\n    cursor.execute("{text}", {{}})\n'}


def half(text: str, wanted: str) -> str:
    """One of the halves of a migration; all of one without halves, which undoes nothing."""
    marker = r"^(?:-- (?:\+goose|\+migrate|migrate:) ?(up|down)\b.*|-- (up|down) migration)$"
    pieces = re.split(marker, text, flags=re.IGNORECASE | re.MULTILINE)
    if len(pieces) == 1:
        return text if wanted == "up" else ""
    named = [(first or second, body) for first, second, body in zip(*[iter(pieces[1:])] * 3, strict=True)]
    return "".join(body for name, body in named if name.lower() == wanted)


def psql(database: str, text: str, folder: Path) -> None:
    """Run a text as a file, each statement alone."""
    file = folder / "run.sql"
    file.write_text(text, encoding="utf-8")
    command = [programs() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def fill(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO orders (id, customer_id, note, shipped_at, created_at) "
        "SELECT i, i % 20000, md5(i::text), CASE WHEN i % 50 > 0 THEN now() END, now() - i * interval '1 s' "
        "FROM generate_series(1, 100000) AS i"
    )
    connection.execute("ANALYZE orders")


_NOTE = re.compile("-- If this fails, .*\\n-- because .*\\n")


def is_backwards(path: str) -> bool:
    return path.rpartition("/")[2].startswith(("U3", "U4")) or path.endswith(("down.sql", "rollback.sql"))


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in CASES])
def test_the_index_is_made_and_used_and_undone(case: Case, database: str, tmp_path: Path):
    texts = case.files | case.beside | program(case.query)
    changes = changes_of(texts)
    created = [one.path for one in changes.creates]
    assert len(created) == len(case.created)
    assert all(map(re.fullmatch, case.created, created)), created
    assert set(changes.edits) == ({case.edited} if case.edited else set())
    if case.says:
        assert _NOTE.sub("", changes.creates[0].text).startswith(case.says)
    after = with_changes(texts, changes)
    assert not project_of(after).advice

    new = [one.path for one in changes.creates if one.path.endswith(".sql")]
    statements = [one for one in case.files if not is_backwards(one) and "structure" not in one]
    for path in statements:
        psql(database, half(after[path], "up"), tmp_path)
    with psycopg.connect(database, autocommit=True) as connection:
        fill(connection)
        for path in new:
            if not is_backwards(path):
                psql(database, half(after[path], "up"), tmp_path)
        assert plan_uses(connection, case)
        for path in reversed(new):
            psql(database, after[path] if is_backwards(path) else half(after[path], "down"), tmp_path)
        can_undo = any(map(is_backwards, new)) or any(half(after[path], "down") for path in new)
        assert plan_uses(connection, case) is not can_undo


def plan_uses(connection: psycopg.Connection, case: Case) -> bool:
    rows = connection.execute(f"EXPLAIN {case.query}".encode()).fetchall()
    return any(case.index in row[0] for row in rows)
