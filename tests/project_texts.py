"""Projects given as texts, and what becomes of them when a missing index is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cards.fences import applied

from backend_architect.engine.language import nowhere
from backend_architect.engine.settings import ALL, Settings
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes, Remedy

Texts = dict[str, str]
"""The files of a project by their paths."""


def project_of(texts: Mapping[str, str], runner: str = "") -> Project:
    """What all files of a project say together; `runner` is what settings say that runs its migrations."""
    settings = Settings(select=frozenset({ALL}), runners=(("*", runner),) if runner else ())
    picture = Picture(texts.get, settings, lambda _: nowhere, FactStore(None))
    picture.expect(one for one in texts if one.endswith((".py", ".sql")))
    for path in list(picture.declared):
        picture.declare(path)
    for path in list(picture.declared):
        picture.ask(path)
    return picture.project()


def remedies(project: Project) -> list[Remedy | None]:
    """What adds the indexes that the queries of a project lack."""
    return [
        add_index(
            project,
            Wanted(advice.table, advice.needs[0].candidate.index, schema.dialect, advice.extension),
        )
        for schema, advice in project.advice
    ]


def changes_of(texts: Mapping[str, str]) -> Changes:
    """What adds the one index that a project lacks."""
    project = project_of(texts)
    (remedy,) = remedies(project)
    assert remedy is not None
    return remedy.plan.changes(project)


def with_changes(texts: Mapping[str, str], changes: Changes) -> Texts:
    """The files after changes."""
    after = dict(texts)
    for path, edits in changes.edits.items():
        after[path] = applied(edits, after[path])
    for one in changes.creates:
        assert one.path not in after
        after[one.path] = one.text
    return after
