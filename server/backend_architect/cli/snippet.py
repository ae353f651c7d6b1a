"""The command `snippet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend_architect.cli.options import isolated_option, settings_errors
from backend_architect.cli.writing import create_file, replace_file
from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files
from backend_architect.project.paths import shown
from backend_architect.project.reading import decode
from backend_architect.project.surroundings import Said, depends_on, said_by
from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import facts_of
from backend_architect.schema.workspace import read_sources
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings, lacking, variables
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
  backend-architect snippet readiness --apply

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
@click.option("--apply", is_flag=True, help="Create all its files, and take them into the application.")
@isolated_option
def command(name: str, framework: str | None, output: Path | None, *, apply: bool, isolated: bool) -> None:
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
    if apply:
        _apply(variant, around)
        return
    known = variables(variant, "empty", FileFacts(), around)
    for needed in lacking(variant, known):
        raise click.UsageError(
            f"'{snippet.id}' builds upon the {needed} of a project; here is none, or several"
        )
    text = render(variant.template, known).plain
    if output is None:
        click.echo(text, nl=False)
        return
    _create(output, text)


def _apply(variant: Variant, around: Surroundings) -> None:
    """Write all files of a variant below the working directory.

    Raises:
        click.UsageError: it is one file only, or it is not certain what is to be written.
    """
    if variant.action is None:
        raise click.UsageError("this snippet is one file; write it with --output")
    stored = {path: decode(Path(path).read_bytes(), path) for path in {one.path for one in around.landmarks}}
    try:
        changes = act(variant, variant.action, around, {path: text for path, (text, _) in stored.items()}.get)
    except UnwritableError as error:
        raise click.UsageError(f"this cannot be written: {error}") from error
    for new in changes.creates:
        if Path(new.path).exists():
            raise click.UsageError(f"{new.path} exists already; nothing is written")
    for new in changes.creates:
        _create(Path(new.path), new.text)
    for path, edits in changes.edits.items():
        text, encoding = stored[path]
        replace_file(Path(path), encoding.encode(apply_edits(text, edits)))
        click.echo(f"{path}: changed", err=True)


def _create(file: Path, text: str) -> None:
    try:
        create_file(file, text.encode())
    except FileExistsError as error:
        raise click.UsageError(f"{shown(file)} exists already; name another file") from error
    except OSError as error:
        raise click.UsageError(f"{shown(file)}: cannot be written: {error.strerror}") from error
    click.echo(f"{shown(file)}: created", err=True)


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
