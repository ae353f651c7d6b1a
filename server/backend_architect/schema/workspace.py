"""Reads the schemas of the files below some folders: the one module here that does I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.project.files import find_files
from backend_architect.project.paths import shown
from backend_architect.project.reading import UndecodableError, decode
from backend_architect.schema.assembling import schemas_of
from backend_architect.schema.facts import Source, facts_of
from backend_architect.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from backend_architect.project.configuration import Configurations
    from backend_architect.project.files import SourceFile
    from backend_architect.schema.outlines import Outline


@dataclass(slots=True)
class Workspace:
    """The schemas of a project, and what is to be said about how they were read."""

    schemas: list[Schema] = field(default_factory=list[Schema])
    files: int = 0
    """How many files were looked at."""
    outlines: list[Outline] = field(default_factory=list["Outline"])
    """What its Python files declare."""
    problems: list[str] = field(default_factory=list[str])
    """Sentences about files and folders that could not be read."""


def read_workspace(paths: Iterable[Path], configurations: Configurations) -> Workspace:
    """The schemas that the files at or below these paths describe.

    Paths in them are relative to the working directory.

    Raises:
        SettingsError: a configuration on the way cannot be used.
    """
    found = find_files(paths, configurations)
    workspace = Workspace(files=len(found.files), problems=list(found.problems))
    facts = facts_of(read_sources(found.files, workspace.problems))
    workspace.schemas, workspace.outlines = schemas_of(facts), facts.outlines
    return workspace


def read_sources(files: Iterable[SourceFile], problems: list[str]) -> Iterator[Source]:
    """The texts of files; what cannot be read becomes a sentence in `problems`."""
    for file in files:
        source = _source(file, problems)
        if source is not None:
            yield source


def _source(file: SourceFile, problems: list[str]) -> Source | None:
    try:
        text, _ = decode(file.path.read_bytes(), shown(file.path))
    except OSError as error:
        problems.append(f"{shown(file.path)}: cannot be read ({error.strerror})")
        return None
    except UndecodableError as error:
        problems.append(str(error))
        return None
    dialect = file.configuration.settings.dialect_of(file.configuration.relative(file.path))
    return Source(shown(file.path), text, dialect)
