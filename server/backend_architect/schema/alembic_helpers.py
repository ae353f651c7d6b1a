"""The files of a project whose functions and table names its revisions use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.schema.alembic_program import Module, module_from
from backend_architect.schema.outlines import module_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final = re.compile(r"\b(?:alembic|sqlalchemy|__tablename__)\b")


class Helpers:
    """Gives modules by their dotted names, wherever imports begin; each is read once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts` are those of the Python files, by their paths below the root of the workspace."""
        self._files: dict[str, list[tuple[str, str]]] = {}
        for path, text in texts.items():
            if not _WORDS.search(text):
                continue
            name = module_of(path)
            while name:
                self._files.setdefault(name, []).append((text, path))
                name = name.partition(".")[2]
        self._modules: dict[str, Module | None] = {}

    def of(self, name: str) -> Module | None:
        """The module of a name; None where there is none or several could be meant."""
        found = self._files.get(name, ())
        if len(found) != 1:
            return None
        text, path = found[0]
        if path not in self._modules:
            self._modules[path] = module_from(text, path)
        return self._modules[path]
