"""The findings of whole folders, in files that are not open too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend_architect.lsp.asking import folders_of
from backend_architect.lsp.progress import with_progress
from backend_architect.lsp.stored import Outcome
from backend_architect.lsp.unopened import counted

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.lsp.server import BackendServer


async def check_workspace(server: BackendServer, given: dict[str, Any]) -> dict[str, Any]:
    """Publish what `backend-architect check` finds, and answer with its numbers."""
    outcome = await with_progress(server, "Checking the workspace", _check(server, folders_of(server, given)))
    return counted(outcome)


async def _check(server: BackendServer, folders: list[Path]) -> Outcome:
    outcomes = [await server.host.unopened.check(folder) for folder in folders]
    return Outcome(
        [file for one in outcomes for file in one.files],
        [problem for one in outcomes for problem in one.problems],
    )
