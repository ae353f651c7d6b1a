"""Texts that a client shows in a document of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from backend_architect.lsp.server import BackendServer


def show(server: BackendServer, name: str, text: str) -> bool:
    """Open a text as a temporary file; whether the client opens documents when it is asked to."""
    if not _opens(server):
        return False
    server.window_show_document(types.ShowDocumentParams(write(name, text), take_focus=True))
    return True


def open_outside(server: BackendServer, uri: str) -> bool:
    """Open something in the program that the system has for it; whether the client does that."""
    if not _opens(server):
        return False
    server.window_show_document(types.ShowDocumentParams(uri, external=True))
    return True


def write(name: str, text: str) -> str:
    """Write a text into a temporary file; its URI."""
    file = Path(tempfile.mkdtemp(prefix="backend-architect-")) / name
    file.write_text(text, "utf-8", newline="")
    return file.as_uri()


def _opens(server: BackendServer) -> bool:
    window = server.client_capabilities.window
    return window is not None and window.show_document is not None and window.show_document.support
