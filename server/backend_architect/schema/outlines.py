"""What one file declares: its classes with their attributes, its names and its imports, as plain data.

An outline is a function of the text of the file alone; `declared.py` puts those of a workspace together.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.python.syntax import Unreadable, parse, tree_of
from backend_architect.schema.dialects import holds
from backend_architect.schema.terms import UNKNOWN, Call, Items, Name, Pairs, Scope, Term, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_WORDS: Final = re.compile(
    r"\b(?:Column|mapped_column|Mapped|SQLModel|Table|MetaData|declarative_base|DeclarativeBase|\w*models|Model"
    r"|migrations|\w*Config|\w*Enum|\w*\.Index|\w*Choices|relationship|DEFAULT_AUTO_FIELD|AUTH_USER_MODEL"
    r"|INSTALLED_APPS|MIGRATION_MODULES|DATABASES)\b"
)
_MOST: Final = 400
"""How many items a display may have that is kept as the value of a name."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name that is given a value or an annotation."""

    name: str
    value: Term
    line: int
    annotation: Term = UNKNOWN


@dataclass(frozen=True, slots=True)
class ClassOutline:
    """A class: what it is made of, without its methods."""

    name: str
    bases: tuple[Term, ...]
    keywords: tuple[tuple[str, Term], ...]
    body: tuple[Assigned, ...]
    returned: tuple[Assigned, ...]
    """The methods that do nothing but return something, with what they return."""
    given: tuple[tuple[str, Term], ...]
    """The keywords that its `__init__` passes on whatever it was called with."""
    classes: tuple[ClassOutline, ...]
    decorators: tuple[Term, ...]
    line: int

    def get(self, name: str) -> Term:
        """The value of an attribute, or what the method of that name returns; UNKNOWN without one."""
        return next(
            (one.value for one in reversed((*self.returned, *self.body)) if one.name == name), UNKNOWN
        )

    def inner(self, name: str) -> ClassOutline | None:
        """The class of a name within this one."""
        return next((one for one in self.classes if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file declares."""

    path: str
    """Below the root of the workspace, with slashes."""
    module: str
    """The dotted name of the path: `src.shop.models`; a package has that of its folder."""
    imports: Mapping[str, str] = field(default_factory=dict[str, str])
    stars: tuple[str, ...] = ()
    """The modules all of whose names are imported."""
    classes: tuple[ClassOutline, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    calls: tuple[Call, ...] = ()
    """The calls that are statements of their own: `Index("ix", Order.created)`."""
    functions: tuple[Assigned, ...] = ()
    """The functions that return a column, with what they return."""

    def cls(self, name: str) -> ClassOutline | None:
        """The class of a dotted name."""
        first, _, rest = name.partition(".")
        found = next((one for one in self.classes if one.name == first), None)
        while found is not None and rest:
            first, _, rest = rest.partition(".")
            found = found.inner(first)
        return found

    def value(self, name: str) -> Assigned | None:
        """The last assignment to a name of the module."""
        return next((one for one in reversed(self.assigned) if one.name == name), None)


def module_of(path: str) -> str:
    """The dotted name of a file's path."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)


def outline(text: str, path: str) -> Outline:
    """What a file declares; nothing if it cannot be read, or uses none of the words that declare a schema."""
    module = module_of(path)
    is_package = path.endswith("__init__.py")
    if not is_package and not _WORDS.search(text):
        return Outline(path, module)
    tree = tree_of(text)
    if isinstance(tree, Unreadable):
        return Outline(path, module)
    reader = _Reader(path, module, is_package)
    reader.statements(tree.body)
    return reader.outline()


def imports_of(statements: Iterable[ast.stmt], module: str, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """The names that imports bind, with the dotted names of what they stand for; `*` for a star."""
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    (alias.name if alias.asname else alias.name.partition(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            kept = parts[: len(parts) - node.level + is_package] if node.level else []
            start = ".".join([*kept, *([node.module] if node.module else [])])
            for alias in node.names:
                yield (
                    alias.asname or alias.name,
                    start if alias.name == "*" else f"{start}.{alias.name}".lstrip("."),
                )


class _Reader:
    """Reads the statements of one module."""

    def __init__(self, path: str, module: str, is_package: bool) -> None:
        self._path, self._module, self._is_package = path, module, is_package
        self._imports: dict[str, str] = {}
        self._stars: list[str] = []
        self._scope = Scope(self._imports)
        self._classes: list[ClassOutline] = []
        self._assigned: list[Assigned] = []
        self._calls: list[Call] = []
        self._functions: list[Assigned] = []

    def outline(self) -> Outline:
        return Outline(
            self._path,
            self._module,
            self._imports,
            tuple(self._stars),
            tuple(self._classes),
            tuple(self._assigned),
            tuple(self._calls),
            tuple(self._functions),
        )

    def statements(self, body: Sequence[ast.stmt]) -> None:
        """Reads statements in order, those of both ways of a condition included."""
        for node in body:
            match node:
                case ast.Import() | ast.ImportFrom():
                    for name, path in imports_of([node], self._module, is_package=self._is_package):
                        if name == "*":
                            self._stars.append(path)
                        else:
                            self._imports[name] = path
                case ast.ClassDef():
                    self._classes.append(_class(node, self._scope))
                case ast.Expr(value=ast.Call() as call):
                    self._calls.append(self._scope.call(call))
                case ast.If() | ast.Try() | ast.With():
                    self.statements(_inner(node, self._scope))
                case ast.FunctionDef():
                    self._functions += _columns_made(node, self._scope)
                case _:
                    for one in _assigned(node, self._scope):
                        self._scope.learn(one.name, one.value)
                        if _is_kept(one.value):
                            self._assigned.append(one)


def _inner(node: ast.If | ast.Try | ast.With, scope: Scope) -> list[ast.stmt]:
    """The statements of both ways of a condition, or of the one that PostgreSQL takes."""
    if isinstance(node, ast.With):
        return node.body
    verdict = holds(node.test, scope) if isinstance(node, ast.If) else None
    if verdict is not None:
        return node.body if verdict else node.orelse
    handlers = [inner for handler in getattr(node, "handlers", ()) for inner in handler.body]
    return [*node.body, *handlers, *node.orelse]


def _class(node: ast.ClassDef, scope: Scope) -> ClassOutline:
    inner = Scope(scope.imports, dict(scope.values))
    body: list[Assigned] = []
    returned: list[Assigned] = []
    given: list[tuple[str, Term]] = []
    classes: list[ClassOutline] = []
    for statement in _flat(node.body, inner):
        if isinstance(statement, ast.ClassDef):
            classes.append(_class(statement, inner))
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            given += _given(statement, inner)
        elif isinstance(statement, ast.FunctionDef):
            value = _returned(statement, inner)
            if not isinstance(value, Unknown):
                annotation = inner.term(statement.returns) if statement.returns else UNKNOWN
                returned.append(Assigned(statement.name, value, statement.lineno, annotation))
        else:
            for one in _extended(statement, body, inner):
                inner.learn(one.name, one.value)
                body.append(one)
    return ClassOutline(
        node.name,
        tuple(map(scope.term, node.bases)),
        tuple((one.arg, scope.term(one.value)) for one in node.keywords if one.arg),
        tuple(body),
        tuple(returned),
        tuple(given),
        tuple(classes),
        tuple(map(scope.term, node.decorator_list)),
        node.lineno,
    )


def _flat(body: Iterable[ast.stmt], scope: Scope) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If | ast.Try):
            yield from _flat(_inner(statement, scope), scope)
        else:
            yield statement


def _extended(statement: ast.stmt, body: list[Assigned], scope: Scope) -> Iterator[Assigned]:
    """What a statement assigns; `operations += [...]` gives the whole list."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        before = next((one.value for one in reversed(body) if one.name == name), UNKNOWN)
        more = scope.term(statement.value)
        if isinstance(before, Items) and isinstance(more, Items):
            yield Assigned(name, Items(before.items + more.items), statement.lineno)
        return
    yield from _assigned(statement, scope)


def _assigned(statement: ast.stmt, scope: Scope) -> Iterator[Assigned]:
    match statement:
        case ast.Assign(targets=targets):
            value = scope.term(statement.value)
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Assigned(target.id, value, statement.lineno)
        case ast.AnnAssign(target=ast.Name(id=name)):
            value = scope.term(statement.value) if statement.value else UNKNOWN
            yield Assigned(name, value, statement.lineno, _annotation(statement.annotation, scope))
        case _:
            return


def _annotation(node: ast.expr, scope: Scope) -> Term:
    """What an annotation says, that of a string included."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        tree = parse(node.value)
        if not isinstance(tree, Unreadable) and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
            return scope.term(tree.body[0].value)
    return scope.term(node)


def _columns_made(function: ast.FunctionDef, scope: Scope) -> Iterator[Assigned]:
    value = _returned(function, scope)
    if isinstance(value, Call) and value.name in {"Column", "mapped_column", "relationship"}:
        yield Assigned(function.name, value, function.lineno)


def _returned(function: ast.FunctionDef, scope: Scope) -> Term:
    """What a function returns whose last statement is its only `return`, UNKNOWN for any other."""
    body = function.body
    last = body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return UNKNOWN
    inner = Scope(scope.imports, dict(scope.values))
    for statement in body[:-1]:
        for one in _assigned(statement, inner):
            inner.values[one.name] = one.value
    return inner.term(last.value)


def _given(function: ast.FunctionDef, scope: Scope) -> Iterator[tuple[str, Term]]:
    """The keywords that a constructor adds: `kwargs["null"] = True`, `kwargs.setdefault("null", True)`."""
    rest = function.args.kwarg.arg if function.args.kwarg else ""
    for statement in function.body if rest else ():
        match statement:
            case ast.Assign(targets=targets, value=ast.Constant()):
                for target in targets:
                    match target:
                        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
                            if name == rest:
                                yield key, scope.term(statement.value)
                        case _:
                            pass
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="setdefault"),
                    args=[ast.Constant(value=str() as key), value],
                )
            ) if name == rest:
                yield key, scope.term(value)
            case _:
                pass


def _is_kept(value: Term) -> bool:
    if isinstance(value, Items | Pairs):
        return len(value.items if isinstance(value, Items) else value.pairs) <= _MOST
    return not isinstance(value, Unknown)


__all__ = ["Assigned", "ClassOutline", "Name", "Outline", "imports_of", "module_of", "outline"]
