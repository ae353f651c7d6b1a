"""What was made of files, kept until one of them changes: reading it again costs too much for every start."""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from backend_architect import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Cache:
    """One file below the user's folder for caches; without such a folder nothing is kept."""

    def __init__(self, kind: str, of: Path, sources: Iterable[Path]) -> None:
        """Takes what is kept, the folder that it is made of, and the files, besides this version."""
        folder = caches()
        self._file = folder and folder / f"{kind}-{zlib.crc32(str(of).encode()):08x}.json"
        self._state = _state(sources)

    def load(self) -> Any:
        """What was stored, if it is readable and the sources are as they were; else None."""
        if self._file is None:
            return None
        try:
            content = cast("dict[str, Any]", json.loads(self._file.read_bytes()))
            return content["content"] if content["state"] == self._state else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, content: Any) -> None:
        """Writes the file in one step, so that a process that starts meanwhile never reads half of it."""
        if self._file is None:
            return
        fresh = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"state": self._state, "content": content}), encoding="utf-8")
            fresh.replace(self._file)
        except OSError:
            with suppress(OSError):
                fresh.unlink()


def caches() -> Path | None:
    """The folder of the caches; None where the user has none."""
    from platformdirs import user_cache_path  # noqa: PLC0415  (only a server or a command that needs cards)

    try:
        return user_cache_path("backend-architect", appauthor=False)
    except (OSError, RuntimeError):
        return None


def _state(sources: Iterable[Path]) -> list[Any]:
    return [__version__, *(_stat(file) for file in sources)]


def _stat(file: Path) -> list[Any]:
    try:
        stat = file.stat()
    except OSError:
        return [str(file), None, None]
    return [str(file), stat.st_size, stat.st_mtime_ns]
