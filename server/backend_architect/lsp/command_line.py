"""The command line, run beside the server for what takes longer than a person waits."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.project.editor import EditorSettings

USAGE: Final = 2
"""The exit code of a command that could not do its work."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    output: str
    errors: str
    """What it wrote to standard error."""


async def run(folder: Path, editor: EditorSettings, *arguments: str) -> Ended:
    """Run a command in a folder, with the settings and the trust of the editor.

    It ends at once when the task that waits for it is cancelled.

    Of the commands that take `--jobs`: with one, the other cores are left to the editor.
    """
    # Without -P Python would import modules from the folder, whose code must not be run.
    program = (sys.executable, "-P", "-m", "backend_architect.cli.main")
    process = await asyncio.create_subprocess_exec(
        *program,
        *arguments,
        "--jobs",
        "1",
        cwd=folder,
        env=os.environ | editor.handed_over(folder),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return Ended(process.returncode or 0, _text(output), _text(errors))


def _text(output: bytes) -> str:
    return output.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
