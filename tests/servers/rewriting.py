"""Migrations into which safe sequences are written, and what PostgreSQL has after them."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from migrating import TABLES, blocking_scans, in_use
from postgres import database, programs
from tests.project_texts import project_of, with_changes

from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from tests.project_texts import Texts

    from backend_architect.migrations.phases import Phase

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


def rewritten(
    texts: Texts,
    kind: type,
    sequence: Callable[..., tuple[Phase, ...]],
    path: str = "",
    runner: str = "",
) -> Texts:
    """The files after the first change of a kind in one migration, or in the last, is made in a safe way."""
    project = project_of(texts, runner)
    wanted = path or max(step.script.path for step in steps_of(project))
    for step in steps_of(project):
        if isinstance(step.change, kind) and step.script.path == wanted:
            remedy = rewrite("", step, sequence(step.change))
            assert remedy is not None
            return with_changes(texts, remedy.plan.changes(project))
    raise AssertionError(f"{wanted} does not do this")


def schema_in(conninfo: str) -> str:
    """All that `pg_dump` says of the schema of a database."""
    command = [programs() / "pg_dump", "--schema-only", "--no-owner", "--dbname", conninfo]
    dump = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return re.sub(r"^\\(?:un)?restrict .*$", "", dump, flags=re.MULTILINE)


@contextmanager
def watched(conninfo: str, scans: str = "VALIDATE|CREATE|UPDATE") -> Generator[list[str]]:
    """What kept others from writing orders while it was read as a whole; it is known at the end.

    `scans` is the pattern of the statements that may hold no lock of that kind for more than a moment.
    """
    found: list[str] = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        (size,) = connection.execute("SELECT size FROM pg_stat_file('../log')").fetchone()
        with in_use(conninfo) as seen:
            yield found
        (log,) = connection.execute("SELECT pg_read_file('../log', %s, 100000000)", [size]).fetchone()
    found += [*blocking_scans(log), *seen.held_while(scans)]
