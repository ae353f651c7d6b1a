"""Repairs that reach over the files of a project, for clients that create files and those that do not."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from backend_architect.engine.text import split_lines
from backend_architect.lsp import texts
from backend_architect.lsp.projects import file_of
from backend_architect.lsp.workspace_edits import CreatedFile, EditedFile, can_create, workspace_edit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from backend_architect.engine.remedies import Remedy
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer
    from backend_architect.project.messages import Written

COMMAND: Final = "backend-architect.showNewFiles"
"""Shows the texts of files that the client cannot create, each a dictionary of its path and its text."""


async def with_changes(
    server: BackendServer, action: types.CodeAction, document: OpenDocument, remedy: Remedy
) -> types.CodeAction:
    """The action with what a remedy does; without it, and with a message, where that cannot be told."""
    file = file_of(document.uri)
    root = server.host.configuration(file).root if file is not None else None
    if root is None:
        return action
    written = await server.host.projects.write(root, remedy.plan)
    if written is None:
        _say(server, f"{action.title}: no answer came in time; try again.", types.MessageType.Warning)
        return action
    if written.refusal:
        _say(server, f"{action.title}: this cannot be written: {written.refusal}.", types.MessageType.Warning)
        return action
    for note in written.changes.notes:
        _say(server, note, types.MessageType.Info)
    _write(server, action, root, written)
    return action


def _write(server: BackendServer, action: types.CodeAction, root: Path, written: Written) -> None:
    edited = [_edited(server, root, path, written) for path in written.files]
    changed = [
        one for one in edited if one.uri in server.host.documents and one.version != _version(server, one)
    ]
    if changed:
        _say(server, f"{action.title}: {changed[0].uri} has changed; try again.", types.MessageType.Warning)
        return
    creates = written.changes.creates
    created = [CreatedFile((root / one.path).as_uri(), one.text) for one in creates]
    action.edit = workspace_edit(server, edited, created, action.title)
    if created and not can_create(server):
        files = [{"path": one.path, "text": one.text} for one in creates]
        action.command = types.Command("Show what the new file is to hold", COMMAND, arguments=files)


def _edited(server: BackendServer, root: Path, path: str, written: Written) -> EditedFile:
    """A file under the name by which the client knows it."""
    file, one = root / path, written.files[path]
    uri = next((uri for uri in server.host.documents if file_of(uri) == file), file.as_uri())
    return EditedFile(uri, one.version, split_lines(one.text), written.changes.edits[path])


def _version(server: BackendServer, one: EditedFile) -> int:
    return server.host.documents[one.uri].version


def show_new_files(server: BackendServer, files: Iterable[dict[str, str]]) -> None:
    """Show texts of files that are to be created by hand: in the editor if it can, else in its log."""
    for file in files:
        path, text = file["path"], file["text"]
        shown = texts.show(server, PurePosixPath(path).name, text)
        where = "is open now" if shown else "stands in the log of the server"
        if not shown:
            server.window_log_message(types.LogMessageParams(types.MessageType.Info, f"{path}:\n\n{text}"))
        _say(
            server,
            f"This editor does not let language servers create files: save what {where} as {path}.",
            types.MessageType.Info,
        )


def _say(server: BackendServer, text: str, kind: types.MessageType) -> None:
    server.window_show_message(types.ShowMessageParams(kind, text))
