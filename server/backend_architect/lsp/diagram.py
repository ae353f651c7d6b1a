"""The entity-relationship diagram of a project: for Mermaid, for a browser, for the web view of an editor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from backend_architect.lsp import texts
from backend_architect.lsp.projects import file_of
from backend_architect.schema.drawing import page

if TYPE_CHECKING:
    from backend_architect.lsp.server import BackendServer
    from backend_architect.project.messages import Form
    from backend_architect.schema.drawing import Drawing

SHOW: Final = "backend-architect.showDiagram"
WRITE: Final = "backend-architect.writeDiagram"
PROJECTS: Final = "backend-architect.diagramProjects"
PAGE: Final = "backend-architect.diagramPage"
DATA: Final = "backend-architect.diagramData"


async def show(server: BackendServer) -> str:
    """The text for Mermaid; a client that opens documents when asked to opens it in a temporary file."""
    text = await _first(server, "mermaid")
    if text:
        texts.show(server, "schema.mmd", text)
    return text


async def write(server: BackendServer) -> str:
    """The page as a temporary file, which a browser opens if the client can do that; its URI."""
    text = await _first(server, "page")
    if not text:
        return ""
    uri = texts.write("schema.html", page(json.loads(text)))
    if not texts.open_outside(server, uri):
        _say(server, f"The diagram is in {uri}")
    return uri


def projects(server: BackendServer) -> list[dict[str, str]]:
    """The projects that may have a diagram, each with its `name` and `uri`."""
    return [{"name": root.name, "uri": root.as_uri()} for root in server.host.projects.roots()]


def empty_page() -> str:
    """The page for a web view, which is to send it what `data` gives."""
    return page(None)


async def data(server: BackendServer, uri: str) -> Drawing | None:
    """What the page is to draw of the project at a URI; None while that is being read, or is not open."""
    root = file_of(uri)
    if root not in server.host.projects.roots():
        return None
    text = await server.host.projects.draw(root, "page")
    return json.loads(text) if text else None


async def _first(server: BackendServer, form: Form) -> str:
    """The diagram of the first project that has tables; empty if there is none, which is said."""
    for root in server.host.projects.roots():
        text = await server.host.projects.draw(root, form)
        if text and (form == "mermaid" or json.loads(text)["schemas"]):
            return text
    _say(server, "There is no diagram: no folder that is open has tables, or its files are still being read.")
    return ""


def _say(server: BackendServer, text: str) -> None:
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
