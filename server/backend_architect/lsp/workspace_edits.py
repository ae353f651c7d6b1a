"""Edits and new files as the client can take them; texts to paste where it lets servers create none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from backend_architect.lsp import texts
from backend_architect.lsp.positions import Encoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from backend_architect.engine.findings import Edit, NewFile
    from backend_architect.lsp.server import BackendServer

COMMAND: Final = "backend-architect.showNewFiles"
"""Shows the texts of files that the client cannot create, each a dictionary of its path and its text."""

_CHANGE: Final = "change"
"""Names the annotation of all edits that belong together."""
_EMPTY: Final = types.Range(types.Position(0, 0), types.Position(1, 0))
"""All of an empty file; behind its end, so that Neovim adds no line end to that of the text."""


@dataclass(frozen=True, slots=True)
class EditedFile:
    """Edits of a file that is there."""

    uri: str
    version: int | None
    """None for a file that is not open."""
    lines: Sequence[str]
    """Of the text that is edited."""
    edits: Iterable[Edit]


@dataclass(frozen=True, slots=True)
class CreatedFile:
    """A new file."""

    uri: str
    text: str


def workspace_edit(
    server: BackendServer, files: Iterable[EditedFile], created: Iterable[CreatedFile] = (), title: str = ""
) -> types.WorkspaceEdit:
    """The edits and new files as one change.

    With a `title`, a client that can shows them under it in its preview, where all are ticked: that of edits
    which need confirmation begins with none. New files are left out if the client cannot create any: see
    `can_create`.
    """
    encoding = Encoding(server.encoding)
    edits = {
        (one.uri, one.version): [
            types.TextEdit(encoding.to_range(edit.span, one.lines), edit.text) for edit in one.edits
        ]
        for one in files
    }
    created = list(created) if can_create(server) else []
    capability = _capability(server)
    if capability is None or not (capability.document_changes or created):
        return types.WorkspaceEdit(changes={uri: some for (uri, _), some in edits.items()})
    annotated = bool(title and capability.change_annotation_support)
    changes: list[types.CreateFile | types.TextDocumentEdit] = []
    for one in created:
        changes.append(types.CreateFile(one.uri, annotation_id=_CHANGE if annotated else None))
        changes.append(_document_edit(one.uri, None, [types.TextEdit(_EMPTY, one.text)], annotated))
    changes += [_document_edit(uri, version, some, annotated) for (uri, version), some in edits.items()]
    annotation = types.ChangeAnnotation(title)
    return types.WorkspaceEdit(
        document_changes=changes, change_annotations={_CHANGE: annotation} if annotated else None
    )


def give(
    server: BackendServer,
    action: types.CodeAction,
    root: Path,
    files: Iterable[EditedFile],
    creates: Sequence[NewFile],
) -> None:
    """Give an action its edit of files that are there and new ones, whose paths are below a root."""
    created = [CreatedFile((root / one.path).as_uri(), one.text) for one in creates]
    action.edit = workspace_edit(server, files, created, action.title)
    if created and not can_create(server):
        shown = [{"path": one.path, "text": one.text} for one in creates]
        action.command = types.Command("Show what the new file is to hold", COMMAND, arguments=shown)


def show_new_files(server: BackendServer, files: Iterable[dict[str, str]]) -> None:
    """Show texts of files that are to be created by hand: in the editor if it can, else in its log."""
    for file in files:
        path, text = file["path"], file["text"]
        shown = texts.show(server, PurePosixPath(path).name, text)
        where = "is open now" if shown else "stands in the log of the server"
        if not shown:
            server.window_log_message(types.LogMessageParams(types.MessageType.Info, f"{path}:\n\n{text}"))
        said = f"This editor does not let language servers create files: save what {where} as {path}."
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, said))


def can_create(server: BackendServer) -> bool:
    """Whether the client creates files when an edit asks for it.

    Neovim says so and does not say `documentChanges`, of which the creation of files is a part.
    """
    capability = _capability(server)
    return types.ResourceOperationKind.Create in ((capability and capability.resource_operations) or ())


def _document_edit(
    uri: str, version: int | None, edits: list[types.TextEdit], annotated: bool
) -> types.TextDocumentEdit:
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    if not annotated:
        return types.TextDocumentEdit(identifier, edits)
    return types.TextDocumentEdit(
        identifier, [types.AnnotatedTextEdit(_CHANGE, edit.range, edit.new_text) for edit in edits]
    )


def _capability(server: BackendServer) -> types.WorkspaceEditClientCapabilities | None:
    workspace = server.client_capabilities.workspace
    return workspace.workspace_edit if workspace else None
