"""Snippets to choose from a list, and the one that was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from backend_architect.lsp import completion, snippet_actions
from backend_architect.lsp.asking import document_of, position_of
from backend_architect.lsp.errors import RefusedError
from backend_architect.lsp.markup import unwrapped

if TYPE_CHECKING:
    from backend_architect.lsp.server import BackendServer


async def snippets(server: BackendServer, given: dict[str, Any]) -> list[dict[str, Any]]:
    """What fits at a position, and behind it what writes several files for an application in the document.

    Each is an argument of `snippet`, with texts for people.
    """
    uri = document_of(server, given).uri
    position = {"line": position_of(given).line, "character": position_of(given).character}
    found = [cast("dict[str, Any]", item.data) for item in await _items(server, given)]
    several = [cast("dict[str, Any]", one.data) for one in await snippet_actions.of_document(server, uri)]
    return [
        {
            "uri": uri,
            "position": position,
            "snippet": data["snippet"],
            "framework": data["framework"],
            "application": data.get("application"),
            "missing": data.get("missing", []),
            **_texts(data["snippet"], data["framework"]),
        }
        for data in (*found, *several)
    ]


async def snippet(server: BackendServer, given: dict[str, Any]) -> dict[str, Any]:
    """The text of a snippet for a position with the imports that it needs; several files are written at once.

    Raises:
        RefusedError: it does not fit any more, or is not certain what is to be written.
    """
    if given.get("application"):
        return {"applied": await _apply(server, given)}
    item = next((one for one in await _items(server, given) if _is_meant(one.data, given)), None)
    edit = item.text_edit if item is not None else None
    if item is None or not isinstance(edit, types.TextEdit):
        raise RefusedError("This snippet does not fit here any more.")
    is_snippet = item.insert_text_format == types.InsertTextFormat.Snippet
    return {
        "range": edit.range,
        "text": edit.new_text,
        "format": "snippet" if is_snippet else "plain",
        "imports": completion.resolved(server, item).additional_text_edits or [],
    }


async def _apply(server: BackendServer, given: dict[str, Any]) -> bool:
    actions = await snippet_actions.of_document(server, document_of(server, given).uri)
    action = next((one for one in actions if _is_meant(one.data, given)), None)
    edit = (await snippet_actions.resolved(server, action)).edit if action is not None else None
    if action is None or edit is None:
        raise RefusedError("It is not certain what this snippet is to write here.")
    if action.command is not None:
        raise RefusedError("This editor does not let language servers create files.")
    params = types.ApplyWorkspaceEditParams(edit, action.title)
    return (await server.workspace_apply_edit_async(params)).applied


async def _items(server: BackendServer, given: dict[str, Any]) -> list[types.CompletionItem]:
    identifier = types.TextDocumentIdentifier(document_of(server, given).uri)
    params = types.CompletionParams(identifier, position_of(given))
    return list((await completion.complete(server, params)).items)


def _is_meant(data: Any, given: dict[str, Any]) -> bool:
    keys = ("snippet", "framework", "application")
    return all(data.get(key) == given.get(key) for key in keys)


def _texts(name: str, framework: str) -> dict[str, Any]:
    from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415 - when somebody asks
    from backend_architect.snippets.frameworks import FRAMEWORKS  # noqa: PLC0415

    card = load_snippets()[name]
    return {
        "label": f"ba-{card.name}",
        "title": card.title,
        "for": FRAMEWORKS[framework].label,
        "documentation": unwrapped(card.body.strip()),
    }
