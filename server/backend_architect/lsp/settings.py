"""The settings of the editor: given at the start and when they change, or asked for where it can be asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from lsprotocol import types

from backend_architect.project.editor import RUN, EditorSettings, Values, changes

if TYPE_CHECKING:
    from backend_architect.lsp.server import BackendServer

log = logging.getLogger(__name__)

SECTIONS: Final = ("backendArchitect", "backend-architect")
"""The names of our settings among those of an editor."""

RUNS: Final = ("onType", "onSave")
"""When documents are analysed: after each change, or when they are opened and saved."""


def initial(server: BackendServer, options: object) -> EditorSettings:
    """The settings with which an editor starts the server.

    `trusted` counts here only: what an editor is asked for later may come from the files of a workspace.
    """
    values = _section(options)
    said = changes(values or {})
    folders = tuple((folder, said) for folder in server.folders())
    return EditorSettings(said, folders, trusted=not values or values.get("trusted") is not False)


def _section(settings: object) -> Values | None:
    """Our settings among those that an editor sends, with or without others; None if they are none."""
    if not isinstance(settings, Mapping):
        return None
    values = cast("Values", settings)
    named = next((values[name] for name in SECTIONS if isinstance(values.get(name), Mapping)), values)
    return cast("Values", named)


async def current(server: BackendServer, pushed: object = None) -> EditorSettings:
    """The settings as they are now: by folder if the editor can be asked, else those that it has `pushed`."""
    known, folders = server.host.editor, server.folders()
    workspace = server.client_capabilities.workspace
    if workspace is None or not workspace.configuration:
        values = _section(pushed)
        said = changes(values) if values else known.everywhere
        return EditorSettings(said, tuple((one, said) for one in folders), trusted=known.trusted)
    scopes = [*(folder.as_uri() for folder in folders), None]
    items = [types.ConfigurationItem(scope, section) for scope in scopes for section in SECTIONS]
    try:
        answers = await server.workspace_configuration_async(types.ConfigurationParams(items))
    except Exception:
        log.exception("the settings of the editor cannot be asked for")
        return known
    given = list(answers)
    *values, everywhere = (
        _first(given[at : at + len(SECTIONS)], known.everywhere) for at in range(0, len(items), len(SECTIONS))
    )
    return EditorSettings(everywhere, tuple(zip(folders, values, strict=True)), trusted=known.trusted)


def _first(answers: list[Any], otherwise: Values) -> Values:
    said = next((cast("Values", one) for one in answers if isinstance(one, Mapping) and one), None)
    return otherwise if said is None else changes(said)


def run_of(values: Values) -> tuple[Literal["onType", "onSave"], str | None]:
    """When documents are analysed, and a sentence about a value that says something else."""
    match values.get(RUN):
        case "onType" | "onSave" as run:
            return run, None
        case None:
            return "onType", None
        case other:
            return "onType", f"{RUN}: it is one of {', '.join(RUNS)}, and not {other!r}"
