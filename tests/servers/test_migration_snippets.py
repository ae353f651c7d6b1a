"""Migrations that snippets write, on a table that a program reads and writes all the time."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from migrating import ROWS, TABLES, MigrationError, blocking_scans, in_use, project
from migration_cases import CASES, Case
from postgres import database
from tests.snippets.running import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Shop = Callable[[], AbstractContextManager[str]]

FRAMEWORKS = ["sql", "alembic", "django"]
SCANS = "VALIDATE|CONCURRENTLY|REFRESH|CREATE MATERIALIZED|WITH "


@pytest.fixture(scope="module")
def shop(postgres: str) -> Generator[Shop]:
    """Gives databases of their own with all rows in them."""
    with database(postgres, "shop") as filled:
        with psycopg.connect(filled, autocommit=True) as connection:
            connection.execute(TABLES.encode())

        @contextmanager
        def copy() -> Generator[str]:
            with database(postgres, "copy", "TEMPLATE shop STRATEGY file_copy") as conninfo:
                with psycopg.connect(postgres, autocommit=True) as connection:
                    connection.execute("ALTER DATABASE copy SET log_min_messages = debug1")
                    connection.execute("ALTER DATABASE copy SET log_statement = 'all'")
                yield conninfo

        yield copy


@contextmanager
def reading_log(conninfo: str) -> Generator[list[str]]:
    """What the server writes to its log meanwhile; it is there at the end."""
    log: list[str] = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        (size,) = connection.execute("SELECT size FROM pg_stat_file('../log')").fetchone()
        yield log
        log += connection.execute("SELECT pg_read_file('../log', %s, 100000000)", [size]).fetchone()


def asked(conninfo: str, question: str) -> object:
    """The only value that a query gives."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        ((value,),) = connection.execute(question.encode()).fetchall()
    return value


def prepare(conninfo: str, case: Case) -> None:
    """Make what is there before the migration."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(case.before.encode())
        for name in case.left:
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON orders (status)".encode())


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.snippet)
def test_a_migration_blocks_nobody(shop: Shop, tmp_path: Path, case: Case, framework: str):
    with shop() as conninfo:
        prepare(conninfo, case)
        with (
            project(framework, conninfo, tmp_path, case.snippet, case.edits.get(framework)) as one,
            reading_log(conninfo) as log,
            in_use(conninfo) as seen,
        ):
            one.up()
            assert asked(conninfo, case.after) is True
            if case.back:
                one.down()
                assert asked(conninfo, case.back) is True
            else:
                with pytest.raises(MigrationError, match=r"way back|NotImplementedError|IrreversibleError"):
                    one.down()
                assert asked(conninfo, case.after) is True
        assert seen.longest < 2, "lock_timeout"
        assert seen.held_while(SCANS) == []
        assert list(blocking_scans(log[0])) == []
        assert asked(conninfo, "SELECT count(*) FROM orders") == ROWS + seen.rows
