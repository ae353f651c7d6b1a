"""Repairs that reach over the files of a project, written when somebody chooses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from backend_architect.engine.text import split_lines
from backend_architect.lsp.projects import file_of
from backend_architect.lsp.workspace_edits import EditedFile, give

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.engine.remedies import Remedy
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer
    from backend_architect.project.messages import Written


async def with_changes(
    server: BackendServer, action: types.CodeAction, document: OpenDocument, remedy: Remedy
) -> types.CodeAction:
    """The action with what a remedy does; without it, and with a message, where that cannot be told."""
    file = file_of(document.uri)
    if file is None:
        return action
    root = server.host.configuration(file).root
    written = await server.host.projects.write(root, remedy.plan)
    if written is None:
        _warn(server, action, "no answer came in time; try again")
    elif written.refusal:
        _warn(server, action, f"this cannot be written: {written.refusal}")
    else:
        _write(server, action, root, written)
    return action


def _write(server: BackendServer, action: types.CodeAction, root: Path, written: Written) -> None:
    documents = server.host.documents
    edited = [_edited(server, root, path, written) for path in written.files]
    changed = [one for one in edited if one.uri in documents and one.version != documents[one.uri].version]
    if changed:
        _warn(server, action, f"{changed[0].uri} has changed; try again")
        return
    for note in written.changes.notes:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, note))
    give(server, action, root, edited, written.changes.creates)


def _edited(server: BackendServer, root: Path, path: str, written: Written) -> EditedFile:
    """A file under the name by which the client knows it."""
    file, one = root / path, written.files[path]
    uri = next((uri for uri in server.host.documents if file_of(uri) == file), file.as_uri())
    return EditedFile(uri, one.version, split_lines(one.text), written.changes.edits[path])


def _warn(server: BackendServer, action: types.CodeAction, why: str) -> None:
    said = types.ShowMessageParams(types.MessageType.Warning, f"{action.title}: {why}.")
    server.window_show_message(said)
