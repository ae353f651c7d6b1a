"""Migrations that are rewritten, and what PostgreSQL has after them."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from migrating import TABLES, blocking_scans, in_use
from postgres import database, programs

from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of
from project_texts import project_of, with_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from backend_architect.migrations.phases import Phase
    from project_texts import Texts

    Shop = Callable[[], AbstractContextManager[str]]


@contextmanager
def filled_shop(postgres: str, *statements: str) -> Generator[Shop]:
    """Gives databases of their own with all rows in them, which log what they do."""
    with database(postgres, "shop") as filled:
        with psycopg.connect(filled, autocommit=True) as connection:
            for statement in (TABLES, *statements):
                connection.execute(statement.encode())

        @contextmanager
        def copy() -> Generator[str]:
            with database(postgres, "copy", "TEMPLATE shop STRATEGY file_copy") as conninfo:
                with psycopg.connect(postgres, autocommit=True) as connection:
                    connection.execute("ALTER DATABASE copy SET log_min_messages = debug1")
                    connection.execute("ALTER DATABASE copy SET log_statement = 'all'")
                yield conninfo

        yield copy


def schema_in(conninfo: str) -> str:
    """All that `pg_dump` says of the schema of a database."""
    dump = subprocess.run(
        [programs() / "pg_dump", "--schema-only", "--no-owner", "--dbname", conninfo],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return re.sub(r"^\\(?:un)?restrict .*$", "", dump.stdout, flags=re.MULTILINE)


def rewritten(texts: Texts, kind: type, sequence: Callable[..., tuple[Phase, ...]]) -> Texts:
    """The files after the first change of a kind, in the last of the migrations, is made in a safe way."""
    project = project_of(texts)
    last = max(step.script.path for step in steps_of(project))
    for step in steps_of(project):
        if isinstance(step.change, kind) and step.script.path == last:
            remedy = rewrite("", step, sequence(step.change))
            assert remedy is not None
            return with_changes(texts, remedy.plan.changes(project))
    raise AssertionError(f"{last} does not do this")


@contextmanager
def watched(conninfo: str) -> Generator[list[str]]:
    """What kept others from reading and writing orders meanwhile; it is known at the end."""
    found: list[str] = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        (size,) = connection.execute("SELECT size FROM pg_stat_file('../log')").fetchone() or (0,)
        with in_use(conninfo) as seen:
            yield found
        (log,) = connection.execute("SELECT pg_read_file('../log', %s, 100000000)", [size]).fetchone() or (
            "",
        )
    found += [*blocking_scans(log), *seen.held_while("VALIDATE|CREATE|UPDATE")]
