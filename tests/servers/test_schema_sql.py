"""The schema that is read from DDL, compared with the one that PostgreSQL has after the same DDL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Schema
from backend_architect.schema.statements import create_statements
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

SCRIPTS = dict(
    re.findall(
        r"^-- script: (.+)\n((?:(?!-- script: ).*\n)*)",
        (Path(__file__).parent / "schema_scripts.sql").read_text(),
        re.MULTILINE,
    )
)

SERIAL = {"smallserial": "smallint", "serial": "integer", "bigserial": "bigint"}

COLUMNS = """
    select c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
           a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm', 'v') and c.relnamespace in (select * from mine)
    order by c.oid::regclass::text, a.attnum
"""
INDEXES = """
    select indrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid
    where c.relnamespace in (select * from mine) order by 1, 2
"""
CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace in (select * from mine) and conrelid <> 0 and contype <> 'n' order by 1, 2
"""
ENUMS = """
    select enumtypid::regtype::text, array_agg(enumlabel::text order by enumsortorder) from pg_enum group by 1 order by 1
"""
VIEWS = """
    select oid::regclass::text, pg_get_viewdef(oid), relkind::text from pg_class
    where relkind in ('v', 'm') and relnamespace in (select * from mine) order by 1
"""
MINE = "with mine as (select oid from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema') "


@pytest.fixture(scope="module")
def server(postgres: str) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        yield connection


def catalogue(conninfo: str, server: psycopg.Connection[Any], statements: Iterable[str]) -> dict[str, Any]:
    """What the catalogue of a new database says after these statements."""
    server.execute("drop database if exists scripts with (force)")
    server.execute("create database scripts")
    with psycopg.connect(conninfo.replace("dbname=postgres", "dbname=scripts"), autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                error.add_note(statement)
                raise
        connection.execute("set search_path = public")
        queries = {"columns": COLUMNS, "indexes": INDEXES, "constraints": CONSTRAINTS, "enums": ENUMS, "views": VIEWS}
        return {name: connection.execute((MINE + query).encode()).fetchall() for name, query in queries.items()}


def statements_of(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in scan(text, "postgres").pieces]


def read(text: str) -> Schema:
    schema = Schema()
    for step in changes_of_sql(text, "postgres", "schema.sql"):
        apply(schema, step)
    return schema


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without what the model leaves out: what sequences are called, when keys are checked, storage."""
    text = repr(found)
    text = re.sub(r"nextval\('[^)]*\)", "nextval()", text)
    for left_out in (
        r" DEFERRABLE( INITIALLY DEFERRED)?", r" WITH \((fillfactor|pages_per_range)='\d+'\)", r" MATCH FULL",
        r"(?<=SET NULL) \(p_id\)", r" \(values_per_range='16'\)", r" NO INHERIT",
    ):  # fmt: skip
        text = re.sub(left_out, "", text)
    return eval(text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_read_makes_the_same_database(
    name: str, postgres: str, server: psycopg.Connection[Any]
) -> None:
    text = SCRIPTS[name]
    theirs = comparable(catalogue(postgres, server, statements_of(text)))
    schema = read(text)
    ours = comparable(catalogue(postgres, server, create_statements(schema)))
    for what, rows in theirs.items():
        assert ours[what] == rows, what


def unquoted(name: str) -> str:
    return re.sub(r'"((?:[^"]|"")*)"', lambda found: found[1].replace('""', '"'), name)
