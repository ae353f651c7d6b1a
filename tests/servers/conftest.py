"""The servers that the fixed code talks to, and the table of what was run on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import mariadb as mariadb_server
import psycopg
import pytest
from parameters import summary
from postgres import serving
from psycopg.sql import SQL, Identifier

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def pytest_configure(config: pytest.Config) -> None:
    """Allow what the programs that are run here do as real ones do: leave a socket to the collector."""
    for warning in (
        "ignore:unclosed.*socket:ResourceWarning",
        "ignore:.*unclosed.*socket:pytest.PytestUnraisableExceptionWarning",
    ):
        config.addinivalue_line("filterwarnings", warning)


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """The connection string of a PostgreSQL started for these tests."""
    with serving() as conninfo:
        yield conninfo


@pytest.fixture
def database(postgres: str, tmp_path: Path) -> Generator[str]:
    """The connection string of an empty database that goes with the test."""
    name = re.sub(r"\W", "_", tmp_path.name.lower())
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    yield re.sub(r"dbname=\w+", f"dbname={name}", postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def mariadb() -> Generator[int]:
    """The port of a MariaDB started for these tests."""
    with mariadb_server.serving() as port:
        yield port


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which combinations of drivers and forms the fix of sql-built-from-strings was run with."""
    found = summary.combinations(
        (outcome, report) for outcome, reports in terminalreporter.stats.items() for report in reports
    )
    if found:
        terminalreporter.section("values bound by the fix of sql-built-from-strings")
        for line in summary.table(found):
            terminalreporter.write_line(line)
