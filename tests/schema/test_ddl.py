"""What statements of DDL do, in the dialects; tests/servers compares many more with PostgreSQL itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.schema.reading import SCRIPTS, placeless, read, table

from backend_architect.schema.actions import MakeTable
from backend_architect.schema.applying import apply
from backend_architect.schema.changes import CreateTable
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Index, IndexPart, Origin, Schema
from backend_architect.schema.statements import create_statements

MYSQL = """
CREATE TABLE `orders` (
  `id` int(11) unsigned NOT NULL AUTO_INCREMENT COMMENT 'the key, and more',
  `customerId` bigint NOT NULL,
  `email` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `state` enum('new','it''s paid') NOT NULL DEFAULT 'new',
  `price` decimal(10,2) DEFAULT '0.00',
  `total` int GENERATED ALWAYS AS (`id` + 1) VIRTUAL,
  `changed` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `text` text,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_email` (`email`),
  KEY `by_state` (`state`,`changed` DESC) USING BTREE,
  KEY (`email`(20)),
  FULLTEXT KEY `words` (`text`),
  CONSTRAINT `to_customer` FOREIGN KEY (`customerId`) REFERENCES `customers` (`id`)
    ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='orders; all of them';
"""


def shapes(*indexes: Index) -> dict[str, tuple[tuple[str | None, ...], bool, str]]:
    return {index.name: (index.columns, index.unique, index.using) for index in indexes}


@pytest.mark.parametrize("title", SCRIPTS)
def test_what_is_written_is_read_as_the_same(title: str) -> None:
    schema = read(SCRIPTS[title])
    again = read("".join(f"{statement};\n" for statement in create_statements(schema)))
    first, second = placeless(schema), placeless(again)
    for one in first.tables.values():
        # CREATE TABLE names the constraints of a table before its indexes.
        one.indexes.sort(key=lambda index: index.kind == "index")
        one.checks.sort(key=lambda check: not check.validated)
    # Partitions are written behind the tables that they are parts of.
    assert sorted(second.tables) == sorted(first.tables)
    for name, one in first.tables.items():
        other = second.tables[name]
        if not one.partition_of:
            assert replace(other, indexes=[]) == replace(one, indexes=[])
        assert shapes(*other.indexes).keys() == shapes(*one.indexes).keys()
    assert second.enums == first.enums
    assert second.views.keys() == first.views.keys()


@pytest.mark.parametrize("title", SCRIPTS)
def test_no_prefix_of_a_script_raises(title: str) -> None:
    text = SCRIPTS[title]
    step = max(1, len(text) // 150)
    for end in range(0, len(text), step):
        read(text[:end])
        read(text[end:])


@pytest.mark.parametrize("dialect", ["mysql", "sqlite", "tsql", "oracle", "nonsense"])
def test_no_dialect_makes_it_raise(dialect: str) -> None:
    for text in (*SCRIPTS.values(), MYSQL):
        schema = read(text, dialect)
        assert all(isinstance(statement, str) for statement in create_statements(schema))


def test_mysql() -> None:
    orders = table(MYSQL, "mysql")
    assert {name: (column.type, column.nullable) for name, column in orders.columns.items()} == {
        "id": ("integer unsigned", False),
        "customerId": ("bigint", False),
        "email": ("varchar(255)", True),
        "state": ("enum('new', 'it''s paid')", False),
        "price": ("decimal(10,2)", True),
        "total": ("integer", True),
        "changed": ("timestamp", True),
        "text": ("text", True),
    }
    assert orders.columns["id"].default == "auto_increment"
    assert orders.columns["state"].choices == ("new", "it's paid")
    assert shapes(*orders.indexes) == {
        "PRIMARY": (("id",), True, "btree"),
        "uq_email": (("email",), True, "btree"),
        "by_state": (("state", "changed"), False, "btree"),
        "email": (("email",), False, "btree"),
        "words": (("text",), False, "fulltext"),
        "to_customer": (("customerId",), False, "btree"),
    }
    (key,) = orders.foreign_keys
    assert (key.columns, key.table, key.to, key.on_delete, key.on_update) == (
        ("customerId",), "customers", ("id",), "cascade", "",
    )  # fmt: skip


def test_mysql_alters() -> None:
    orders = table(
        MYSQL
        + """
        ALTER TABLE orders ADD KEY by_price (price, (lower(email)) DESC), DROP INDEX by_state,
            DROP FOREIGN KEY to_customer, CHANGE `state` phase varchar(20) NOT NULL,
            MODIFY price bigint NOT NULL DEFAULT 1 AFTER id, DROP KEY words, DROP PRIMARY KEY,
            RENAME INDEX uq_email TO unique_email, ADD COLUMN (a int, b int UNIQUE), ADD UNIQUE INDEX (a, b),
            ADD FULLTEXT INDEX `new words` (`text`);
        CREATE UNIQUE INDEX later USING BTREE ON orders (changed);
        CREATE INDEX gone ON orders (changed);
        DROP INDEX gone ON orders;
        RENAME TABLE orders TO purchases;
        """,
        "mysql",
    )
    assert orders.name == "purchases"
    assert orders.columns["phase"].type == "varchar(20)"
    assert (orders.columns["price"].type, orders.columns["price"].nullable) == ("bigint", False)
    assert shapes(*orders.indexes) == {
        "unique_email": (("email",), True, "btree"),
        "email": (("email",), False, "btree"),
        "to_customer": (("customerId",), False, "btree"),
        "by_price": (("price", None), False, "btree"),
        "b": (("b",), True, "btree"),
        "a": (("a", "b"), True, "btree"),
        "new words": (("text",), False, "fulltext"),
        "later": (("changed",), True, "btree"),
    }
    assert orders.foreign_keys == []


def test_sqlite() -> None:
    notes = table(
        """
        CREATE TABLE "notes" (id INTEGER PRIMARY KEY AUTOINCREMENT, [the title] TEXT NOT NULL COLLATE NOCASE,
            body, owner INTEGER REFERENCES users(id) ON DELETE CASCADE, made TEXT DEFAULT (datetime('now')),
            UNIQUE (owner, [the title]) ON CONFLICT REPLACE,
            FOREIGN KEY(owner) REFERENCES users(id)) WITHOUT ROWID, STRICT;
        CREATE INDEX IF NOT EXISTS main.by_title ON notes ([the title] COLLATE NOCASE DESC, lower(body))
            WHERE body IS NOT NULL;
        ALTER TABLE notes RENAME COLUMN body TO content;
        """,
        "sqlite",
    )
    assert [(column.name, column.type) for column in notes.columns.values()] == [
        ("id", "integer"), ("the title", "text"), ("content", ""), ("owner", "integer"), ("made", "text"),
    ]  # fmt: skip
    assert notes.columns["id"].default == "autoincrement"
    assert notes.columns["made"].default == "(datetime('now'))"
    assert notes.indexes[-1].parts == (
        IndexPart("the title", descending=True, collation="nocase"),
        IndexPart(None, "lower(content)"),
    )
    assert notes.indexes[-1].where == "content is not null"
    assert len(notes.foreign_keys) == 2


def test_expressions_are_normalized() -> None:
    found = table(
        """
        CREATE TABLE t (a text, b int, c jsonb);
        CREATE INDEX i ON t (LOWER( a ) , (b+1), ((C ->> 'Key')), (c#>>'{A,b}'),
            Date_Trunc('DAY', "a"::timestamp), (coalesce(a,'X')||'y'), (b * -1), ((b IN (1,2))))
        WHERE a IS NOT NULL AND (b=1 OR NOT b>=2) AND a LIKE 'A%' -- why
        """
    )
    (index,) = found.indexes
    assert [part.expression for part in index.parts] == [
        "lower(a)", "b + 1", "c ->> 'Key'", "c #>> '{A,b}'", "date_trunc('DAY', \"a\"::timestamp)",
        "coalesce(a, 'X') || 'y'", "b * - 1", "b in (1, 2)",
    ]  # fmt: skip
    assert index.where == "a is not null and (b = 1 or not b >= 2) and a like 'A%'"


def test_places() -> None:
    text = "SELECT 1;\n\n-- a comment\nCREATE TABLE a (\n  id int,\n\n  b int UNIQUE\n); "
    a = table(text + "CREATE INDEX i\n ON a (b);")
    assert a.origin == Origin("schema.sql", 4)
    assert a.columns["b"].origin == Origin("schema.sql", 7)
    assert [index.origin for index in a.indexes] == [Origin("schema.sql", 7), Origin("schema.sql", 8)]


def test_templates_and_placeholders() -> None:
    schema = read(
        """
        CREATE TABLE ${schema}.orders (id int, {{ column }} int);
        CREATE TABLE {{ target.schema }}.lines (id int PRIMARY KEY);
        CREATE TABLE {prefix}_things (id int);
        CREATE INDEX i ON :schema.lines (id);
        """
    )
    assert list(schema.tables) == ["lines"]
    assert [index.name for index in schema.tables["lines"].indexes] == ["lines_pkey", "i"]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE",
        "CREATE TABLE t",
        "CREATE TABLE t (CONSTRAINT c)",
        "CREATE TABLE t (id int, FOREIGN KEY (id))",
        "CREATE TABLE t (id int REFERENCES)",
        "CREATE INDEX ON t",
        "ALTER TABLE",
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN CREATE TABLE t (id int); END $$ LANGUAGE plpgsql",
        "SELECT 'CREATE TABLE t (id int);'",
        "COPY t FROM stdin;\nCREATE TABLE t (id int);\n\\.\n",
        "-- CREATE TABLE t (id int);",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE t (id int)'; END $$",
    ],
)
def test_what_says_nothing(text: str) -> None:
    steps = changes_of_sql(text, "postgres", "schema.sql")
    assert [step for step in steps if not isinstance(step.change, MakeTable)] == []


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE s.t (${key}, id int)",
        "CREATE TEMP TABLE s.t (id int)",
        'create local temporary table if not exists "s"."t" (id int)',
    ],
)
def test_of_a_table_that_is_not_of_the_schema_only_the_name_is_known(text: str) -> None:
    assert [step.change for step in changes_of_sql(text, "postgres", "schema.sql")] == [MakeTable("s.t")]


@pytest.mark.parametrize("words", ["TEMP TABLE", "GLOBAL TEMPORARY TABLE", "TEMP TABLE IF NOT EXISTS"])
def test_what_only_a_session_sees_is_no_part_of_the_schema(words: str) -> None:
    (step,) = changes_of_sql(f"CREATE {words} t (id int)", "postgres", "schema.sql")
    assert step.change == MakeTable("t")
    assert not read(f"CREATE {words} t (id int);").tables


def test_an_action_that_cannot_be_read_does_not_hide_the_others() -> None:
    found = table(
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT x NONSENSE (a), ADD b int, ALTER a, ADD c int"
    )
    assert list(found.columns) == ["a", "b", "c"]


def test_columns_of_queries() -> None:
    schema = read(
        """
        CREATE TABLE copy AS SELECT id, name AS label, count(*) AS n FROM t GROUP BY 1, 2 WITH NO DATA;
        CREATE TABLE named (a, b) AS SELECT 1, 2;
        CREATE TABLE everything AS SELECT * FROM t;
        CREATE TABLE some AS TABLE t;
        """
    )
    found = {one.name: (list(one.columns), one.complete) for one in schema.tables.values()}
    assert found == {
        "copy": (["id", "label", "n"], True),
        "named": (["a", "b"], True),
        "everything": ([], False),
        "some": ([], False),
    }


def test_a_step_is_left_as_it_is() -> None:
    (step,) = changes_of_sql("CREATE TABLE t (id int PRIMARY KEY)", "postgres", "schema.sql")
    before = repr(step)
    schema = Schema()
    apply(schema, step)
    for later in changes_of_sql("ALTER TABLE t ADD a int, DROP CONSTRAINT t_pkey", "postgres", "schema.sql"):
        apply(schema, later)
    assert isinstance(step.change, CreateTable)
    assert repr(step) == before
