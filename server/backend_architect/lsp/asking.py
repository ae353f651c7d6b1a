"""What the argument of a command names: a document, a position in it, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from backend_architect.lsp.errors import RefusedError
from backend_architect.lsp.projects import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer


def document_of(server: BackendServer, given: dict[str, Any]) -> OpenDocument:
    """The open document of `uri`.

    Raises:
        RefusedError: it is not open, or neither Python nor SQL.
    """
    document = server.host.current(str(given.get("uri", "")))
    if document is None:
        raise RefusedError("Open a Python or SQL file first.")
    return document


def position_of(given: dict[str, Any]) -> types.Position:
    """The place of `position`; the start of the document without one."""
    place: dict[str, Any] = given.get("position") or {}
    return types.Position(int(place.get("line", 0)), int(place.get("character", 0)))


def folders_of(server: BackendServer, given: dict[str, Any]) -> list[Path]:
    """The folder of `folder`, else all that are open and lie in no other.

    Raises:
        RefusedError: no folder is open.
    """
    named = file_of(str(given.get("folder", "")))
    if named is not None:
        return [named]
    folders = server.folders()
    outer = [one for one in folders if not any(one != two and one.is_relative_to(two) for two in folders)]
    if not outer:
        raise RefusedError("Open a folder first.")
    return sorted(outer)
