"""Puts what snippets write into a folder and imports it, as the program of a project does."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings, variables
from backend_architect.snippets.landmarks import FileFacts
from backend_architect.snippets.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import ModuleType


def text_of(name: str, framework: str, around: Surroundings | None = None, where: str = "empty") -> str:
    """The plain text of a snippet, as the command line writes it for a project."""
    variant = load_snippets()[name].variant(framework)
    assert variant is not None
    return render(variant.template, variables(variant, where, FileFacts(), around or Surroundings())).plain


def manifest(text: str) -> dict[str, Any]:
    """The YAML in the comment of a file, behind the first two paragraphs."""
    lines = [line.removeprefix("#").removeprefix(" ") for line in text.splitlines()]
    return yaml.safe_load("\n".join(lines).split("\n\n", 2)[2])


@contextmanager
def imported(folder: Path, files: Mapping[str, str], name: str) -> Iterator[ModuleType]:
    """A module among files that are written below a folder; it is forgotten afterwards."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    known = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for one in set(sys.modules) - known:
            if str(getattr(sys.modules[one], "__file__", "") or "").startswith(str(folder)):
                del sys.modules[one]
