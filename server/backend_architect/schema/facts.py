"""What single files say about a schema: facts, from which `assembling` makes the schemas of a project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.schema.alembic import Revision, is_revision, revision_of
from backend_architect.schema.alembic_program import Module, module_from
from backend_architect.schema.migrations import SqlFile, sql_file
from backend_architect.schema.outlines import Outline, module_of, outline

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file."""

    path: str
    """As places in it are to be shown, with slashes."""
    text: str
    dialect: str
    """Of its SQL, by the name that sqlglot gives it."""


@dataclass(slots=True)
class Facts:
    """What files say about schemas."""

    sql: list[SqlFile] = field(default_factory=list[SqlFile])
    outlines: list[Outline] = field(default_factory=list[Outline])
    """What Python files declare: models, and migrations of Django."""
    revisions: list[Revision] = field(default_factory=list[Revision])


def facts_of(sources: Iterable[Source]) -> Facts:
    """The facts of files, in the order of their paths."""
    ordered = sorted(sources, key=lambda source: source.path)
    modules = _Modules(ordered)
    facts = Facts()
    for source in ordered:
        if source.path.endswith(".sql"):
            if (found := sql_file(source.text, source.dialect, source.path)) is not None:
                facts.sql.append(found)
            continue
        facts.outlines.append(outline(source.text, source.path))
        if is_revision(source.text) and (revision := revision_of(source.text, source.path, modules.get)):
            facts.revisions.append(revision)
    return facts


class ModuleFinder:
    """Finds the files of modules by their dotted names, wherever imports begin."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths: dict[str, list[str]] = {}
        for path in paths:
            self._paths.setdefault(module_of(path).rpartition(".")[2], []).append(path)

    def path(self, name: str) -> str | None:
        """The file of a dotted name; None where there is none or several could be meant."""
        named = self._paths.get(name.rpartition(".")[2], ())
        found = [one for one in named if f".{module_of(one)}".endswith(f".{name}")]
        return found[0] if len(found) == 1 else None


class _Modules:
    """Gives the modules of some sources."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._texts = {source.path: source.text for source in sources}
        self._finder = ModuleFinder(self._texts)
        self._read: dict[str, Module | None] = {}

    def get(self, name: str) -> Module | None:
        """The module of a dotted name; None where there is none or several could be meant."""
        path = self._finder.path(name)
        if path is not None and path not in self._read:
            self._read[path] = module_from(self._texts[path], path)
        return self._read[path] if path is not None else None
