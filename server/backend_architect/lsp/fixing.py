"""All safe fixes of a document, or of whole folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from backend_architect.fixes.merging import compatible, edits_of
from backend_architect.lsp.asking import document_of, folders_of
from backend_architect.lsp.code_actions import safe_fixes
from backend_architect.lsp.progress import with_progress
from backend_architect.lsp.projects import file_of
from backend_architect.lsp.stored import check
from backend_architect.lsp.workspace_edits import CreatedFile, EditedFile, can_create, workspace_edit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.findings import BuiltFix
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer

_TITLE = "Fix all that is safe to fix"


class _Fixed:
    """The fixes of several files, those together that can be applied together."""

    def __init__(self, server: BackendServer) -> None:
        self._server = server
        self._files: list[EditedFile] = []
        self._created: list[CreatedFile] = []
        self._count = 0

    def add_document(self, document: OpenDocument) -> None:
        """Fix a document as it stands in the editor."""
        file = file_of(document.uri)
        root = self._server.host.configuration(file).root if file else Path()
        self._add(document.uri, document.version, document.lines, list(safe_fixes(document)), root)

    def add_file(self, path: Path, lines: list[str], fixes: Iterable[BuiltFix]) -> None:
        """Fix a file as it is stored."""
        self._add(path.as_uri(), None, lines, list(fixes), path.parent)

    def _add(
        self, uri: str, version: int | None, lines: list[str], fixes: list[BuiltFix], root: Path
    ) -> None:
        chosen = [fixes[index] for index in compatible(fixes)]
        if not can_create(self._server):
            chosen = [fix for fix in chosen if not fix.creates]
        if chosen:
            self._count += len(chosen)
            self._files.append(EditedFile(uri, version, lines, edits_of(chosen)))
            self._created += [
                CreatedFile((root / new.path).as_uri(), new.text) for fix in chosen for new in fix.creates
            ]

    async def answer(self, *, apply: bool) -> dict[str, Any]:
        """What is fixed, and the edit that does it; applied by the client if it is to be."""
        edit = workspace_edit(self._server, self._files, self._created, _TITLE)
        applied = False
        if apply and self._files:
            params = types.ApplyWorkspaceEditParams(edit, _TITLE)
            result = await self._server.workspace_apply_edit_async(params)
            applied = result.applied
        return {"fixed": self._count, "files": len(self._files), "applied": applied, "edit": edit}


async def fix_all(server: BackendServer, given: dict[str, Any]) -> dict[str, Any]:
    """Fix a document, or all files of folders: those that are open as they stand in the editor.

    One fix that touches another is left out, so a second call may find more. A file that changed while it was
    checked is left out, too.
    """
    fixed = _Fixed(server)
    if "uri" in given:
        fixed.add_document(document_of(server, given))
    else:
        await with_progress(server, "Looking for what is safe to fix", _collect(server, given, fixed))
    return await fixed.answer(apply=given.get("apply", True) is not False)


async def _collect(server: BackendServer, given: dict[str, Any], fixed: _Fixed) -> None:
    for folder in folders_of(server, given):
        outcome = await check(folder, server.host.editor)
        documents = {
            file: document
            for uri, document in server.host.documents.items()
            if (file := file_of(uri)) is not None and file.is_relative_to(folder)
        }
        for document in documents.values():
            server.host.catch_up(document)
            fixed.add_document(document)
        for one in outcome.files:
            if one.settled and one.path not in documents:
                fixed.add_file(one.path, one.lines, one.safe_fixes(folder))
