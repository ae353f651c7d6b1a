"""All that the files of a workspace load one by one, kept up to date while they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.loading.evaluating import Evaluator
from backend_architect.loading.values import Mapped
from backend_architect.loading.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from backend_architect.loading.traces import Function, Node, Traced
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
        if self._workspace is not None:
            self._workspace.forget()
        if models is self._models:
            return
        self._models = models
        if models is None or not models.classes:
            self._workspace = None
        elif self._workspace is None:
            self._found.clear()
            self._workspace = Workspace(models, self.traced)
        else:
            others = self._workspace.follow(models)
            held = {} if others is None else self._found
            self._found = {path: one for path, one in held.items() if one.classes.isdisjoint(others or ())}

    @property
    def found(self) -> list[_Found]:
        """What each file does, in the order of their paths."""
        if self._workspace is None:
            return []
        evaluator = Evaluator(self._workspace)
        for path in self._paths:
            known = self._found.get(path)
            if known is None or any(self.traced(one) is not seen for one, seen in known.files):
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

    def function_of(self, site: Site) -> tuple[Function | None, Node | None]:
        """The function in which a query begins, and where."""
        traced = self.traced(site.path)
        functions = traced.functions if traced is not None else ()
        return next((one for one in functions if one.name == site.function), None), self.node(site)

    @property
    def models(self) -> Models | None:
        """The mapped classes as they are now."""
        return self._models

    def relation(self, cls: str, name: str) -> Relation | None:
        """A relationship of a class, by its key."""
        return self._workspace.relation(cls, name, set()) if self._workspace is not None else None

    def classes_in(self, path: str) -> Iterator[str]:
        """The keys of the mapped classes for which a file has names of its own."""
        traced = self.traced(path)
        defined = (one.name for one in traced.functions if one.is_class) if traced is not None else ()
        for name in (*(traced.imports if traced is not None else ()), *defined):
            found = self.find(name, path)
            if isinstance(found, Mapped):
                yield found.key

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
        classes = asked & evaluator.workspace.models.classes.keys()
        files = tuple((one, self.traced(one)) for one in sorted(asked - classes))
        return _Found(tuple(touches), tuple(runs), files, frozenset(classes))


@dataclass(frozen=True, slots=True)
class _Found:
    touches: tuple[Touch, ...] = ()
    runs: tuple[Run, ...] = ()
    files: tuple[tuple[str, Traced | None], ...] = ()
    """Those on which it rests, as they were."""
    classes: frozenset[str] = frozenset()
    """The keys of the mapped classes on which it rests."""


@dataclass(slots=True)
class _Group:
    """The touches of one relationship of a query, and of what lies beyond it."""

    site: Site | None
    way: Way
    touches: list[Touch]

    def takes(self, touch: Touch) -> bool:
        """Whether a touch belongs to it."""
        query = touch.row.query
        way = (*touch.row.way, touch.name)
        return query is not None and query.site == self.site and way[: len(self.way)] == self.way

    def lazy(self) -> Lazy:
        """What is said of it."""
        able = [one for one in self.touches if not one.certain and one.row.query is not None]
        ways = list(dict.fromkeys((*one.row.way, one.name) for one in able))
        longest = [way for way in ways if not any(_begins(other, way) for other in ways)]
        return Lazy(self.touches[0], tuple(longest))


def _begins(way: Way, start: Way) -> bool:
    return way != start and way[: len(start)] == start


def _grouped(touches: Iterable[Touch]) -> Iterator[Lazy]:
    """One for each relationship of a query, with what is touched beyond it."""
    groups: list[_Group] = []
    by_site: dict[Site, list[_Group]] = {}
    for one in touches:
        query = one.row.query
        near = by_site.setdefault(query.site, []) if query is not None else []
        group = next((group for group in near if group.takes(one)), None)
        if group is None:
            group = _Group(query.site if query is not None else None, (*one.row.way, one.name), [])
            groups.append(group)
            near.append(group)
        group.touches.append(one)
    for group in groups:
        yield group.lazy()
