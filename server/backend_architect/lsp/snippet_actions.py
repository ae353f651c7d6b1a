"""Snippets of several files, and the dependencies that snippets need, as code actions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.settings import ALL
from backend_architect.engine.text import split_lines
from backend_architect.knowledge import libraries
from backend_architect.lsp.code_actions import REFACTORING, known_kinds, resolves_edits, wanted
from backend_architect.lsp.projects import file_of
from backend_architect.lsp.workspace_edits import EditedFile, give
from backend_architect.project.reading import UndecodableError, decode
from backend_architect.snippets.landmarks import FileFacts, facts_of, together

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer
    from backend_architect.snippets.context import Surroundings
    from backend_architect.snippets.landmarks import Landmark

SNIPPET, DEPENDENCY = "snippet", "dependency"
"""What the data of an action says that it does."""

_REQUIREMENTS = ("pyproject.toml", "requirements.txt")


@dataclass(frozen=True, slots=True)
class _Project:
    """The files below a root, as they stand in the editor."""

    server: BackendServer
    root: Path
    document: OpenDocument
    """The one at whose cursor something is asked for."""

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none that can be read."""
        document = self.server.host.documents.get((self.root / path).as_uri())
        if document is not None:
            return "".join(document.lines)
        try:
            return decode((self.root / path).read_bytes(), path)[0]
        except (OSError, UndecodableError):
            return None

    def edited(self, changes: Changes) -> Iterator[EditedFile]:
        """The files that changes edit."""
        for path, edits in changes.edits.items():
            uri = (self.root / path).as_uri()
            document = self.server.host.documents.get(uri)
            version = document.version if document is not None else None
            yield EditedFile(uri, version, split_lines(self.read(path) or ""), edits)

    def facts(self) -> FileFacts:
        """What the document says."""
        blocks = self.document.analysis.document.blocks()
        return together((start, facts_of(block.text)) for start, block in blocks)

    async def around(self) -> Surroundings:
        """What the project says to the document."""
        return await self.server.host.projects.survey(self.document)

    def changes(self, data: dict[str, Any], around: Surroundings) -> Changes | None:
        """What an action does; None where that is not certain."""
        from backend_architect.fixes.dependencies import add_dependency  # noqa: PLC0415 - when somebody asks
        from backend_architect.snippets.acting import act  # noqa: PLC0415
        from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415

        if data["do"] == DEPENDENCY:
            for path in _REQUIREMENTS:
                text = self.read(path)
                edit = text is not None and add_dependency(path, text, data["name"], data["version"])
                if edit:
                    return Changes({path: (edit,)})
            return None
        snippet = load_snippets().get(data["snippet"])
        variant = snippet.variant(data["framework"]) if snippet is not None else None
        if variant is None or variant.action is None:
            return None
        own = [replace(mark, module=around.module, path=around.path) for mark in self.facts().landmarks]
        marks = [one for one in own if one.kind != "application" or one.name == data["application"]]
        marks += [one for one in around.landmarks if one.kind != "application"]
        try:
            changes = act(variant, variant.action, replace(around, landmarks=tuple(marks)), self.read)
        except UnwritableError:
            return None
        return None if any((self.root / new.path).exists() for new in changes.creates) else changes


def _project(server: BackendServer, uri: str) -> _Project | None:
    """The project of an open file of Python."""
    document, file = server.host.current(uri), file_of(uri)
    if document is None or file is None or document.language != "python":
        return None
    return _Project(server, server.host.configuration(file).root, document)


async def offered(server: BackendServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The actions at a place: at the object that is the application, and at an import."""
    project = _project(server, params.text_document.uri)
    if project is None:
        return []
    line = params.range.start.line
    start, block, _ = project.document.analysis.standing(line)
    here = together([(start, facts_of(block.text))]) if block is not None else FileFacts()
    marks = [one for one in here.landmarks if one.kind == "application" and one.line <= line < one.end]
    if not marks and not here.imports:
        return []
    around = await project.around()
    only = params.context.only or None
    actions: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix.value, only):
        actions += _of_dependencies(project, here, around)
    if marks and wanted(REFACTORING.value, only or known_kinds(server)):
        actions += _of_snippets(project, marks[0], around)
    return actions if resolves_edits(server) else [await resolved(server, action) for action in actions]


async def of_document(server: BackendServer, uri: str) -> list[types.CodeAction]:
    """The actions that write the files of a snippet, for all applications in a document."""
    project = _project(server, uri)
    marks = [one for one in project.facts().landmarks if one.kind == "application"] if project else []
    if project is None or not marks:
        return []
    around = await project.around()
    return [action for mark in marks for action in _of_snippets(project, mark, around)]


def is_ours(action: types.CodeAction) -> bool:
    """Whether an action is one of a snippet."""
    return cast("dict[str, Any]", action.data or {}).get("do") in {SNIPPET, DEPENDENCY}


async def resolved(server: BackendServer, action: types.CodeAction) -> types.CodeAction:
    """An action with its edit; without one if it does not apply any more."""
    data = cast("dict[str, Any]", action.data or {})
    project = _project(server, data.get("uri", ""))
    changes = project.changes(data, await project.around()) if project is not None else None
    if project is not None and changes is not None:
        give(server, action, project.root, project.edited(changes), changes.creates)
    return action


def _of_snippets(project: _Project, mark: Landmark, around: Surroundings) -> Iterator[types.CodeAction]:
    """Those that write the files of a snippet for an application."""
    from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415 - when somebody asks
    from backend_architect.snippets.offering import is_there, with_actions  # noqa: PLC0415

    document, file = project.document, project.facts()
    chosen = document.reporter.settings.snippets
    for snippet, variant, action in with_actions(load_snippets().values()):
        switched_off = chosen.isdisjoint({ALL, snippet.family})
        if switched_off or variant.framework != mark.style or is_there(variant, file, around):
            continue
        names = {"snippet": snippet.id, "framework": variant.framework, "application": mark.name}
        data = {"uri": document.uri, "do": SNIPPET, **names}
        if project.changes(data, around) is None:
            continue
        yield types.CodeAction(action.title, REFACTORING, data=data)


def _of_dependencies(project: _Project, here: FileFacts, around: Surroundings) -> Iterator[types.CodeAction]:
    """Those that make the project depend on what a line imports, if snippets know a version of it."""
    from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415 - when somebody asks

    variants = (variant for snippet in load_snippets().values() for variant in snippet.variants)
    known = {name: version for variant in variants for name, version in variant.libraries}
    for name in sorted(map(libraries.distribution, here.imports)):
        if name in known and around.declared and name not in around.declared:
            data = {"uri": project.document.uri, "do": DEPENDENCY, "name": name, "version": known[name]}
            if project.changes(data, around) is not None:
                title = f"Add {name} to the dependencies"
                yield types.CodeAction(title, types.CodeActionKind.QuickFix, data=data)
