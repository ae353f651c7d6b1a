"""The schema that is read from DDL, compared with the one that PostgreSQL has after the same DDL."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.schema.reading import SCRIPTS, read

from backend_architect.schema.statements import create_statements
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

Catalogue = dict[str, list[tuple[Any, ...]]]

QUERIES = {
    "columns": """
        select c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm', 'v')
          and c.relnamespace in (select * from mine)
        order by c.oid::regclass::text, a.attnum""",
    "indexes": """
        select indrelid::regclass::text, pg_get_indexdef(indexrelid)
        from pg_index join pg_class c on c.oid = indrelid
        where c.relnamespace in (select * from mine) order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace in (select * from mine) and conrelid <> 0 and contype <> 'n' order by 1, 2""",
    "enums": """
        select enumtypid::regtype::text, array_agg(enumlabel::text order by enumsortorder)
        from pg_enum group by 1 order by 1""",
    "views": """
        select oid::regclass::text, pg_get_viewdef(oid), relkind::text from pg_class
        where relkind in ('v', 'm') and relnamespace in (select * from mine) order by 1""",
}
MINE = r"""
    with mine as (
        select oid from pg_namespace where nspname not like 'pg\_%' and nspname <> 'information_schema'
    )
"""

LEFT_OUT = [
    r"(?<=nextval\()'[^)]*(?=\))",
    r" DEFERRABLE( INITIALLY DEFERRED)?",
    r" MATCH FULL",
    r" NO INHERIT",
    r"(?<=SET NULL) \(p_id\)",
    r" WITH \((fillfactor|pages_per_range)='\d+'\)",
    r" \(values_per_range='16'\)",
]
"""What the model does not keep: the names of sequences, when and how keys are checked, storage."""


@pytest.fixture(scope="module")
def server(postgres: str) -> Generator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        yield connection


def catalogue(postgres: str, server: psycopg.Connection[Any], statements: Iterable[str]) -> Catalogue:
    """What a new database says about itself after these statements."""
    server.execute("drop database if exists scripts with (force)")
    server.execute("create database scripts")
    conninfo = postgres.replace("dbname=postgres", "dbname=scripts")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                error.add_note(statement)
                raise
        connection.execute("set search_path = public")
        said = {
            what: connection.execute((MINE + query).encode()).fetchall() for what, query in QUERIES.items()
        }
    return ast.literal_eval(re.sub("|".join(LEFT_OUT), "", repr(said)))


@pytest.mark.parametrize("title", SCRIPTS)
def test_what_is_read_makes_the_same_database(
    title: str, postgres: str, server: psycopg.Connection[Any]
) -> None:
    text = SCRIPTS[title]
    theirs = catalogue(postgres, server, [text[one.start : one.end] for one in scan(text, "postgres").pieces])
    ours = catalogue(postgres, server, create_statements(read(text)))
    for what, rows in theirs.items():
        assert ours[what] == rows, what
