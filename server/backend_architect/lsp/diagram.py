"""The entity-relationship diagram of a project, as Mermaid writes it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types

if TYPE_CHECKING:
    from backend_architect.lsp.server import BackendServer

COMMAND: Final = "backend-architect.showDiagram"


async def show(server: BackendServer) -> str:
    """The text of the diagram; a client that opens documents when asked to opens it in a temporary file."""
    text = await server.host.projects.draw()
    if not text:
        server.host.tell(
            "diagram",
            "There is no diagram: no open file is of a project with tables, or that is still being read.",
            types.MessageType.Info,
        )
        return ""
    window = server.client_capabilities.window
    if window is not None and window.show_document is not None and window.show_document.support:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="schema-", suffix=".mmd", delete=False
        ) as file:
            file.write(text)
        server.window_show_document(types.ShowDocumentParams(Path(file.name).as_uri(), take_focus=True))
    return text
