"""What a rendered template is made of when it goes into a file that has something in it already."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.python.syntax import Unreadable, parse
from backend_architect.snippets.rendering import Rendered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Pieces:
    """A template of Python without its imports, which go to the top of the file."""

    imports: tuple[str, ...]
    """Statements that import one name each."""
    body: Rendered
    binds: frozenset[str]
    """The names of functions and classes that the body defines."""


def pieces(whole: Rendered) -> Pieces:
    """Take a module apart; one that cannot be read is all body."""
    tree = parse(whole.plain)
    if isinstance(tree, Unreadable):
        return Pieces((), whole, frozenset())
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines = whole.lines()
    for node in imports:
        lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    body = "".join(_without_gaps(lines, bool(imports)))
    binds = (
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    return Pieces(tuple(_single(imports)), Rendered(body), frozenset(binds))


def _without_gaps(lines: Iterable[str], had_imports: bool) -> Iterator[str]:
    """Lines without the blank ones between the first comment and the code, where the imports were."""
    started = not had_imports
    for line in lines:
        started = started or (bool(line.strip()) and not line.startswith("#"))
        if started or line.strip():
            yield line


def _single(imports: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    for node in imports:
        for alias in node.names:
            name = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            source = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            yield f"{source}import {name}"
