"""Which of several fixes can be applied together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.engine.findings import BuiltFix, Edit


def compatible(fixes: Sequence[BuiltFix]) -> list[int]:
    """The indexes of the fixes, the first ones first, of which none touches an edit of another.

    Two may share an edit, as when both need the same import.
    """
    chosen: list[int] = []
    taken: set[Edit] = set()
    created: set[str] = set()
    for index, fix in enumerate(fixes):
        free = not any(
            edit not in taken and any(edit.span.overlaps(other.span) for other in taken) for edit in fix.edits
        )
        if free and created.isdisjoint(new.path for new in fix.creates):
            chosen.append(index)
            taken.update(fix.edits)
            created.update(new.path for new in fix.creates)
    return chosen


def edits_of(fixes: Iterable[BuiltFix]) -> list[Edit]:
    """The edits of fixes that can be applied together, in their order, each once."""
    edits = dict.fromkeys(edit for fix in fixes for edit in fix.edits)
    return sorted(edits, key=lambda edit: edit.span)
