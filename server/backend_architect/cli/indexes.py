"""The command `indexes`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend_architect.advice.lookups import mark_seeded, seeded_tables, seeds
from backend_architect.advice.workspace import advise, asks
from backend_architect.cli.options import (
    Choice,
    color_option,
    in_colour,
    isolated_option,
    paths_argument,
    settings_errors,
)
from backend_architect.cli.run import Job, UnreadableError, elsewhere_of, job_of, read
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files
from backend_architect.queries.reading import statements_of
from backend_architect.schema.workspace import read_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from backend_architect.advice.advice import Advice
    from backend_architect.queries.statements import Statement

_EPILOG = """
\b
Examples:
  backend-architect indexes
  backend-architect indexes schema.sql app/orders.py
  backend-architect indexes --format json
  backend-architect indexes --format sql > indexes.sql

\b
Exit codes:
  0  whether or not there is advice
  2  wrong use or crash
"""


@click.command(epilog=_EPILOG)
@paths_argument(dash=False)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "sql"]),
    default="text",
    show_default=True,
    help="How to write the advice: for people, for programs, or as statements to run.",
)
@isolated_option
@color_option
def command(*, paths: tuple[Path, ...], output: str, isolated: bool, color: bool | None) -> None:
    """Advise the indexes that queries lack.

    Reads the tables and indexes from the files below the given paths, and the queries against them from .sql
    files and from strings in Python; no database is asked. Every query that an index serves is named,
    whatever the settings say about severities.

    The advice follows from the conditions of the queries, the types and names of columns, and the indexes
    that are there. How many rows a table has, how often a value occurs and how much is written, the files do
    not say: the advice holds for tables that grow and for conditions that leave few of their rows. Nothing is
    advised for a name that may mean several tables. On a table that is in use, create an index CONCURRENTLY.
    """
    cards = load_cards()
    configurations = Configurations(lambda: cards, isolated=isolated)
    named = paths or (Path(),)
    with settings_errors():
        schemas = read_workspace(named, configurations).schemas
        found = find_files(named, configurations)
        jobs = [job_of(file, Choice(frozenset(), frozenset())) for file in found.files]
    problems = list(found.problems)
    texts: list[tuple[Job, str]] = []
    for job in jobs:
        try:
            texts.append((job, read(job)[0]))
        except UnreadableError as error:
            problems.append(str(error))
    for job, text in texts:
        if job.path.suffix == ".sql" and seeds(job.shown, schemas):
            mark_seeded(schemas, seeded_tables(text, job.settings.dialect_of(job.name)))
    advice = advise(_statements(texts, named), schemas)
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(_WRITERS[output](advice).rstrip("\n"), color=in_colour(color))


def _statements(texts: Iterable[tuple[Job, str]], named: tuple[Path, ...]) -> list[Statement]:
    folders = [path.absolute() for path in named if path.is_dir()]
    found: list[Statement] = []
    for job, text in texts:
        above = next((folder for folder in folders if job.path.is_relative_to(folder)), job.path.parent)
        if asks(job.path.relative_to(above).as_posix()):
            dialect = job.settings.dialect_of(job.name)
            found += statements_of(job.shown, text, dialect, elsewhere_of(job))
    return found


def as_object(advice: Advice) -> dict[str, Any]:
    """Advice as programs read it."""
    return {
        "table": advice.table,
        "columns": list(advice.columns),
        "using": advice.using,
        "where": advice.where or None,
        "sql": advice.sql,
        "reason": advice.reason,
        "queries": [{"path": origin.path, "line": origin.line} for origin in advice.queries],
        "rewrite": advice.rewrite,
    }


def _as_json(advice: list[Advice]) -> str:
    return json.dumps([as_object(one) for one in advice], indent=2, ensure_ascii=False)


def _as_text(advice: list[Advice]) -> str:
    if not advice:
        return "No index is missing, as far as the files tell."
    return "\n\n".join(_paragraph(one) for one in advice)


def _paragraph(advice: Advice) -> str:
    lines = [click.style(advice.sql or f"{advice.table}: the index is there", bold=True)]
    lines.append(f"  {advice.reason}")
    if advice.rewrite is not None:
        lines += ["  write the query like this:", *(f"    {line}" for line in advice.rewrite.splitlines())]
    lines += [f"  {origin.path}:{origin.line}" for origin in advice.queries]
    return "\n".join(lines)


def _as_sql(advice: list[Advice]) -> str:
    extensions = sorted({one.extension for one in advice if one.extension})
    lines = [f"CREATE EXTENSION IF NOT EXISTS {name};" for name in extensions]
    for one in advice:
        if one.sql:
            places = ", ".join(f"{origin.path}:{origin.line}" for origin in one.queries)
            lines += [f"-- {places}", f"{one.sql};"]
    return "\n".join(lines)


_WRITERS: dict[str, Callable[[list[Advice]], str]] = {"text": _as_text, "json": _as_json, "sql": _as_sql}
