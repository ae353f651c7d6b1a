"""What the variables of a function hold, as far as queries are put together in them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.schema.terms import UNKNOWN, Call, Items, Name, Pairs, Scope, Term, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAYS: Final = 8
"""How many forms of one query are looked at; there may be one for each run otherwise."""
_LARGEST: Final = 3000
"""How many nodes the value of a variable may have with the variables in it."""
_DECLARED: Final = frozenset({"Table", "MetaData", "SQLAlchemy", "registry", "declarative_base"})
"""What is read as a declaration, wherever it is used."""


@dataclass(slots=True)
class Environment(Scope):
    """The variables at one place of a program.

    A variable has the value that it usually has, and those that it has after some ways through the program.
    """

    others: dict[str, tuple[Term, ...]] = field(default_factory=dict[str, "tuple[Term, ...]"])
    """What variables hold after ways that need not be taken."""
    lazy: set[str] = field(default_factory=set[str])
    """The variables that hold a query which has not been run."""
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    functions: tuple[int, ...] = ()
    owner: str = ""
    """The class in whose body it is."""
    looped: bool = False
    branched: bool = False
    """Whether it is on a way that need not be taken."""
    silent: str = ""
    """A variable that is about to be given what is made of its value."""

    def _copied(self) -> Environment:
        return Environment(
            self.imports,
            dict(self.values),
            dict(self.others),
            set(self.lazy),
            dict(self.sizes),
            self.functions,
            self.owner,
            self.looped,
            self.branched,
            self.silent,
        )

    def inner(self, *, function: int = 0, owner: str = "") -> Environment:
        """That of a function or a class inside."""
        copied = self._copied()
        if function:
            copied.functions = (function, *self.functions)
        copied.owner, copied.looped, copied.branched, copied.silent = owner, False, False, ""
        return copied

    def branch(self) -> Environment:
        """That at the beginning of a way that need not be taken."""
        copied = self._copied()
        copied.branched = True
        return copied

    def join(self, ways: list[Environment]) -> None:
        """Go on after ways that began here; the last one is the usual one."""
        if not ways:
            return
        usual = ways[-1]
        names = {name for way in ways for name in way.values if way.values[name] is not self.values.get(name)}
        gone = {name for name in self.values for way in ways if name not in way.values}
        for name in names | gone:
            found = [way.values[name] for way in reversed(ways) if name in way.values]
            found += [one for way in ways for one in way.others.get(name, ())]
            distinct = list({id(one): one for one in found}.values())
            if name not in usual.values and not any(name in way.lazy for way in ways):
                self.drop(name)
                continue
            self.values[name], self.others[name] = distinct[0], tuple(distinct[1:_WAYS])
            self.sizes[name] = max(way.sizes.get(name, 1) for way in ways)
        for way in ways:
            self.lazy |= way.lazy
            self.imports = {**self.imports, **way.imports}

    def drop(self, name: str) -> None:
        """Forget a variable."""
        self.values.pop(name, None)
        self.others.pop(name, None)
        self.lazy.discard(name)

    def forget(self, target: ast.expr) -> None:
        """Forget the variables that get a value of which nothing is known."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.drop(node.id)

    def give(self, name: str, value: ast.expr) -> None:
        """Give a variable the value of an expression."""
        size = 1 if isinstance(value, ast.Constant) else self._size(value)
        kept = self.others.get(name, ()) if self.branched else ()
        terms = [self.term(value)] if self.branched else list(self.terms(value))
        self.drop(name)
        if size <= _LARGEST and terms and not isinstance(terms[0], Unknown) and self._keeps(terms[0]):
            self.values[name] = terms[0]
            self.others[name] = (*terms[1:], *kept)
            self.sizes[name] = size

    def _keeps(self, term: Term) -> bool:
        """Whether a variable stands for its value; what a module makes is known by its name."""
        return bool(self.functions or self.owner) or not isinstance(term, Call) or term.name not in _DECLARED

    def _size(self, value: ast.expr) -> int:
        return sum(
            self.sizes.get(node.id, 1) if isinstance(node, ast.Name) else 1 for node in ast.walk(value)
        )

    def append(self, name: str, value: ast.expr) -> bool:
        """Add to a list; false if the variable holds none that is written out."""
        before = self.values.get(name)
        if not isinstance(before, Items) or len(before.items) > _WAYS * 4:
            return False
        self.values[name] = Items((*before.items, self.term(value)))
        return True

    def annotate(self, name: str, annotation: ast.expr) -> None:
        """Remember the class of which a variable holds an object."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            self.values[name] = Call(
                Name("typing.cast"),
                (Name(self.imports.get(annotation.value, annotation.value)), UNKNOWN),
                (),
                annotation.lineno,
            )
        elif isinstance(annotation, ast.Name | ast.Attribute):
            self.values[name] = Call(
                Name("typing.cast"), (self.term(annotation), UNKNOWN), (), annotation.lineno
            )

    def call(self, node: ast.Call) -> Call:
        """What a call says; keywords that nobody knows are one called `**`."""
        call = Scope.call(self, node)
        if all(one.arg is not None or isinstance(self.term(one.value), Pairs) for one in node.keywords):
            return call
        return replace(call, keywords=(*call.keywords, ("**", UNKNOWN)))

    def terms(self, node: ast.expr) -> Iterator[Term]:
        """What an expression says: usually, and with each of the other values of its variables."""
        if isinstance(node, ast.Name) and node.id in self.values:
            yield self.values[node.id]
            yield from self.others.get(node.id, ())
            return
        yield self.term(node)
        if not any(self.others.values()):
            return
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and self.others.get(one.id)}
        ways = [(name, value) for name in sorted(names) for value in self.others[name]]
        for name, value in ways[: _WAYS - 1]:
            usual = self.values[name]
            self.values[name] = value
            yield self.term(node)
            self.values[name] = usual
