"""What was made of files, kept until one of them changes: reading it again costs too much for every start."""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from backend_architect import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

_OTHERS: Final = {
    ("builtins", "frozenset"),
    *(("pathlib", name) for name in ("PosixPath", "WindowsPath")),
    *(("pathlib._local", name) for name in ("PosixPath", "WindowsPath")),
}
"""The classes of Python that are in results, by where its versions have them."""


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


def rules_folder() -> Path:
    """The folder of the cards: inside the installed package, else in the checkout.

    The caches need times and sizes of files, and importing `importlib.resources` costs more than all cards.
    """
    package = Path(__file__).parents[1]
    installed = package / "rules"
    return installed if installed.is_dir() else package.parents[1] / "rules"


def snippets_folder() -> Path:
    """The folder of the snippets: inside the installed package, else in the checkout.

    A package of ours has its name in both, so it is known by its page about how to write one.
    """
    package = Path(__file__).parents[1]
    installed = package / "snippets"
    return installed if (installed / "README.md").is_file() else package.parents[1] / "snippets"


def program() -> Any:
    """What all results rest on: this program, its rules, and the Python that it runs on."""
    package = Path(__file__).parents[1]
    files = [*package.rglob("*.py"), *package.rglob("*.toml"), *rules_folder().rglob("*.md")]
    newest = [(str(file), stat.st_size, stat.st_mtime_ns) for file in sorted(files) for stat in [file.stat()]]
    return __version__, sys.version, tuple(newest)


def load_own(content: bytes) -> Any:
    """What was pickled of our own classes; anything else is an error, whoever wrote it."""
    return _Unpickler(io.BytesIO(content)).load()


class _Unpickler(pickle.Unpickler):
    """Makes results and what they consist of, and calls nothing else, whoever wrote the file."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """A class of ours, or one of the few others that results hold."""
        ours = module_name.startswith("backend_architect.") and "." not in global_name
        found = super().find_class(module_name, global_name) if ours else None
        if isinstance(found, type):
            return found
        if (module_name, global_name) in _OTHERS:
            return super().find_class(module_name, global_name)
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")
