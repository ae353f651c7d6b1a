"""What two rules say about relationships that are loaded row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.loading.eager import load_together
from backend_architect.loading.together import ask_together
from backend_architect.schema.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed, Related
    from backend_architect.engine.project import Project, ProjectPlace
    from backend_architect.loading.loads import Lazy
    from backend_architect.loading.values import Place, Run


def lazily(project: Project, at: ProjectPlace, *, awaited: bool) -> Iterator[Placed]:
    """A finding for each relationship that is loaded when it is touched."""
    for lazy in project.loads.lazy():
        query = lazy.touch.row.query
        if (query is not None and query.awaited) is awaited:
            related = [*_within(lazy.touch.within, at), *_queries(lazy, project, at)]
            place = Origin(lazy.touch.place.path, lazy.touch.place.line)
            message = _awaited(lazy) if awaited else _one_by_one(lazy)
            yield at.finding(place, message, related, remedy=load_together(lazy, project))


def looped(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """A finding for each query for the rows of one thing that a loop sends."""
    for run in project.loads.runs():
        name = _name(run.query.classes[0])
        message = f"`{name}` is asked for at each pass of the loop; one query with {_list_of(run)} gives all"
        place = Origin(run.place.path, run.place.line)
        yield at.finding(place, message, _within(run.within, at), remedy=ask_together(run, project))


def _list_of(run: Run) -> str:
    if run.query.library == "sqlalchemy":
        return "`in_()`"
    return f"`{run.query.by_each.removesuffix('__exact')}__in`"


def _one_by_one(lazy: Lazy) -> str:
    what = f"`{_name(lazy.touch.row.cls)}.{lazy.touch.name}`"
    if lazy.touch.certain:
        return f"{what} is asked for once for each row of the loop; one query could answer for all rows"
    return f"{what} is loaded once for each row of the loop; {_together(lazy)} loads all at once"


def _awaited(lazy: Lazy) -> str:
    what = f"`{_name(lazy.touch.row.cls)}.{lazy.touch.name}`"
    how = _together(lazy)
    return f"{what} is not loaded, and an `AsyncSession` cannot load it here; {how} loads it in time"


def _together(lazy: Lazy) -> str:
    query = lazy.touch.row.query
    if query is not None and query.library == "django":
        return "`prefetch_related`" if lazy.touch.collection else "`select_related`"
    return "`selectinload`" if lazy.touch.collection else "`joinedload`"


def _within(places: tuple[Place, ...], at: ProjectPlace) -> Iterator[Related]:
    for place in places:
        yield at.related(Origin(place.path, place.line), "it is touched here")


def _queries(lazy: Lazy, project: Project, at: ProjectPlace) -> Iterator[Related]:
    query = lazy.touch.row.query
    line = project.loads.line_of(query.site) if query is not None else 0
    if query is not None and line:
        yield at.related(Origin(query.site.path, line), "the query that could load it")


def _name(key: str) -> str:
    return key.rpartition(":")[2]
