"""The tools that run SQL migrations: how they are recognized, and how a file asks for no transaction.

PostgreSQL makes an index beside running writes only outside of transactions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import NewFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.indexing.sql_layout import NewNames
    from backend_architect.migrations.histories import Script


@dataclass(frozen=True, slots=True)
class Runner:
    """A tool, or a kind of file that it reads."""

    name: str
    short: str = ""
    """As settings call it, where that is not its name in lower case."""
    text: str = ""
    """What its files say, as a pattern; empty where only names tell."""
    path: str = ""
    """What the path of its files is like, as a pattern."""
    beside: tuple[str, str] = ("", "")
    """A file in a folder above the migrations, and a word in it."""
    first: str = ""
    """The first line of any file; `{last}` is the migration before it."""
    head: str = ""
    """What stands above all else in a file that is run without a transaction."""
    up: str = ""
    down: str = ""
    """The lines above what is done and what undoes it."""
    option: str = ""
    """What these lines say in addition in a file that is run without a transaction."""
    extra: tuple[str, str] = ("", "")
    """What is appended to the path for a file that says so, or its name if it begins with `/`; its text."""
    refusal: str = ""
    """Why no file is written for it; empty where one is."""
    lone: bool = True
    """Whether it can run a statement without a transaction."""
    alone: str = ""
    """What a person must know who runs a file without a transaction for the first time."""
    note: str = ""
    """What is left to the person who adds an index."""
    sums: str = ""
    """What is left to the person after any change of the files."""
    alone_if: str = ""
    """What a file says that is run without a transaction, as a pattern."""
    sends_text: bool = False
    """Whether it sends the text of a file in one message, and begins no transaction."""
    single: bool = False
    """Whether it sends the text of a file that runs without a transaction in one message."""
    looks_first: bool = False
    """Whether it finds out itself that no statement of a file may run in a transaction."""


_LONE: Final = "the migration makes it in the plain way, and writes to the table wait until it is there."

RUNNERS: Final = (
    # pressly/goose, README: "-- +goose NO TRANSACTION".
    Runner(
        "goose",
        text=r"--\s*\+goose\s+up",
        head="-- +goose NO TRANSACTION",
        up="-- +goose Up",
        down="-- +goose Down",
        alone_if=r"^\s*--\s*\+goose\s+no\s+transaction",
    ),
    # rubenv/sql-migrate, README: "notransaction".
    Runner(
        "sql-migrate",
        text=r"--\s*\+migrate\s+up",
        up="-- +migrate Up",
        down="-- +migrate Down",
        option=" notransaction",
        alone_if=r"^\s*--\s*\+migrate\s+up\b.*\bnotransaction",
    ),
    # amacneil/dbmate, README: "transaction:false"; amacneil/dbmate#182 for several statements.
    Runner(
        "dbmate",
        text=r"--\s*migrate:up",
        up="-- migrate:up",
        down="-- migrate:down",
        option=" transaction:false",
        single=True,
        alone_if=r"^\s*--\s*migrate:up\b.*\btransaction:\s*false",
    ),
    # node-pg-migrate: only migrations in JavaScript can call `pgm.noTransaction()`.
    Runner(
        "node-pg-migrate",
        text=r"--[\s-]*up\s+migration",
        up="-- Up Migration",
        down="-- Down Migration",
        lone=False,
    ),
    Runner(
        "Liquibase",
        text=r"--\s*liquibase formatted sql",
        refusal="a changeset of Liquibase has an author, and a changelog that names its file",
        alone_if=r"^\s*--\s*changeset\b.*\brunInTransaction:\s*[\"']?false",
    ),
    Runner(
        "drizzle-kit",
        beside=("meta/_journal.json", ""),
        refusal="drizzle-kit writes the migration itself, from the index in its schema",
    ),
    Runner("Play", text=r"--\s*!ups", up="-- !Ups", down="-- !Downs", lone=False),
    Runner("MyBatis", text=r"--\s*//\s*@undo", down="-- //@UNDO", lone=False),
    # yoyo-migrations 9, migrations.py: the directives of SQL files.
    Runner(
        "yoyo",
        text=r"--\s*depends:",
        first="-- depends: {last}",
        head="-- transactional: false",
        alone_if=r"^\s*--\s*transactional:\s*false",
    ),
    # Atlas, documentation: "Transaction configuration", file-level directives.
    Runner(
        "Atlas",
        beside=("atlas.sum", ""),
        head="-- atlas:txmode none\n",
        alone_if=r"^\s*--\s*atlas:txmode\s+none",
        sums="Run `atlas migrate hash`, so that atlas.sum knows the files as they are.",
    ),
    # supabase/cli#2898: the statements of a file went through one pipeline; v2.109.0 made an exception.
    Runner(
        "The CLI of Supabase before 2.109",
        short="supabase",
        path=r"(?:.*/)?supabase/migrations/.*",
        lone=False,
    ),
    Runner("Hasura", path=r".*/1\d{12}_[^/]*/up\.sql", lone=False),
    # prisma/prisma#14456: the text is sent as it is; a single statement is no transaction.
    Runner(
        "Prisma",
        path=r".*/migration\.sql",
        sends_text=True,
        note="Declare the index in schema.prisma as well (`@@index`), "
        "or the next `prisma migrate dev` drops it.",
    ),
    Runner(
        "diesel",
        path=r".*/up\.sql",
        beside=("Cargo.toml", "diesel"),
        extra=("/metadata.toml", "run_in_transaction = false\n"),
        single=True,
    ),
    Runner("refinery", beside=("Cargo.toml", "refinery"), lone=False),
    # sqlx 0.8, changelog: `-- no-transaction` as the first line.
    Runner(
        "sqlx",
        beside=("Cargo.toml", "sqlx"),
        head="-- no-transaction",
        alone_if=r"\A\s*--\s*no-transaction",
        single=True,
    ),
    # Flyway, documentation of script configuration files; flyway/flyway#3492 for the lock.
    Runner(
        "Flyway",
        path=r"(?:.*/)?V\d[\d._]*__[^/]*\.sql",
        extra=(".conf", "executeInTransaction=false\n"),
        looks_first=True,
        alone="Flyway from 9.1.2 on must be run with `flyway.postgresql.transactional.lock=false`, "
        "or the statement waits for the lock of Flyway itself.",
    ),
    # golang-migrate/migrate#284: the text is sent as it is; a single statement is no transaction.
    Runner("golang-migrate", path=r".*\.up\.sql", sends_text=True),
)
OTHER: Final = Runner(
    "SQL", alone="The new file must be run outside of a transaction, as CREATE INDEX CONCURRENTLY asks for."
)
PSQL: Final = Runner("psql", alone="psql must run the new file without --single-transaction.")
IN_ONE: Final = Runner("psql --single-transaction", short="psql-single-transaction", lone=False)
NAMED: Final = {one.short or one.name.lower(): one for one in (*RUNNERS, PSQL, IN_ONE)}
"""The runners by the names that settings give them."""


def runner_of(script: Script, read: Callable[[str], str | None]) -> Runner:
    """What runs a migration: as settings say, else by its path and text and the files above it."""
    return NAMED[script.runner] if script.runner else recognized(script.path, read)


def recognized(path: str, read: Callable[[str], str | None]) -> Runner:
    """What seems to run a migration, by its path and text and the files above it."""
    text = read(path) or ""
    return next((one for one in RUNNERS if _runs(one, path, text, read)), OTHER)


def _runs(runner: Runner, path: str, text: str, read: Callable[[str], str | None]) -> bool:
    if runner.path and not re.fullmatch(runner.path, path):
        return False
    if runner.text and not _says(text, runner.text):
        return False
    name, word = runner.beside
    return not name or any(word in found for found in _above(path, name, read))


@lru_cache(maxsize=64)
def _says(text: str, pattern: str) -> bool:
    """Whether a line begins so; asked of each change of a file anew, which may be long."""
    return re.search(rf"^[ \t]*(?:{pattern})", text, re.IGNORECASE | re.MULTILINE) is not None


def _above(path: str, name: str, read: Callable[[str], str | None]) -> Iterator[str]:
    """The texts of files of a name in the folders above a file."""
    for folder in PurePosixPath(path).parents:
        found = read((folder / name).as_posix())
        if found is not None:
            yield found


def new_files(runner: Runner, names: NewNames, up: str, down: str, *, alone: bool) -> Iterator[NewFile]:
    """The files of a new migration, as their runner wants them.

    Args:
        runner: what runs them.
        names: their paths.
        up: the statements that it makes.
        down: those that undo it.
        alone: whether it runs without a transaction.
    """
    option = runner.option if alone else ""
    head = "\n".join(filter(None, (runner.first.format(last=names.last), runner.head if alone else "")))
    pieces = [head] if head else []
    pieces += [f"{runner.up}{option}", up] if runner.up else [up]
    if not names.down and runner.down:
        pieces += ["", f"{runner.down}{option}", *filter(None, [down])]
    yield NewFile(names.up, "\n".join(pieces) + "\n")
    if names.down:
        yield NewFile(names.down, "\n".join(filter(None, (head, down))) + "\n")
    at, text = runner.extra
    if at and alone:
        yield NewFile(beside(names.up, at), text)


def beside(path: str, at: str) -> str:
    """The path of the file beside a migration that says how it is run."""
    return path.rpartition("/")[0] + at if at.startswith("/") else path + at


def in_plain_way(runner: Runner) -> str:
    """Why the index is not made beside running writes."""
    return f"{runner.name} runs every migration in a transaction: {_LONE}"
