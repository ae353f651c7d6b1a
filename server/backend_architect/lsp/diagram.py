"""The entity-relationship diagram of a project, as Mermaid writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from backend_architect.lsp import texts

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
    texts.show(server, "schema.mmd", text)
    return text
