"""The command `snippet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend_architect.cli.options import isolated_option, settings_errors
from backend_architect.cli.writing import create_file
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files
from backend_architect.project.paths import shown
from backend_architect.project.surroundings import Said, depends_on, said_by
from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import facts_of
from backend_architect.schema.workspace import read_sources
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings, variables
from backend_architect.snippets.frameworks import FRAMEWORKS
from backend_architect.snippets.landmarks import FileFacts
from backend_architect.snippets.offering import find
from backend_architect.snippets.rendering import render

if TYPE_CHECKING:
    from backend_architect.snippets.cards import Snippet, Variant

_EPILOG = """
\b
Examples:
  backend-architect snippet health/liveness
  backend-architect snippet readiness --framework fastapi --output app/health.py

'backend-architect snippets' lists all.
"""


@click.command(epilog=_EPILOG)
@click.argument("name")
@click.option("--framework", metavar="F", help="What it is for. [default: what the project depends on]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Write it into a new file. [default: to standard output]",
)
@isolated_option
def command(name: str, framework: str | None, output: Path | None, *, isolated: bool) -> None:
    """Write a snippet for the project in the working directory.

    Names are those of the project, as far as its files tell: its application, session factory, settings and
    tables.
    """
    try:
        snippet = find(name, load_snippets())
    except KeyError as error:
        raise click.UsageError(error.args[0]) from error
    around = _around(output, isolated=isolated)
    variant = _variant(snippet, framework, around)
    text = render(variant.template, variables(variant, "empty", FileFacts(), around)).plain
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        create_file(output, text.encode())
    except FileExistsError as error:
        raise click.UsageError(f"{shown(output)} exists already; name another file") from error
    except OSError as error:
        raise click.UsageError(f"{shown(output)}: cannot be written: {error.strerror}") from error
    click.echo(f"{shown(output)}: created", err=True)


def _variant(snippet: Snippet, framework: str | None, around: Surroundings) -> Variant:
    """The variant that somebody asked for, else the only one that fits the project.

    Raises:
        click.UsageError: there is none, or more than one.
    """
    names = [one.framework for one in snippet.variants]
    if framework is not None:
        found = snippet.variant(framework)
        if found is None:
            raise click.UsageError(f"'{snippet.id}' is there for {', '.join(names)}, not for '{framework}'")
        return found
    fitting = [one for one in snippet.variants if one.framework in around.declared] or [
        one for one in snippet.variants if not FRAMEWORKS[one.framework].module
    ]
    candidates = fitting or list(snippet.variants)
    if len(candidates) > 1:
        wanted = ", ".join(one.framework for one in candidates)
        raise click.UsageError(f"'{snippet.id}' is there for {wanted}; choose one with --framework")
    return candidates[0]


def _around(output: Path | None, *, isolated: bool) -> Surroundings:
    """What the project in the working directory says to a snippet in a file."""
    root, configurations = Path.cwd(), Configurations(load_cards, isolated=isolated)
    with settings_errors():
        sources = list(read_sources(find_files([root], configurations).files, []))
        settings = configurations.of(root, root).settings
    texts = {source.path: source.text for source in sources}
    facts = {path: said for path, text in texts.items() if (said := said_by(path, text)) is not None}
    path = shown(root / output) if output is not None else ""
    said = Said(facts, texts.keys(), schemas_of(facts_of(sources)), depends_on(root))
    return said.to(path, settings.dialect_of(path))
