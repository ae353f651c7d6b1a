"""The command `init`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from backend_architect.cli.options import settings_errors
from backend_architect.cli.writing import create_file, replace_file
from backend_architect.engine.settings import Settings, SettingsError
from backend_architect.engine.settings_table import parse_settings
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import OWN_FILE, PYPROJECT
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DRIVERS: Final = {
    "postgres": "psycopg psycopg-binary psycopg2 psycopg2-binary psycopg2cffi asyncpg aiopg pg8000",
    "mysql": "pymysql mysqlclient mysql-connector-python aiomysql asyncmy mariadb",
    "oracle": "oracledb cx-oracle",
    "tsql": "pymssql mssql-django mssql-python",
    "snowflake": "snowflake-connector-python snowflake-sqlalchemy",
    "bigquery": "google-cloud-bigquery sqlalchemy-bigquery",
    "redshift": "redshift-connector sqlalchemy-redshift",
    "clickhouse": "clickhouse-driver clickhouse-connect asynch",
    "databricks": "databricks-sql-connector",
    "trino": "trino aiotrino",
    "duckdb": "duckdb duckdb-engine",
    "sqlite": "aiosqlite pysqlite3 pysqlite3-binary",
}
"""The packages that speak to each database; the first that is used decides, SQLite last: tests use it too."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_EPILOG = """
\b
Examples:
  backend-architect init --dry-run
  backend-architect init
"""


@click.command(epilog=_EPILOG)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(*, dry_run: bool) -> None:
    """Begin the settings of a project.

    Adds a table to the pyproject.toml in the working directory and leaves the rest of it as it is; where
    there is none, writes a backend-architect.toml. The SQL dialect is that of the database driver among the
    dependencies of the project.
    """
    here = Path()
    own, pyproject = here / OWN_FILE, here / PYPROJECT
    _refuse_settings(own)
    _refuse_settings(pyproject)
    drivers = _drivers(here)
    if pyproject.is_file():
        content = pyproject.read_bytes()
        added = _appended(content, _table(drivers, "tool.backend-architect"))
        if _is_toml(content + added):
            _write(pyproject, content, added, drivers, dry_run=dry_run)
            return
    # There is none, or its table `tool` is written in one line and takes nothing more.
    _write(own, None, _table(drivers, "").encode(), drivers, dry_run=dry_run)


def _refuse_settings(file: Path) -> None:
    """End the command if a file has settings already, or cannot be read."""
    if not file.is_file():
        return
    with settings_errors():
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SettingsError(file.name, 1, "not UTF-8, as TOML has to be") from error
        if parse_settings(text, file.name, load_cards()) is None:
            return
    where = "has settings" if file.name == OWN_FILE else "has a table [tool.backend-architect]"
    raise click.UsageError(f"{file.name} {where} already; change them there")


def _write(
    file: Path, before: bytes | None, added: bytes, drivers: Mapping[str, str], *, dry_run: bool
) -> None:
    text = added.decode().replace("\r\n", "\n")
    if dry_run:
        click.echo(f"Would {'write' if before is None else 'add to'} {file.name}:\n\n{text.strip()}")
        return
    try:
        if before is None:
            create_file(file, added)
        else:
            replace_file(file, before + added)
    except OSError as error:
        raise click.UsageError(f"{file.name} cannot be written: {error.strerror}") from error
    done = (
        f"Wrote {file.name}" if before is None else f"Added a table [tool.backend-architect] to {file.name}"
    )
    dialect, driver = next(iter(drivers.items()), (Settings().dialect, ""))
    because = f"because of {driver}" if driver else "which is the default; no database driver was found"
    click.echo(f"{done}; the SQL dialect is {dialect}, {because}.\nNext: backend-architect check")


def _appended(content: bytes, table: str) -> bytes:
    """What follows the content of a file, in the way its lines end."""
    text = ("" if not content or content.endswith(b"\n") else "\n") + "\n" * bool(content.strip()) + table
    return (text.replace("\n", "\r\n") if b"\r\n" in content else text).encode()


def _is_toml(content: bytes) -> bool:
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def _table(drivers: Mapping[str, str], name: str) -> str:
    """Settings to begin with, as the table of this name or at the top of a file."""
    below = f"{name}." if name else ""
    default = Settings().dialect
    dialect, driver = next(iter(drivers.items()), (default, ""))
    others = [f"{one} ({of})" for of, one in list(drivers.items())[1:]]
    why = f"  # because of {driver}" + f"; there is also {', '.join(others)}" * bool(others)
    lines = [
        f"[{name}]" if name else "# The settings of backend-architect.",
        'select = ["recommended"]  # rules, families and sets; `backend-architect rules` lists them',
        '# ignore = ["performance"]',
        '# exclude = ["generated/"]  # patterns as in .gitignore',
        f'dialect = "{dialect}"{why}'
        if driver
        else f'# dialect = "{default}"  # of SQL; this is the default',
        "",
        f"# [{below}severity]  # error, warning, information, hint or off",
        '# http-call-without-timeout = "error"',
        "",
        f"# [{below}per-file-ignores]",
        '# "scripts/**" = ["reliability"]',
    ]
    return "\n".join(lines) + "\n"


def _drivers(folder: Path) -> dict[str, str]:
    """The dialects of the database drivers among the dependencies, and of each a driver."""
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in _dependencies(folder)}
    drivers = {
        dialect: next((one for one in known.split() if one in names), "")
        for dialect, known in _DRIVERS.items()
    }
    return {dialect: driver for dialect, driver in drivers.items() if driver}


def _dependencies(folder: Path) -> Iterator[str]:
    """The names of what a project says that it needs."""
    pyproject = folder / PYPROJECT
    if pyproject.is_file():
        content = tomllib.loads(pyproject.read_bytes().decode("utf-8-sig"))
        yield from _names(_requirements(content))
        for group in _poetry_groups(content):
            yield from group
    for pattern in ("requirements*.txt", "requirements*.in", "requirements/*.txt", "requirements/*.in"):
        for file in sorted(folder.glob(pattern)):
            try:
                text, _ = decode(file.read_bytes(), str(file))
            except UndecodableError:
                continue
            yield from _names(text.splitlines())


def _names(requirements: Iterable[str]) -> Iterator[str]:
    yield from (match[0] for line in requirements if (match := _NAME.match(line.strip())))


def _requirements(content: Mapping[str, Any]) -> Iterator[str]:
    """The requirements of a pyproject.toml in the words of PEP 508, those of all extras and groups."""
    project = content.get("project", {})
    groups = (
        *project.get("optional-dependencies", {}).values(),
        *content.get("dependency-groups", {}).values(),
    )
    for group in (project.get("dependencies", []), *groups):
        yield from (one for one in cast("list[Any]", group) if isinstance(one, str))


def _poetry_groups(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    poetry = content.get("tool", {}).get("poetry", {})
    for group in (poetry, *poetry.get("group", {}).values()):
        yield group.get("dependencies", {})
