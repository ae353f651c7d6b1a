"""Loading relationships together with the rows that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.loading import eager_django, eager_sqlalchemy
from backend_architect.loading.chains import Link, Script

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.loading.loads import Lazy
    from backend_architect.loading.values import Query, Site, Way

_REASON: Final = (
    "one more query, or a join, reads the related rows of all rows at once, also where few are looked at"
)


@dataclass(frozen=True, slots=True)
class LoadTogether:
    """Makes a query load what lies on some ways from its rows."""

    site: Site
    ways: tuple[Way, ...]

    def changes(self, project: Project) -> Changes:
        """The edits of the query, and of the imports of its file."""
        lazy = next((one for one in project.loads.lazy() if _plan(one) == self), None)
        query = lazy.touch.row.query if lazy is not None else None
        node = project.loads.node(self.site)
        text = project.read(self.site.path)
        if query is None or node is None or text is None:
            raise UnwritableError("the query is not there any more")
        script = Script(text)
        root = script.at(node.where)
        if root is None:
            raise UnwritableError("the query is not there any more")
        ways = [links_of(query, way, project) for way in self.ways]
        if query.library == "django":
            edits = eager_django.edits(script, root, ways, query)
        else:
            edits = eager_sqlalchemy.edits(script, root, ways, query, project)
        return Changes({self.site.path: tuple(sorted(edits, key=lambda one: one.span))})


def load_together(lazy: Lazy, project: Project) -> Remedy | None:
    """The remedy that makes the query load what is touched; None where it is not certain how."""
    plan, query = _plan(lazy), lazy.touch.row.query
    if plan is None or query is None:
        return None
    ways = [links_of(query, way, project) for way in plan.ways]
    module = eager_django if query.library == "django" else eager_sqlalchemy
    if not module.can_load(ways, query, project.loads):
        return None
    how = module.loader(ways[0])
    names = [f"{lazy.touch.row.cls.rpartition(':')[2]}.{lazy.touch.name}"]
    rows = query.classes[0].rpartition(":")[2]
    title = f"Load `{names[0]}` together with the rows of `{rows}` (`{how}`)"
    return Remedy(title, "unsafe", _REASON, plan)


def _plan(lazy: Lazy) -> LoadTogether | None:
    query = lazy.touch.row.query
    if query is None or not lazy.ways or not query.classes[0] or lazy.touch.certain:
        return None
    return LoadTogether(query.site, lazy.ways)


def links_of(query: Query, way: Way, project: Project) -> list[Link]:
    """The steps of a way, from the first class of a query on."""
    found: list[Link] = []
    cls = query.classes[0]
    for name in way:
        relation = project.loads.relation(cls, name)
        if relation is None:
            raise UnwritableError("the models say something else now")
        found.append(Link(cls, name, relation.collection))
        cls = relation.target
    return found
