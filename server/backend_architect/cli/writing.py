"""Writes files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Gives an existing file new content at once, or leaves it as it is; its mode is kept.

    Raises:
        OSError: the file or its folder cannot be written.
    """
    # A link stays a link: its target is replaced.
    target = path.resolve(strict=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        shutil.copymode(target, temporary)
        os.replace(temporary, target)  # noqa: PTH105 - the temporary name is a string
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108 - as above
        raise


def create_file(path: Path, content: bytes) -> None:
    """Writes a new file, and the folders that it needs.

    Raises:
        FileExistsError: there is one already.
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        stream.write(content)
