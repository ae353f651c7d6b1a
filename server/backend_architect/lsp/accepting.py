"""Accepting what is found today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend_architect.lsp import command_line
from backend_architect.lsp.asking import folders_of
from backend_architect.lsp.errors import RefusedError
from backend_architect.lsp.progress import with_progress
from backend_architect.project.baselines import BASELINE

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.lsp.server import BackendServer
    from backend_architect.project.editor import EditorSettings


async def create_baseline(server: BackendServer, given: dict[str, Any]) -> dict[str, Any]:
    """Write the baseline of a folder, and show only what is new from now on.

    One that is there is replaced only if `force` says so; else `written` is false, and `file` names it.

    Raises:
        RefusedError: several folders are open and none is named, or it cannot be written.
    """
    folder, *others = folders_of(server, given)
    if others:
        raise RefusedError("Name one of the folders that are open.")
    file = server.host.configuration(folder / BASELINE).root / BASELINE
    force = given.get("force") is True
    if file.exists() and not force:
        return {"written": False, "file": file.as_uri(), "message": f"{file} is there already."}
    message = await with_progress(
        server, "Accepting what is found", _create(folder, server.host.editor, force=force)
    )
    server.host.reconfigure()
    return {"written": True, "file": file.as_uri(), "message": message}


async def _create(folder: Path, editor: EditorSettings, *, force: bool) -> str:
    ended = await command_line.run(folder, editor, "baseline", "create", *(["--force"] if force else []))
    if ended.code:
        raise RefusedError(ended.errors.strip())
    return ended.output.strip()
