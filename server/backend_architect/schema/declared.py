"""The outlines of all files of a workspace, and what a name in one of them stands for in another."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from backend_architect.schema.terms import Call, Indexed, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.outlines import Assigned, ClassOutline, Outline

_DEEPEST: Final = 12
"""How many imports are followed from one name."""
_CLASS_OF: Final = {"with_metaclass": 1}
"""The argument that is a base of the class which a function makes; `cls` is one for all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class, and the file in which it stands."""

    outline: Outline
    said: ClassOutline

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all other classes."""
        return self.outline.path, self.said.line


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What a module assigns to a name."""

    outline: Outline
    said: Assigned

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all other values and classes."""
        return self.outline.path, self.said.line


Found = Class | Value | str
"""A string is the dotted name of something that no file of the workspace declares."""


@dataclass(slots=True)
class Declared:
    """All that the files of a workspace declare."""

    outlines: list[Outline]
    _modules: dict[str, list[Outline]] = field(default_factory=dict[str, "list[Outline]"])
    """By every end of their dotted names, because nobody says where imports begin."""
    _classes: dict[str, list[Class]] = field(default_factory=dict[str, "list[Class]"])
    _lineages: dict[tuple[str, int], tuple[Found, ...]] = field(
        default_factory=dict[tuple[str, int], "tuple[Found, ...]"]
    )

    def __post_init__(self) -> None:
        """Index the files by their modules and classes."""
        for one in self.outlines:
            name = one.module
            while name:
                self._modules.setdefault(name, []).append(one)
                name = name.partition(".")[2]
            for cls in one.classes:
                self._classes.setdefault(cls.name, []).append(Class(one, cls))

    def classes(self) -> Iterator[Class]:
        """All classes at the top of a module, in the order of the files."""
        for one in self.outlines:
            for cls in one.classes:
                yield Class(one, cls)

    def module(self, name: str, near: Outline) -> Outline | None:
        """The module of a dotted name, the closest to a file where several could be meant."""
        found = self._modules.get(name, ())
        return max(found, key=lambda one: _nearness(one.module, near.module), default=None)

    def find(self, path: str, near: Outline, depth: int = 0) -> Found:
        """What a dotted name stands for in a file, whose imports are spelled out in it already."""
        if depth > _DEEPEST:
            return path
        here = self._within(near, path, depth)
        if here is not None:
            return here
        parts = path.split(".")
        for end in range(len(parts) - 1, 0, -1):
            module = self.module(".".join(parts[:end]), near)
            if module is not None and module is not near:
                inner = self._within(module, ".".join(parts[end:]), depth)
                if inner is not None:
                    return inner
        return self._elsewhere(parts, near) or path

    def _within(self, module: Outline, path: str, depth: int) -> Found | None:
        """What a name stands for that a module defines or imports."""
        cls = module.cls(path)
        if cls is not None:
            return Class(module, cls)
        value = module.value(path)
        if value is not None:
            if isinstance(value.value, Name) and value.value.path != path:
                return self.find(value.value.path, module, depth + 1)
            return Value(module, value)
        first, dot, rest = path.partition(".")
        if first in module.imports and module.imports[first] != first:
            return self.find(module.imports[first] + dot + rest, module, depth + 1)
        if first not in module.imports:
            for star in module.stars:
                source = self.module(star, module)
                found = self._within(source, path, depth + 1) if source and depth < _DEEPEST else None
                if found is not None and not isinstance(found, str):
                    return found
        return None

    def _elsewhere(self, parts: list[str], near: Outline) -> Class | None:
        """The only class of a name below the package that is named: packages pass on what is in them."""
        if len(parts) < 2:
            return None
        package = self.module(parts[0], near)
        if package is None:
            return None
        start = f"{package.module}."
        found = [one for one in self._classes.get(parts[-1], ()) if one.outline.module.startswith(start)]
        return found[0] if len(found) == 1 else None

    def resolve(self, term: Term, near: Outline) -> Found:
        """What a name, the function of a call or the generic class of a subscript stands for."""
        if isinstance(term, Name):
            return self.find(term.path, near)
        if isinstance(term, Call):
            return self.resolve(term.function, near)
        return self.resolve(term.of, near) if isinstance(term, Indexed) else ""

    def lineage(self, cls: Class) -> tuple[Found, ...]:
        """A class, its bases and theirs, as attributes are looked up.

        A name is that of an unknown base, a value is a base that a function has made.
        """
        if cls.key not in self._lineages:
            self._lineages[cls.key] = (cls,)  # bases that go in circles end here
            found = list(self._bases(cls))
            self._lineages[cls.key] = (cls, *_last_of_each(found))
        return self._lineages[cls.key]

    def _bases(self, cls: Class) -> Iterator[Found]:
        for base in cls.said.bases:
            found = self.resolve(base, cls.outline)
            if isinstance(found, Class):
                yield from self.lineage(found)
            elif isinstance(found, Value):
                yield from self._made(found)
            elif found:
                yield found

    def _made(self, value: Value) -> Iterator[Found]:
        """What a class is that a call makes: `declarative_base(cls=Base)`."""
        made = value.said.value
        if not isinstance(made, Call):
            return
        yield value
        found = self.resolve(made, value.outline)
        yield found if isinstance(found, str) else made.name
        base = self.resolve(made.argument(_CLASS_OF.get(made.name, -1), "cls"), value.outline)
        if isinstance(base, Class):
            yield from self.lineage(base)


def _nearness(one: str, other: str) -> tuple[int, int]:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), -len(one)


def _last_of_each(found: Iterable[Found]) -> list[Found]:
    """Each once, where it stands last: a base of several classes comes after all of them."""
    kept: dict[object, Found] = {}
    for one in reversed(list(found)):
        kept.setdefault(one if isinstance(one, str) else one.key, one)
    return list(reversed(kept.values()))
