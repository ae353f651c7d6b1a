"""Snippets as repairs of findings: plans that write all their files into the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.snippets.cards import load_snippets

if TYPE_CHECKING:
    from backend_architect.engine.findings import NewFile
    from backend_architect.engine.project import Project
    from backend_architect.snippets.context import Surroundings
    from backend_architect.snippets.landmarks import Landmark

_REASON: Final = "new files become a part of the application; look at what they leave to you"


@dataclass(frozen=True, slots=True)
class WriteSnippet:
    """Writes the files of a snippet, and takes them into an application."""

    snippet: str
    """Its id."""
    framework: str
    path: str
    """Of the file that makes the application."""
    application: str
    """The name of the application there."""

    def changes(self, project: Project) -> Changes:
        """All that the action of the snippet does."""
        from backend_architect.snippets.acting import act  # noqa: PLC0415 - jinja2, when somebody asks

        variant = load_snippets()[self.snippet].variant(self.framework)
        if variant is None or variant.action is None:
            raise UnwritableError("the snippet has no files for this framework any more")
        changes = act(variant, variant.action, self._around(project), project.read)
        for new in changes.creates:
            refuse_existing(project, new)
        return changes

    def _around(self, project: Project) -> Surroundings:
        """What the project says, with no application but the one that is meant."""
        from backend_architect.project.surroundings import Said, said_by  # noqa: PLC0415 - as above

        texts = ((path, project.read(path)) for path in project.paths)
        facts = {path: said_by(path, text) for path, text in texts if text is not None}
        told = {path: one for path, one in facts.items() if one is not None}
        around = Said(told, project.paths, project.schemas).to("", "")
        return replace(around, landmarks=tuple(filter(self._may_use, around.landmarks)))

    def _may_use(self, mark: Landmark) -> bool:
        return mark.kind != "application" or (mark.path, mark.name) == (self.path, self.application)


def refuse_existing(project: Project, new: NewFile) -> None:
    """Leave files alone that are there.

    Raises:
        UnwritableError: the new file is one of them.
    """
    if new.path in project.paths or project.read(new.path) is not None:
        raise UnwritableError(f"{new.path} exists already")


def write_snippet(rule: str, framework: str, path: str, application: str) -> Remedy | None:
    """The remedy that writes the snippet which fixes what a rule finds; None where there is none.

    Args:
        rule: the one that a card of a snippet names.
        framework: of the application.
        path: of the file that makes the application.
        application: its name there.
    """
    for snippet in load_snippets().values():
        variant = snippet.variant(framework) if rule in snippet.fixes else None
        if variant is not None and variant.action is not None:
            plan = WriteSnippet(snippet.id, framework, path, application)
            return Remedy(variant.action.title, "unsafe", _REASON, plan)
    return None
