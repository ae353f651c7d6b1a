"""Whether the tool that runs a migration puts it into one transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.indexing.sql_runners import OTHER, PSQL, beside, runner_of
from backend_architect.migrations.statements import run_forward, statements
from backend_architect.schema.changes import AddIndex, DetachPartition, DropIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend_architect.indexing.sql_runners import Runner
    from backend_architect.migrations.histories import Script, Tool


def runs_in_transaction(script: Script, read: Callable[[str], str | None]) -> bool:
    """Whether a migration begins in a transaction of its tool; `read` gives the text of a file.

    psql and most clients run each statement by itself; so does what nobody knows.
    """
    if script.tool != "sql":
        return script.atomic
    text = read(script.path) or ""
    runner = runner_of(script, read)
    pattern = runner.alone_if
    told = bool(pattern) and re.search(pattern, text, re.IGNORECASE | re.MULTILINE) is not None
    told = told or is_told(runner, script.path, read)
    if runner in {OTHER, PSQL} or (told and not runner.single):
        return False
    if runner.sends_text or told:
        # The protocol of PostgreSQL makes one transaction of several statements in one message.
        return sum(piece.kind == "sql" for piece in statements(run_forward(text), script.dialect)) > 1
    if runner.looks_first:
        return not all(goes_alone(step.change) for step in script.steps)
    return True


def explained(script: Script) -> str:
    """Why a script runs in a transaction, to complete a message."""
    return _EXPLAINED[script.tool]


_EXPLAINED: Final[Mapping[Tool, str]] = {
    "alembic": "Alembic runs a revision in a transaction, but for what stands in an `autocommit_block()`",
    "django": "Django runs a migration in a transaction unless it says `atomic = False`",
    "sql": "the tool that runs these files puts each into a transaction",
}


def is_told(runner: Runner, path: str, read: Callable[[str], str | None]) -> bool:
    """Whether a file beside the migration says that it runs without a transaction."""
    at, text = runner.extra
    if not at:
        return False
    return text.strip().replace(" ", "") in (read(beside(path, at)) or "").replace(" ", "")


def goes_alone(change: object) -> bool:
    """Whether a change is one that no transaction may contain."""
    return isinstance(change, AddIndex | DropIndex | DetachPartition) and change.concurrently
