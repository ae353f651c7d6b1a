"""Snippets of several files: what they create, and what they write into files that are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, NewFile, Span
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import newline_of, split_lines
from backend_architect.fixes.imports import add_together
from backend_architect.snippets.context import lacking, variables
from backend_architect.snippets.landmarks import FileFacts
from backend_architect.snippets.pieces import pieces
from backend_architect.snippets.rendering import Rendered, render, render_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backend_architect.snippets.cards import Action, Variant
    from backend_architect.snippets.context import Surroundings
    from backend_architect.snippets.landmarks import Landmark

_INTO = {"application": "application", "settings": "settings_class"}
"""The variable with the object of a file that is edited."""


def act(variant: Variant, action: Action, around: Surroundings, read: Callable[[str], str | None]) -> Changes:
    """All that an action of a variant does.

    Args:
        variant: whose action it is.
        action: the one of the variant.
        around: what the project says, with the landmarks of all files.
        read: gives the text of a file, by its path below the root of the project.

    Raises:
        UnwritableError: the project lacks an object that the templates need, or into whose file is to be
            written.
    """
    known = variables(variant, "empty", FileFacts(), replace(around, path="", module=""))
    for name in lacking(variant, known):
        raise UnwritableError(f"the project has no {name} of which this would be sure")
    creates = tuple(
        NewFile(render_text(path, known), render(template, known).plain) for path, template in action.creates
    )
    edits: dict[str, tuple[Edit, ...]] = {}
    for name, template in action.edits:
        mark: Landmark | None = known[_INTO[name]]
        text = read(mark.path) if mark is not None else None
        if mark is None or text is None:
            raise UnwritableError(f"the project has no {name} of which this would be sure")
        written = tuple(_written(split_lines(text), mark, render(template, known)))
        edits[mark.path] = (*edits.get(mark.path, ()), *written)
    return Changes(edits, creates)


def _written(lines: Sequence[str], mark: Landmark, rendered: Rendered) -> Iterator[Edit]:
    """The edits that write a template behind a statement, or to the end of the body of a class."""
    parts = pieces(rendered)
    yield from add_together(lines, parts.imports)
    newline = newline_of(lines)
    first = lines[mark.line]
    indent = first[: len(first) - len(first.lstrip())] + " " * (4 if mark.kind == "settings-class" else 0)
    body = [f"{indent}{line}" if line else "" for line in parts.body.plain.strip("\n").split("\n")]
    lead = "" if mark.end == 0 or lines[mark.end - 1].endswith(("\n", "\r")) else newline
    place = Span(mark.end, 0, mark.end, 0)
    if lead:
        last = len(lines) - 1
        place = Span(last, len(lines[last]), last, len(lines[last]))
    yield Edit(place, lead + newline.join([*body, ""]))
