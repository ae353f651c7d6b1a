"""Migrations in the place of whose statements a safe sequence is put, and what is compared of them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from postgres import programs
from tests.project_texts import project_of, with_changes

from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.migrations.phases import Phase


def rewritten(
    texts: dict[str, str], path: str, kind: type, sequence: Callable[..., tuple[Phase, ...]]
) -> dict[str, str]:
    """The files after the first change of a kind in a migration has become a safe sequence."""
    project = project_of(texts)
    for step in steps_of(project):
        if step.script.path == path and isinstance(step.change, kind):
            remedy = rewrite("rewrite", step, sequence(step.change))
            assert remedy is not None
            return with_changes(texts, remedy.plan.changes(project))
    raise AssertionError(f"{path} makes no {kind.__name__}")


def dump(conninfo: str) -> str:
    """The schema of a database as pg_dump writes it."""
    said = dict(word.split("=") for word in conninfo.split())
    place = ["-h", said["host"], "-p", said["port"], "-U", said["user"]]
    command = [programs() / "pg_dump", "-s", *place, said["dbname"]]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    # The newest versions restrict psql by a random key.
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("\\"))
