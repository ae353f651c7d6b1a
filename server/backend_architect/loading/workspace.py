"""What names and attributes stand for among the traces and the models of a workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.loading.comparing import is_unique, others
from backend_architect.loading.values import Defined, Instance, Mapped, Relation
from backend_architect.queries.programs import Program
from backend_architect.schema.declared import Class
from backend_architect.schema.outlines import Outline
from backend_architect.schema.terms import Call, Name, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.loading.traces import Function, Traced
    from backend_architect.loading.values import Value
    from backend_architect.queries.mapping import Models, Names
    from backend_architect.schema.mapped import MappedClass

_DEEPEST: Final = 6
"""How many imports are followed from one name."""
LAZY: Final = frozenset({"", "select"})
"""The ways of SQLAlchemy to load a relationship when it is touched."""


@dataclass(slots=True)
class Workspace:
    """All traces of a workspace, with its models.

    What an answer rests on is added to `asked`: files by their paths, mapped classes by their keys.
    """

    models: Models
    traced: Callable[[str], Traced | None]
    """What a file does with rows; None if there is none."""
    _functions: dict[str, dict[str, Function]] = field(default_factory=dict[str, "dict[str, Function]"])
    _known: dict[tuple[str, str], tuple[Value | None, set[str]]] = field(
        default_factory=dict[tuple[str, str], "tuple[Value | None, set[str]]"]
    )
    """What names stand for in files, and which files that rests on."""
    _relations: dict[tuple[str, str], Relation | None] = field(
        default_factory=dict[tuple[str, str], "Relation | None"]
    )
    _names: dict[str, tuple[Traced, Names]] = field(default_factory=dict[str, "tuple[Traced, Names]"])

    # Names

    def names(self, traced: Traced) -> Names:
        """What names stand for in a file, as far as models are concerned."""
        known = self._names.get(traced.path)
        if known is None or known[0] is not traced:
            program = Program(traced.path, traced.module, traced.imports, traced.stars)
            known = self._names[traced.path] = traced, self.models.names_in(program)
        return known[1]

    def forget(self) -> None:
        """Hear that files may say something else."""
        self._functions.clear()
        self._known.clear()

    def follow(self, models: Models) -> set[str] | None:
        """Go on with the models as they are now; gives the keys of the classes that are others.

        None if names may stand for something else.
        """
        before, self.models = self.models, models
        self._relations.clear()
        self._names.clear()
        return others(before, models)

    def function(self, traced: Traced, name: str) -> Function | None:
        """The function or class of a name in a file."""
        if traced.path not in self._functions:
            self._functions[traced.path] = {one.name: one for one in traced.functions}
        return self._functions[traced.path].get(name)

    def find(self, path: str, near: Traced, asked: set[str]) -> Value | None:
        """What a dotted name stands for in a file: a mapped class, a function or another class."""
        key = near.path, path
        if key not in self._known:
            rests: set[str] = set()
            self._known[key] = self._find(path, near, rests, 0), rests
        found, rests = self._known[key]
        asked |= rests
        return found

    def _find(self, path: str, near: Traced, asked: set[str], depth: int) -> Value | None:
        cls = self.names(near).cls(path)
        if cls is not None:
            return Mapped(cls.key)
        here = self._within(near, path, asked, depth)
        if here is not None:
            return here
        outline = Outline(near.path, near.module)
        parts = path.split(".")
        for end in range(len(parts) - 1, 0, -1):
            module = self.models.declared.module(".".join(parts[:end]), outline)
            if module is not None and module.path != near.path:
                asked.add(module.path)
                traced = self.traced(module.path)
                if traced is not None:
                    return self._within(traced, ".".join(parts[end:]), asked, depth)
        return None

    def _within(self, traced: Traced, path: str, asked: set[str], depth: int) -> Value | None:
        found = self.function(traced, path)
        if found is not None:
            asked.add(traced.path)
            return Instance(traced, found) if found.is_class else Defined(traced, found)
        first, dot, rest = path.partition(".")
        imported = traced.imports.get(first)
        if depth < _DEEPEST and imported is not None and imported != first:
            return self._find(imported + dot + rest, traced, asked, depth + 1)
        return None

    # Classes

    def mapped(self, key: str, asked: set[str]) -> MappedClass | None:
        """A mapped class by its key."""
        found = self.models.classes.get(key)
        if found is not None:
            asked.add(key)
        return found

    def lineage(self, key: str) -> Iterator[Class]:
        """The class of a key as it is declared, and those that it extends."""
        path, _, name = key.rpartition(":")
        outline = self.models.outline(path)
        cls = outline.cls(name) if outline is not None else None
        if outline is None or cls is None:
            return
        for one in self.models.declared.lineage(Class(outline, cls)):
            if isinstance(one, Class):
                yield one

    def method(self, key: str, name: str, asked: set[str]) -> tuple[Traced, Function] | None:
        """The method of a mapped class or one that it extends."""
        asked.add(key)
        for cls in self.lineage(key):
            traced = self.traced(cls.outline.path)
            asked.add(cls.outline.path)
            found = self.function(traced, f"{cls.said.name}.{name}") if traced is not None else None
            if traced is not None and found is not None:
                return traced, found
        return None

    def member(
        self, of: Instance, name: str, asked: set[str], depth: int = 0
    ) -> tuple[Traced, Function] | None:
        """The method of a class that is not mapped, or of one that it extends."""
        asked.add(of.traced.path)
        found = self.function(of.traced, f"{of.cls.name}.{name}")
        if found is not None:
            return of.traced, found
        for base in self.bases(of, asked) if depth < _DEEPEST else ():
            inherited = self.member(base, name, asked, depth + 1)
            if inherited is not None:
                return inherited
        return None

    def bases(self, of: Instance, asked: set[str]) -> Iterator[Instance]:
        """The classes of the workspace that a class extends."""
        for term in of.cls.bases:
            found = self.find(term.path, of.traced, asked) if isinstance(term, Name) else None
            if isinstance(found, Instance) and found.cls is not of.cls:
                yield found

    def named(self, term: Term, near: Traced, asked: set[str]) -> Value | None:
        """What the name in an annotation or a decorator stands for."""
        return self.find(term.path, near, asked) if isinstance(term, Name) else None

    def manager(self, key: str, name: str, near: Traced, asked: set[str]) -> Literal["plain", "own", ""]:
        """Whether an attribute of a model of Django is a manager, and one with a query of its own."""
        asked.add(key)
        for cls in self.lineage(key):
            value = cls.said.get(name)
            if not isinstance(value, Call):
                continue
            if value.path.startswith("django.db.models") or value.name == "as_manager":
                return "plain"
            if not value.name.endswith("Manager"):
                return "own" if name == "objects" else ""
            near = self.traced(cls.outline.path) or near
            found = self.find(value.path, near, asked) if value.path else None
            if not isinstance(found, Instance):
                return "own"
            return "own" if self.member(found, "get_queryset", asked) else "plain"
        return "plain" if name in {"objects", "_default_manager", "_base_manager"} else ""

    # Relationships

    def relation(self, key: str, name: str, asked: set[str]) -> Relation | None:
        """The relationship of a class, or one that leads to it from elsewhere."""
        if self.mapped(key, asked) is None:
            return None
        at = key, name
        if at not in self._relations:
            self._relations[at] = self._relation(key, name, 0)
        return self._relations[at]

    def _relation(self, key: str, name: str, depth: int) -> Relation | None:
        cls = self.models.classes.get(key)
        if cls is None or depth > _DEEPEST:
            return None
        own = cls.relationships.get(name)
        if own is not None:
            return Relation(name, own.target, own.collection, own.lazy in LAZY, own.back)
        if name in cls.columns:
            return None
        leading = [(owner, one) for owner, one in self.models.leading_to(cls) if one.back == name]
        if len(leading) == 1:
            owner, one = leading[0]
            if cls.library == "django":
                many = one.collection or not is_unique(self.models, owner.table, one.columns)
            else:
                many = not one.back_single and (bool(one.secondary) or not one.collection)
            return Relation(name, owner.key, many, one.back_lazy in LAZY, one.name)
        found = (self._relation(parent, name, depth + 1) for parent in cls.parents)
        return next((one for one in found if one is not None), None)
