"""All that the files of a workspace load one by one, kept up to date while they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.loading.evaluating import Evaluator
from backend_architect.loading.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from backend_architect.loading.traces import Node, Traced
    from backend_architect.loading.values import Place, Relation, Run, Site, Touch, Value, Way
    from backend_architect.queries.mapping import Models


@dataclass(frozen=True, slots=True)
class Lazy:
    """A relationship that is loaded row by row, with what is touched beyond it."""

    touch: Touch
    """The first one."""
    ways: tuple[Way, ...]
    """What one query could load instead, from its rows on; empty where it could not."""


@dataclass(slots=True)
class Loads:
    """What is loaded one by one, worked out again only for files that may say something else."""

    traced: Callable[[str], Traced | None]
    """What a file does with rows; None if there is none."""
    _paths: tuple[str, ...] = ()
    _models: Models | None = None
    _workspace: Workspace | None = None
    _found: dict[str, _Found] = field(default_factory=dict[str, "_Found"])
    _lazy: list[Lazy] | None = None

    def update(self, paths: Iterable[str], models: Models | None) -> None:
        """Take in which files have to do with rows; what they say may have changed."""
        self._paths, self._lazy = tuple(sorted(paths)), None
        if models is not self._models:
            self._found.clear()
            self._models = models
            has_rows = models is not None and models.classes
            self._workspace = Workspace(models, self.traced) if models is not None and has_rows else None

    @property
    def found(self) -> list[_Found]:
        """What each file does, in the order of their paths."""
        if self._workspace is None:
            return []
        evaluator = Evaluator(self._workspace)
        for path in self._paths:
            known = self._found.get(path)
            if known is None or any(self.traced(one) is not seen for one, seen in known.asked):
                traced = self.traced(path)
                self._found[path] = self._of_file(traced, evaluator) if traced is not None else _Found()
        return [self._found[path] for path in self._paths]

    def line_of(self, site: Site) -> int:
        """The line on which a query begins; 0 if it is not there any more."""
        node = self.node(site)
        return node.where[0] if node is not None else 0

    def node(self, site: Site) -> Node | None:
        """Where a query begins."""
        traced = self.traced(site.path)
        functions = traced.functions if traced is not None else ()
        nodes = next((one.nodes for one in functions if one.name == site.function), ())
        return nodes[site.node] if site.node < len(nodes) else None

    def relation(self, cls: str, name: str) -> Relation | None:
        """A relationship of a class, by its key."""
        return self._workspace.relation(cls, name) if self._workspace is not None else None

    def find(self, path: str, near: str) -> Value | None:
        """What a dotted name stands for in a file."""
        traced = self.traced(near)
        if traced is None or self._workspace is None:
            return None
        return self._workspace.find(traced.imports.get(path, path), traced, set())

    def lazy(self) -> list[Lazy]:
        """The relationships that are loaded row by row, in the order of their places."""
        if self._lazy is None:
            self._lazy = list(_grouped(one for found in self.found for one in found.touches))
        return self._lazy

    def runs(self) -> list[Run]:
        """The queries that are sent at each pass of a loop, in the order of their places."""
        distinct: dict[tuple[Place, str], Run] = {}
        for found in self.found:
            for one in found.runs:
                distinct.setdefault((one.place, one.query.classes[0]), one)
        return list(distinct.values())

    def _of_file(self, traced: Traced, evaluator: Evaluator) -> _Found:
        touches: dict[Touch, None] = {}
        runs: list[Run] = []
        asked = {traced.path}
        for function in traced.functions:
            _, effects = evaluator.entry(traced, function)
            touches |= dict.fromkeys(effects.touches)
            runs += [one for one in effects.runs if not one.outer]
            asked |= effects.asked
        return _Found(tuple(touches), tuple(runs), tuple((one, self.traced(one)) for one in sorted(asked)))


@dataclass(frozen=True, slots=True)
class _Found:
    touches: tuple[Touch, ...] = ()
    runs: tuple[Run, ...] = ()
    asked: tuple[tuple[str, Traced | None], ...] = ()
    """The files on which it rests, as they were."""


def _grouped(touches: Iterable[Touch]) -> Iterable[Lazy]:
    """One for each relationship of a query, with what is touched beyond it."""
    groups: dict[object, list[Touch]] = {}
    for one in touches:
        query = one.row.query
        first = next((key for key in groups if _is_beyond(one, key)), None)
        key = first or (query.site if query else one.place, query is not None, (*one.row.way, one.name))
        groups.setdefault(key, []).append(one)
    for found in groups.values():
        ways = [(*one.row.way, one.name) for one in found if not one.certain and one.row.query is not None]
        longest = [
            way
            for way in dict.fromkeys(ways)
            if not any(other != way and other[: len(way)] == way for other in ways)
        ]
        yield Lazy(found[0], tuple(longest))


def _is_beyond(touch: Touch, key: object) -> bool:
    site, known, way = key  # type: ignore[misc]
    query = touch.row.query
    return (
        bool(known)
        and query is not None
        and query.site == site
        and (*touch.row.way, touch.name)[: len(way)] == way
    )
