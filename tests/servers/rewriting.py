"""Migrations into which safe sequences are written, and what PostgreSQL has after them."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrating import blocking_scans, in_use, reading_log
from postgres import programs
from tests.project_texts import project_of, with_changes

from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.project_texts import Texts

    from backend_architect.migrations.phases import Phase


def rewritten(
    texts: Texts,
    kind: type,
    sequence: Callable[..., tuple[Phase, ...]],
    path: str = "",
    runner: str = "",
) -> Texts:
    """The files after the first change of a kind in one migration, or in the last, is made in a safe way."""
    project = project_of(texts, runner)
    wanted = path or max(step.script.path for step in steps_of(project))
    for step in steps_of(project):
        if isinstance(step.change, kind) and step.script.path == wanted:
            remedy = rewrite("", step, sequence(step.change))
            assert remedy is not None
            return with_changes(texts, remedy.plan.changes(project))
    raise AssertionError(f"{wanted} does not do this")


def schema_in(conninfo: str) -> str:
    """All that `pg_dump` says of the schema of a database."""
    command = [programs() / "pg_dump", "--schema-only", "--no-owner", "--dbname", conninfo]
    dump = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return re.sub(r"^\\(?:un)?restrict .*$", "", dump, flags=re.MULTILINE)


@contextmanager
def watched(conninfo: str, scans: str = "VALIDATE|CREATE|UPDATE") -> Generator[list[str]]:
    """What kept others from writing orders while it was read as a whole; it is known at the end.

    `scans` is the pattern of the statements that may hold no lock of that kind for more than a moment.
    """
    found: list[str] = []
    with reading_log(conninfo) as log, in_use(conninfo) as seen:
        yield found
    found += [*blocking_scans(log[0]), *seen.held_while(scans)]
