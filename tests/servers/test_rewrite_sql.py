"""Safe sequences in SQL files, run as each tool runs them, while a program uses the table."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from migrating import TABLES
from postgres import database, programs
from rewriting import rewritten, schema_in, watched
from tests.project_texts import project_of, with_changes

from backend_architect.migrations import sequences
from backend_architect.migrations.limiting import limit_waiting
from backend_architect.migrations.sql_extras import merge_alters
from backend_architect.migrations.walking import steps_of
from backend_architect.schema import actions, changes
from backend_architect.schema.migrations import backward, forward

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.project_texts import Texts

    from backend_architect.migrations.phases import Phase

    Shop = Callable[[], AbstractContextManager[str]]

SCANS = (
    "(?is)^(?!.*VALIDATE.*SET NOT NULL)"
    "(?:.*VALIDATE|.*CONCURRENTLY|.*CREATE (?:UNIQUE )?INDEX|.*UPDATE orders SET remark)"
)
"""Where a message has a short lock behind the scan, only the log tells the two apart."""


@dataclass(frozen=True)
class Case:
    """A migration, which of its changes is made in another way, and in which."""

    name: str
    up: str
    kind: type
    sequence: Callable[..., tuple[Phase, ...]]
    down: str = ""
    before: str = ""
    blocks: bool = True
    """Whether the original keeps others from writing for long."""


NUMBER = "CREATE INDEX orders_number_idx ON orders (number);\n"
SLOW = "length(repeat(note, 200)) > 0"
UNVALIDATED = f"ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0 AND {SLOW}) NOT VALID;\n"
CASES = (
    Case("index", NUMBER, changes.AddIndex, sequences.beside_writes, "DROP INDEX orders_number_idx;\n"),
    Case(
        "unique index",
        "create unique index orders_number_idx on orders (number) where number <> '';\n",
        changes.AddIndex,
        sequences.beside_writes,
        "drop index orders_number_idx;\n",
    ),
    Case(
        "drop index",
        "DROP INDEX orders_number_idx;\n",
        changes.DropIndex,
        sequences.beside_writes,
        NUMBER,
        before=NUMBER,
        blocks=False,
    ),
    Case(
        "foreign key",
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE;\n",
        changes.AddForeignKey,
        sequences.foreign_key,
        "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;\n",
    ),
    Case(
        "check",
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0);\n",
        changes.AddCheck,
        sequences.check,
        "ALTER TABLE orders DROP CONSTRAINT positive;\n",
    ),
    Case(
        "validation",
        f"{UNVALIDATED}ALTER TABLE orders VALIDATE CONSTRAINT positive;\n",
        changes.ValidateConstraint,
        sequences.validated_later,
        "ALTER TABLE orders DROP CONSTRAINT positive;\n",
    ),
    Case(
        "not null",
        "ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n",
        changes.AlterColumn,
        sequences.not_null,
        "ALTER TABLE orders ALTER COLUMN customer_id DROP NOT NULL;\n",
    ),
    Case(
        "unique constraint",
        "ALTER TABLE orders\n    ADD CONSTRAINT one_number UNIQUE (number) INCLUDE (total);\n",
        changes.AddIndex,
        sequences.through_index,
        "ALTER TABLE orders DROP CONSTRAINT one_number;\n",
    ),
    Case(
        "primary key",
        "ALTER TABLE orders ADD PRIMARY KEY (id);\n",
        changes.AddIndex,
        sequences.through_index,
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey;\n",
        before="ALTER TABLE orders DROP CONSTRAINT orders_pkey;\nCREATE UNIQUE INDEX by_id ON orders (id);\n",
    ),
    Case(
        "default",
        "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();\n",
        changes.AddColumn,
        sequences.default_later,
        "ALTER TABLE orders DROP COLUMN token;\n",
    ),
    Case(
        "rows",
        "ALTER TABLE orders ADD COLUMN remark text;\nUPDATE orders SET remark = note;\n",
        actions.WriteRows,
        sequences.apart,
        "ALTER TABLE orders DROP COLUMN remark;\n",
    ),
)
BY_NAME = {case.name: case for case in CASES}


@dataclass(frozen=True)
class Tool:
    """How files are called, what stands in them, and how they are run."""

    name: str
    up: str
    """The path of a migration, with its number and words."""
    text: str
    run: Callable[[str, str, Path], None]
    down: str = ""
    """The path of the file that undoes it; empty where a section does, or nothing."""
    runner: str = ""
    """What settings say."""

    def migration(self, number: int, words: str, up: str, down: str) -> Texts:
        """The files of a migration."""
        files = {self.up.format(number, words): self.text.format(up=up, down=down)}
        return files | ({self.down.format(number, words): down} if self.down else {})


def psql(conninfo: str, text: str, folder: Path, *options: str) -> None:
    """Run a text as a file."""
    file = folder / "run.sql"
    file.write_text(text, encoding="utf-8")
    command = [programs() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, "-d", conninfo, "-f", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def in_one(conninfo: str, text: str, folder: Path) -> None:
    """Run a text as one transaction."""
    psql(conninfo, text, folder, "--single-transaction")


def as_message(conninfo: str, text: str, folder: Path) -> None:
    """Send a text as it is, in one message."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(text.encode())


def as_goose(conninfo: str, text: str, folder: Path) -> None:
    """Run a text in a transaction unless it says otherwise."""
    run = psql if "-- +goose NO TRANSACTION" in text else in_one
    run(conninfo, text, folder)


PSQL = Tool("psql", "db/{:04}_{}.sql", "{up}", psql)
BEGUN = Tool("transactions in files", "db/{:04}_{}.sql", "BEGIN;\n{up}COMMIT;\n", psql)
GOOSE = Tool("goose", "db/{:05}_{}.sql", "-- +goose Up\n{up}\n-- +goose Down\n{down}", as_goose)
GOLANG = Tool("golang-migrate", "db/{:06}_{}.up.sql", "{up}", as_message, "db/{:06}_{}.down.sql")
IN_ONE = Tool("psql -1", "db/{:04}_{}.sql", "{up}", in_one, runner="psql-single-transaction")


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[Shop]:
    """Gives databases of their own with all rows in them, which log what they do."""
    with database(postgres, "shop_sql") as filled:
        with psycopg.connect(filled, autocommit=True) as connection:
            connection.execute(TABLES.encode())

        @contextmanager
        def copy() -> Generator[str]:
            with database(postgres, "copy_sql", "TEMPLATE shop_sql STRATEGY file_copy") as conninfo:
                with psycopg.connect(postgres, autocommit=True) as connection:
                    connection.execute("ALTER DATABASE copy_sql SET log_min_messages = debug1")
                    connection.execute("ALTER DATABASE copy_sql SET log_statement = 'all'")
                yield conninfo

        yield copy


def migrated(shop: Shop, tool: Tool, texts: Texts, before: str, folder: Path) -> tuple[str, str, list[str]]:
    """The schemas after the migrations and after they are undone, and what they kept others from."""
    forwards = sorted(path for path in texts if not path.endswith("down.sql") and "init" not in path)
    with shop() as conninfo:
        if before:
            psql(conninfo, before, folder)
        with watched(conninfo, SCANS) as found:
            for path in forwards:
                tool.run(conninfo, forward(texts[path]), folder)
        after = schema_in(conninfo)
        for path in reversed(forwards):
            text = texts.get(path.replace("up.sql", "down.sql"), "") if tool.down else backward(texts[path])
            told = re.search(r"-- \+goose NO.*\n", texts[path])
            tool.run(conninfo, (told[0] if told else "") + text, folder)
        return after, schema_in(conninfo), found


def files_of(tool: Tool, case: Case, more: str = "", less: str = "") -> Texts:
    """A history whose second migration is that of a case."""
    return tool.migration(1, "init", TABLES + case.before, "SELECT 1;\n") | tool.migration(
        2, "next", more + case.up, case.down + less
    )


def fixed(tool: Tool, case: Case, texts: Texts) -> Texts:
    """The files with the safe sequence."""
    return rewritten(texts, case.kind, case.sequence, tool.up.format(2, "next"), tool.runner)


def test_the_cases_say_all_sequences():
    known = {"beside_writes", "foreign_key", "check", "validated_later", "not_null", "through_index"}
    assert {case.sequence.__name__ for case in CASES} == known | {"default_later", "apart"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_transaction_of_the_file_blocks_nobody_any_more(shop: Shop, tmp_path: Path, case: Case):
    texts = files_of(BEGUN, case)
    expected, _, blocked = migrated(shop, BEGUN, texts, case.before, tmp_path)
    assert bool(blocked) is case.blocks
    schema, _, blocked = migrated(shop, BEGUN, fixed(BEGUN, case, texts), case.before, tmp_path)
    assert blocked == []
    assert schema == expected


CHOSEN = [
    *((tool, BY_NAME[name]) for tool in (GOOSE, GOLANG) for name in ("index", "unique constraint")),
    *((tool, BY_NAME[name]) for tool in (GOOSE, GOLANG, IN_ONE) for name in ("foreign key", "not null")),
]


@pytest.mark.parametrize(("tool", "case"), CHOSEN, ids=lambda one: one.name)
@pytest.mark.parametrize("more", ["", "ALTER TABLE orders ADD COLUMN place text;\n"], ids=["alone", "more"])
def test_each_tool_runs_it_and_undoes_it(shop: Shop, tmp_path: Path, tool: Tool, case: Case, more: str):
    less = "ALTER TABLE orders DROP COLUMN place;\n" if more else ""
    texts = files_of(tool, case, more, less)
    after = fixed(tool, case, texts)
    with shop() as conninfo:
        start = schema_in(conninfo)
        psql(conninfo, more + case.up, tmp_path)
        expected = schema_in(conninfo)
    schema, undone, blocked = migrated(shop, tool, after, case.before, tmp_path)
    assert blocked == []
    assert schema == expected
    if tool is not IN_ONE:
        assert undone == start


def test_psql_runs_each_statement_by_itself(shop: Shop, tmp_path: Path):
    for name in ("not null", "primary key"):
        case = BY_NAME[name]
        texts = files_of(PSQL, case)
        expected, _, blocked = migrated(shop, PSQL, texts, case.before, tmp_path)
        assert blocked
        schema, _, blocked = migrated(shop, PSQL, fixed(PSQL, case, texts), case.before, tmp_path)
        assert blocked == []
        assert schema == expected


def test_a_required_column_comes_without_its_rows(shop: Shop, tmp_path: Path):
    up = "ALTER TABLE orders ADD COLUMN place text NOT NULL;\n"
    case = Case("nullable", up, changes.AddColumn, sequences.nullable_first)
    texts = files_of(PSQL, case)
    with pytest.raises(AssertionError, match="contains null values"):
        migrated(shop, PSQL, texts, "", tmp_path)
    _, _, blocked = migrated(shop, PSQL, fixed(PSQL, case, texts), "", tmp_path)
    assert blocked == []


@pytest.mark.parametrize("tool", [PSQL, BEGUN, GOOSE, GOLANG], ids=lambda tool: tool.name)
def test_whoever_waits_for_a_lock_gives_up(shop: Shop, tmp_path: Path, tool: Tool):
    texts = files_of(tool, Case("column", "ALTER TABLE orders ADD place text;\n", object, sequences.apart))
    path = tool.up.format(2, "next")
    project = project_of(texts)
    step = next(one for one in steps_of(project) if one.script.path == path and one.locks)
    remedy = limit_waiting(step)
    assert remedy is not None
    after = with_changes(texts, remedy.plan.changes(project))[path].replace("'2s'", "'50ms'")
    with shop() as conninfo, psycopg.connect(conninfo) as reader:
        reader.execute("SELECT 1 FROM orders LIMIT 1")
        with pytest.raises((AssertionError, psycopg.errors.LockNotAvailable), match="lock timeout"):
            tool.run(conninfo, forward(after), tmp_path)
        reader.commit()
        tool.run(conninfo, forward(after), tmp_path)


def test_one_alter_does_what_two_did(shop: Shop, tmp_path: Path):
    text = "ALTER TABLE orders ADD place text NOT NULL DEFAULT 'x';\nALTER TABLE orders DROP note;\n"
    project = project_of(files_of(PSQL, Case("two", text, object, sequences.apart)))
    *_, step = steps_of(project)
    remedy = merge_alters(step, step.step.statement - 1)
    assert remedy is not None
    path = step.script.path
    after = with_changes({path: text}, remedy.plan.changes(project))[path]
    schemas: list[str] = []
    for one in (text, after):
        with shop() as conninfo:
            psql(conninfo, one, tmp_path)
            schemas.append(schema_in(conninfo))
    assert after.count("ALTER TABLE") == 1
    assert schemas[0] == schemas[1]
