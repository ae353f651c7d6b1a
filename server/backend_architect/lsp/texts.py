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
    window = server.client_capabilities.window
    if window is None or window.show_document is None or not window.show_document.support:
        return False
    file = Path(tempfile.mkdtemp(prefix="backend-architect-")) / name
    file.write_text(text, "utf-8", newline="")
    server.window_show_document(types.ShowDocumentParams(file.as_uri(), take_focus=True))
    return True
