"""How a path is written for people and for other programs."""

from __future__ import annotations

import os
from pathlib import Path


def shown(path: Path) -> str:
    """A path relative to the working directory, with slashes; absolute where there is no such way."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:
        # On Windows, another drive.
        return path.as_posix()
