"""Adding a distribution to the dependencies of a project."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.text import apply_edits, newline_of, split_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SECTION: Final = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")
_OPENING: Final = re.compile(r"dependencies\s*=\s*\[(.*)")


def add_dependency(name: str, text: str, distribution: str, version: str) -> Edit | None:
    """The edit that makes a project depend on a distribution; None where the file is written in another way.

    Args:
        name: of the file: `pyproject.toml`, or that of requirements.
        text: of the file.
        distribution: what is needed.
        version: the oldest that is known to do.
    """
    if name != "pyproject.toml":
        return _behind(split_lines(text), f"{distribution}>={version}")
    for place, edit in ((_project, _into_list), (_poetry, _into_table)):
        found = edit(split_lines(text), distribution, version)
        if found is not None and _adds_one(place, text, apply_edits(text, [found])):
            return found
    return None


def _project(content: dict[str, Any]) -> list[Any]:
    return content["project"]["dependencies"]


def _poetry(content: dict[str, Any]) -> dict[str, Any]:
    return content["tool"]["poetry"]["dependencies"]


def _adds_one(place: Callable[[dict[str, Any]], Any], before: str, after: str) -> bool:
    """Whether two texts of a pyproject.toml differ in one more dependency, and in nothing else."""
    with suppress(tomllib.TOMLDecodeError, KeyError, TypeError):
        old, new = tomllib.loads(before), tomllib.loads(after)
        known, more = place(old), place(new)
        if len(more) != len(known) + 1 or list(more)[:-1] != list(known):
            return False
        more.pop() if isinstance(more, list) else more.popitem()
        return old == new
    return False


def _into_list(lines: Sequence[str], distribution: str, version: str) -> Edit | None:
    """Behind the last item of `dependencies` in `[project]`, in its layout."""
    wanted = f'"{distribution}>={version}"'
    start = _line(lines, "project", _OPENING)
    if start is None:
        return None
    head = lines[start].rstrip()
    if head.endswith("]"):
        column = len(head) - 1
        gap = "" if head[:column].rstrip().endswith(("[", ",")) else ", "
        return Edit(Span(start, column, start, column), gap + wanted)
    end = next((at for at in range(start + 1, len(lines)) if lines[at].strip().startswith("]")), None)
    if end is None:
        return None
    last = lines[end - 1].rstrip()
    indent = last[: len(last) - len(last.lstrip())] if end - 1 > start else "  "
    comma = "" if last.endswith((",", "[")) else ","
    text = f"{comma}{newline_of(lines)}{indent}{wanted},"
    return Edit(Span(end - 1, len(last), end - 1, len(last)), text)


def _into_table(lines: Sequence[str], distribution: str, version: str) -> Edit | None:
    """Behind the last line of `[tool.poetry.dependencies]`."""
    start = _line(lines, "tool.poetry.dependencies", None)
    if start is None:
        return None
    end = next((at for at in range(start + 1, len(lines)) if _SECTION.match(lines[at])), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    return _behind(lines[:end], f'{distribution} = ">={version}"')


def _line(lines: Sequence[str], section: str, wanted: re.Pattern[str] | None) -> int | None:
    """The line of a section, or the first in it that a pattern matches."""
    inside = False
    for at, line in enumerate(lines):
        if head := _SECTION.match(line):
            inside = head[1] == section
            if inside and wanted is None:
                return at
        elif inside and wanted is not None and wanted.match(line):
            return at
    return None


def _behind(lines: Sequence[str], text: str) -> Edit:
    """A new last line."""
    newline = newline_of(lines)
    if not lines or lines[-1].endswith(("\n", "\r")):
        return Edit(Span(len(lines), 0, len(lines), 0), text + newline)
    column = len(lines[-1])
    return Edit(Span(len(lines) - 1, column, len(lines) - 1, column), f"{newline}{text}{newline}")
