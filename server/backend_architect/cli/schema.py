"""The command `schema`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend_architect.cli.options import (
    color_option,
    in_colour,
    isolated_option,
    paths_argument,
    settings_errors,
)
from backend_architect.cli.schema_text import as_text
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.paths import shown
from backend_architect.schema.drawing import drawing, page
from backend_architect.schema.mermaid import diagram
from backend_architect.schema.statements import create_statements
from backend_architect.schema.workspace import Workspace, read_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.schema.model import Schema, Table

_EPILOG = """
\b
Examples:
  backend-architect schema
  backend-architect schema db/migrations
  backend-architect schema --format html --output-file schema.html
  backend-architect schema --format mermaid > schema.mmd
  backend-architect schema --format sql | psql empty_database

\b
Exit codes:
  0  a schema was found
  2  no schema, wrong use or crash
"""


class NoSchemaError(click.ClickException):
    """No file says anything about a schema."""

    exit_code = 2


@click.command(epilog=_EPILOG)
@paths_argument(dash=False)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "html", "mermaid", "sql"]),
    default="text",
    show_default=True,
    help="How to write the schema: for people, for programs, as a diagram for browsers or for Mermaid, "
    "or as statements that create it.",
)
@click.option(
    "--output-file",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the schema to this file.",
)
@isolated_option
@color_option
def command(
    paths: tuple[Path, ...], output: str, target: Path | None, *, isolated: bool, color: bool | None
) -> None:
    """Show the tables that the files of a project describe.

    Puts together what migrations (.sql files, Alembic, Django), other DDL in .sql files and models (Django,
    SQLAlchemy, SQLModel) say; no database is asked, and nothing of the project is run. Looks at the given
    files and those below the given folders; without any, at those below the working directory. Files that
    describe different databases give several schemas.
    """
    configurations = Configurations(load_cards, isolated=isolated)
    with settings_errors():
        workspace = read_workspace(paths or (Path(),), configurations)
    for problem in workspace.problems:
        click.echo(problem, err=True)
    if not workspace.schemas:
        raise NoSchemaError(_nothing(paths or (Path(),), workspace))
    text = _WRITERS[output](workspace.schemas)
    if target is None:
        click.echo(text, color=in_colour(color))
    else:
        _write(target, text if in_colour(color) else click.unstyle(text))


def _write(target: Path, text: str) -> None:
    try:
        target.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise click.BadParameter(
            f"cannot be written: {error.strerror}", param_hint="--output-file"
        ) from error


def _nothing(paths: Sequence[Path], workspace: Workspace) -> str:
    where = ", ".join(shown(path) for path in paths)
    files = f"{workspace.files} Python and SQL file{'s' * (workspace.files != 1)}"
    return (
        f"no schema found in {where}: none of {files} creates or alters a table. "
        "What counts is DDL in .sql files, migrations of Alembic and Django, and models of Django, "
        "SQLAlchemy and SQLModel that the settings do not exclude; name the folder where they are"
    )


def _json(schemas: Sequence[Schema]) -> str:
    return json.dumps([_object(schema) for schema in schemas], indent=2)


def _object(schema: Schema) -> dict[str, Any]:
    return {
        "sources": list(schema.sources),
        "dialect": schema.dialect,
        "tables": [_table(table) for table in schema.tables.values()],
        "views": [
            {"name": name, "materialized": name in schema.materialized, "query": query}
            for name, query in schema.views.items()
        ],
        "enums": [{"name": name, "values": list(values)} for name, values in schema.enums.items()],
    }


def _table(table: Table) -> dict[str, Any]:
    return asdict(table) | {"columns": [asdict(column) for column in table.columns.values()]}


def _html(schemas: Sequence[Schema]) -> str:
    return page(drawing(schemas, Path.cwd().name))


def _mermaid(schemas: Sequence[Schema]) -> str:
    if len(schemas) > 1:
        firsts = ", ".join(schema.sources[0] for schema in schemas)
        raise NoSchemaError(
            f"these files describe {len(schemas)} databases, and a diagram shows one; "
            f"they begin with {firsts}. Name the files or the folder of one of them"
        )
    return diagram(schemas[0])


def _sql(schemas: Sequence[Schema]) -> str:
    blocks: list[str] = []
    for schema in schemas:
        blocks += [f"-- {', '.join(schema.sources)}"] * (len(schemas) > 1)
        blocks += [f"{statement};" for statement in create_statements(schema)]
    return "\n\n".join(blocks)


_WRITERS: dict[str, Callable[[Sequence[Schema]], str]] = {
    "text": as_text,
    "json": _json,
    "html": _html,
    "mermaid": _mermaid,
    "sql": _sql,
}
