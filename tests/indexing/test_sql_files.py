"""Where an index goes in projects with SQL files, and how the new files are called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.indexing.sql_layout import Layout, next_number
from backend_architect.schema.model import Index, IndexPart
from project_texts import Texts, changes_of, project_of, remedies, with_changes

TABLE = """\
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    note text NOT NULL
);
"""
ASKS = {
    "app.py": "def find(cursor, customer):\n"
    '    cursor.execute("SELECT id FROM orders WHERE customer_id = %s", (customer,))\n'
}
SEARCHES = {
    "app.py": """
def find(cursor):
    cursor.execute("SELECT id FROM orders WHERE note LIKE '%%needle%%'", ())
"""
}
NOON = datetime(2024, 5, 6, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("1", "2"),
        ("009", "010"),
        ("0099", "0100"),
        ("999", "1000"),
        ("2.3", "2.4"),
        ("1_09", "1_10"),
        ("20240131", "20240506"),
        ("20991231", "21000101"),
        ("202401311200", "202405061230"),
        ("20240131120000", "20240506123015"),
        ("20240506123015", "20240506123016"),
        ("20300101000000", "20300101000001"),
        ("2024-01-31-120000", "2024-05-06-123015"),
        ("20240131120000000", "20240506123015250"),
        ("1700000000", "1714998615"),
        ("1999999999", "2000000000"),
        ("1700000000000", "1714998615250"),
        ("20241399", "20241400"),
    ],
)
def test_the_next_version_has_the_form_of_the_last_and_is_higher(last: str, following: str):
    assert next_number(last, NOON) == following


@pytest.mark.parametrize(
    ("paths", "up", "down"),
    [
        (["db/0001_init.sql"], "db/0002_add_x_idx.sql", ""),
        (["0001.sql"], "0002.sql", ""),
        (["m/V1__Init_db.sql", "m/R__views.sql"], "m/V2__add_x_idx.sql", ""),
        (["m/v2/001_a.sql", "m/v1/001_a.sql"], "m/v2/002_add_x_idx.sql", ""),
        (["m/1.do.init.sql", "m/1.undo.init.sql"], "m/2.do.add_x_idx.sql", "m/2.undo.add_x_idx.sql"),
        (
            ["m/1_a.up.sql", "m/1_a.down.sql", "m/2_b.up.sql"],
            "m/3_add_x_idx.up.sql",
            "m/3_add_x_idx.down.sql",
        ),
        (["m/001_a/up.sql", "m/001_a/down.sql"], "m/002_add_x_idx/up.sql", "m/002_add_x_idx/down.sql"),
        (["m/0001_a.sql", "m/0002_rows.py"], "m/0003_add_x_idx.sql", ""),
    ],
)
def test_the_next_file_is_called_like_the_last(paths: list[str], up: str, down: str):
    folder = "" if "/" not in paths[0] else paths[0].partition("/")[0]
    names = Layout.of(folder, paths).next("add_x_idx", NOON)
    assert (names.up, names.down) == (up, down)


def only(texts: Texts) -> tuple[str, tuple[str, ...]]:
    """The text of the only new file, and the notes."""
    changes = changes_of(texts)
    assert not changes.edits
    assert not project_of(with_changes(texts, changes)).advice
    return changes.creates[0].text, changes.notes


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            {"supabase/migrations/20240131120000_init.sql": TABLE},
            "The CLI of Supabase before 2.109 runs every migration in a transaction",
        ),
        ({"m/V1__init.sql": TABLE, "Cargo.toml": 'refinery = "0.8"'}, "refinery runs every migration"),
        (
            {"m/1.sql": f"-- !Ups\n{TABLE}\n-- !Downs\nDROP TABLE orders;\n"},
            "Play runs every migration",
        ),
        ({"m/001.sql": TABLE.replace(");", ") PARTITION BY HASH (id);")}, "a partitioned table"),
    ],
)
def test_an_index_that_cannot_be_made_beside_writes_is_made_plainly_and_that_is_said(
    texts: Texts, reason: str
):
    text, notes = only(texts | ASKS)
    assert "CREATE INDEX IF NOT EXISTS orders_customer_id_idx ON orders (customer_id);\n" in text
    assert any(reason in note for note in notes)


def test_the_file_says_what_a_failure_leaves():
    text, _ = only({"m/001.sql": TABLE} | ASKS)
    comments, statement = text.split("CREATE ")
    assert "INVALID" in comments
    assert all(line.startswith("-- ") for line in comments.splitlines())
    assert statement.startswith("INDEX CONCURRENTLY IF NOT EXISTS")


def test_names_in_quotes_keep_their_case():
    table = 'CREATE TABLE "Order" (id bigint PRIMARY KEY, "customerId" bigint NOT NULL);\n'
    asks = {
        "app.py": ASKS["app.py"].replace("orders", '\\"Order\\"').replace("customer_id", '\\"customerId\\"')
    }
    text, _ = only({"prisma/migrations/20240131120000_init/migration.sql": table} | asks)
    assert '"Order_customerId_idx" ON "Order" ("customerId");' in text


def test_a_runner_that_has_made_such_indexes_needs_no_note():
    more = {"m/002_more.sql": "CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);\n"}
    assert only({"m/001.sql": TABLE} | ASKS)[1]
    assert not only({"m/001.sql": TABLE} | more | ASKS)[1]


def test_the_file_with_sums_of_atlas_is_not_forgotten():
    text, notes = only({"m/20240131120000_init.sql": TABLE, "m/atlas.sum": "h1:x"} | ASKS)
    assert text.startswith("-- atlas:txmode none\n\n-- If this fails, drop the INVALID index")
    assert "atlas migrate hash" in notes[0]


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"m/1_init.sql": f"--liquibase formatted sql\n--changeset me:1\n{TABLE}"}, "Liquibase"),
        ({"drizzle/0000_init.sql": TABLE, "drizzle/meta/_journal.json": "{}"}, "drizzle-kit"),
    ],
)
def test_nothing_is_written_where_it_is_not_certain_what(texts: Texts, reason: str):
    with pytest.raises(UnwritableError, match=reason):
        changes_of(texts | ASKS)


@pytest.mark.parametrize(
    ("dialect", "up", "down"),
    [
        ("mysql", "CREATE INDEX {} ON orders (customer_id);", "DROP INDEX {} ON orders;"),
        ("sqlite", "CREATE INDEX IF NOT EXISTS {} ON orders (customer_id);", "DROP INDEX IF EXISTS {};"),
    ],
)
def test_other_databases_get_what_they_understand(dialect: str, up: str, down: str):
    project = project_of({"m/20240131120000_init.sql": f"-- migrate:up\n{TABLE}\n-- migrate:down\n"})
    remedy = add_index(project, Wanted("orders", Index("", (IndexPart("customer_id"),)), dialect))
    assert remedy is not None
    (created,) = remedy.plan.changes(project).creates
    name = "orders_customer_id_idx"
    assert created.text == f"-- migrate:up\n{up.format(name)}\n\n-- migrate:down\n{down.format(name)}\n"


def test_it_does_not_choose_between_two_histories_that_make_the_table():
    project = project_of({"a/001_init.sql": TABLE, "b/001_init.sql": TABLE})
    remedy = add_index(project, Wanted("orders", Index("", (IndexPart("customer_id"),))))
    assert remedy is not None
    with pytest.raises(UnwritableError, match="not one folder makes the table orders, but a, b"):
        remedy.plan.changes(project)


SECOND = "CREATE TABLE carts (id bigint PRIMARY KEY);\n"
LOWER = TABLE.lower().rstrip()
INDEX = "CREATE INDEX idx_orders_note ON orders (note);\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            TABLE + SECOND,
            f"{TABLE}\nCREATE INDEX orders_customer_id_idx ON orders (customer_id);\n{SECOND}",
        ),
        (
            TABLE + INDEX + SECOND,
            f"{TABLE}{INDEX}CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n{SECOND}",
        ),
        (
            f"{LOWER} -- all of them",
            f"{LOWER} -- all of them\n\ncreate index orders_customer_id_idx on orders (customer_id);",
        ),
        (
            TABLE.replace("\n", "\r\n"),
            f"{TABLE}\nCREATE INDEX orders_customer_id_idx ON orders (customer_id);\n".replace("\n", "\r\n"),
        ),
    ],
)
def test_in_a_schema_file_it_stands_behind_what_belongs_to_the_table(before: str, after: str):
    texts = {"schema.sql": before} | ASKS
    project = project_of(texts)
    (remedy,) = remedies(project)
    assert remedy is not None
    assert remedy.title == "Add the index to `schema.sql`"
    changed = with_changes(texts, remedy.plan.changes(project))
    assert changed["schema.sql"] == after
    assert not project_of(changed).advice


def test_a_schema_file_makes_the_extension_first():
    changes = changes_of({"schema.sql": TABLE} | SEARCHES)
    assert changes.edits["schema.sql"][0].text == (
        "\n\nCREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
        "CREATE INDEX orders_note_idx ON orders USING gin (note gin_trgm_ops);"
    )


def test_a_dump_alone_is_changed_with_a_note():
    (note,) = changes_of({"structure.sql": f"-- PostgreSQL database dump\n\n{TABLE}"} | ASKS).notes
    assert "A tool wrote structure.sql" in note
