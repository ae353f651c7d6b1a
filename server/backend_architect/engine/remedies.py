"""Repairs that reach over the files of a project: offered by name, written by who holds its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backend_architect.engine.findings import Edit, NewFile, Safety
    from backend_architect.engine.project import Project


class UnwritableError(Exception):
    """Raised where it is not certain what a remedy must write.

    The text completes the sentence "This cannot be written: ...".
    """


@dataclass(frozen=True, slots=True)
class Changes:
    """What a remedy does to the files of a project; paths are below its root, with slashes."""

    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict[str, "tuple[Edit, ...]"])
    """The edits of files that are there, at their places in the text that the project has read."""
    creates: tuple[NewFile, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about what is left to the person."""


class Plan(Protocol):
    """What a remedy is to do: plain data that travels between processes and can be compared."""

    def changes(self, project: Project) -> Changes:
        """What is to be written into the project as it is now.

        Raises:
            UnwritableError: it is not certain any more what that is.
        """
        ...


@dataclass(frozen=True, slots=True)
class Remedy:
    """A repair of a finding about a project. Whoever offers one has decided that it applies."""

    title: str
    safety: Safety
    reason: str
    """Why it is unsafe, or why it is safe; shown with it."""
    plan: Plan


def together(changes: Iterable[Changes]) -> Changes:
    """Several changes as one; those of one file must not overlap."""
    edits: dict[str, tuple[Edit, ...]] = {}
    creates: list[NewFile] = []
    notes: list[str] = []
    for one in changes:
        for path, more in one.edits.items():
            edits[path] = tuple(sorted({*edits.get(path, ()), *more}, key=lambda edit: edit.span))
        creates += one.creates
        notes += one.notes
    return Changes(edits, tuple(creates), tuple(notes))
