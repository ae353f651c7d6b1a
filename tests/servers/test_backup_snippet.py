"""The program that backs up a database, and restores what it has written."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from postgres import database, programs
from tests.snippets.running import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

TABLES = """
CREATE TABLE empty (id bigint PRIMARY KEY);
CREATE TABLE "shop items" (id bigint PRIMARY KEY, name text, price numeric, made timestamptz);
INSERT INTO "shop items"
SELECT n, CASE n % 3 WHEN 0 THEN 'café ' || n END, n / 7.0, now() FROM generate_series(1, 5000) AS n;
"""
ROWS = "SELECT md5(string_agg(item::text, ',' ORDER BY id)), sum(id) FROM \"shop items\" AS item"


@pytest.fixture
def shop(postgres: str) -> Generator[str]:
    """A database with some rows of all sorts."""
    with database(postgres, "shop_to_save") as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(TABLES.encode())
        yield conninfo


@pytest.fixture
def run(shop: str, tmp_path: Path) -> Run:
    """Runs the program, which is told by its environment where the database is."""
    said = dict(word.split("=") for word in shop.split())
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    environment = os.environ | {name: said[word] for name, word in names.items()}
    environment["PATH"] = f"{programs()}{os.pathsep}{environment['PATH']}"
    (tmp_path / "backup.py").write_text(text_of("migrations/backup-restore", "python"), encoding="utf-8")

    def function(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "backup.py", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return function


def rows(conninfo: str) -> tuple[object, ...] | None:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(ROWS.encode()).fetchone()


def databases(conninfo: str) -> set[str]:
    with psycopg.connect(conninfo) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_a_restored_database_holds_what_was_saved(postgres: str, shop: str, run: Run):
    before = rows(shop)
    done = run("backup", "shop.dump")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(shop) as connection:
        connection.execute('DELETE FROM "shop items"')
    done = run("restore", "shop.dump", "shop_restored")
    try:
        assert done.returncode == 0, done.stderr
        assert rows(shop.replace("shop_to_save", "shop_restored")) == before
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS shop_restored WITH (FORCE)")


def test_a_rehearsal_leaves_nothing(shop: str, run: Run):
    assert run("backup", "shop.dump").returncode == 0
    before = databases(shop)
    assert run("rehearse", "shop.dump", "shop_rehearsed").returncode == 0
    assert databases(shop) == before


@pytest.mark.parametrize("command", ["restore", "rehearse"])
def test_a_database_that_is_there_is_left_alone(shop: str, run: Run, command: str):
    before = rows(shop)
    assert run("backup", "shop.dump").returncode == 0
    assert "already exists" in run(command, "shop.dump", "shop_to_save").stderr
    assert rows(shop) == before


@pytest.mark.parametrize("damage", ["dump", "manifest"])
def test_a_damaged_backup_is_noticed(shop: str, run: Run, tmp_path: Path, damage: str):
    assert run("backup", "shop.dump").returncode == 0
    if damage == "dump":
        file = tmp_path / "shop.dump"
        file.write_bytes(file.read_bytes()[:-3000])
    else:
        file = tmp_path / "shop.dump.json"
        file.write_text(file.read_text().replace("5000", "5001"))
    before = databases(shop)
    assert run("rehearse", "shop.dump", "shop_rehearsed").returncode != 0
    assert databases(shop) == before


def test_a_backup_that_fails_does_not_replace_the_last(shop: str, run: Run, tmp_path: Path):
    assert run("backup", "shop.dump").returncode == 0
    last = (tmp_path / "shop.dump").read_bytes()
    text = (tmp_path / "backup.py").read_text().replace('"10s"', '"50ms"').replace("=10s", "=50ms")
    (tmp_path / "backup.py").write_text(text)
    with psycopg.connect(shop) as connection:
        connection.execute("LOCK TABLE empty IN ACCESS EXCLUSIVE MODE")
        assert run("backup", "shop.dump").returncode != 0
    assert (tmp_path / "shop.dump").read_bytes() == last
