"""What a snippet writes at the cursor, and what it needs at the top of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.fixes.imports import add_imports, add_together
from backend_architect.snippets.rendering import Rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.snippets.offering import Offer


@dataclass(frozen=True, slots=True)
class Insertion:
    """What goes in at the cursor; `imports` are left to be added elsewhere."""

    text: Rendered
    imports: tuple[str, ...]


def insertion(offer: Offer, heading: Sequence[str], line: int, *, alone: bool) -> Insertion:
    """What an offer writes on a line.

    Edits of the top of a file must not touch the line of the cursor, so what belongs there is written with
    the rest.

    Args:
        offer: the snippet.
        heading: the lines of the file up to the first that is neither comment, docstring nor import; that of
            the cursor is empty.
        line: of the cursor, from 0.
        alone: whether the file holds nothing else.
    """
    if alone:
        return Insertion(Rendered(offer.whole.marked.rstrip("\n")), ())
    body = offer.pieces.body.marked.strip("\n")
    here = [one for one in offer.pieces.imports if line <= len(heading) and _belongs_on(line, one, heading)]
    if not here:
        return Insertion(Rendered(body), offer.pieces.imports)
    above = "".join(edit.text for edit in add_together([], here)).strip("\n")
    rest = tuple(one for one in offer.pieces.imports if one not in here)
    return Insertion(Rendered(f"{above}\n\n\n{body}"), rest)


def _belongs_on(line: int, statement: str, heading: Sequence[str]) -> bool:
    return any(_touches(edit, line) for edit in add_imports(heading, [statement]))


def imports_above(lines: Sequence[str], statements: Sequence[str], line: int) -> list[Edit]:
    """The edits that add imports to the top of a file, besides those on the line of the cursor.

    Args:
        lines: those of the file up to the first that is neither comment, docstring nor import, as above.
        statements: what a snippet needs.
        line: of the cursor, from 0.
    """
    return [edit for edit in add_together(lines, statements) if not _touches(edit, line)]


def _touches(edit: Edit, line: int) -> bool:
    """Whether an edit reaches to a line."""
    return edit.span.line <= line <= edit.span.end_line
