"""What snippets must know of a Python file: the objects that they build upon, and what is there already.

All of it follows from the syntax of one file, statement by statement, so that the parts of an open document
can be read alone, and only those again that were edited.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from backend_architect.python.marks import ROUTING, name_of
from backend_architect.python.syntax import Unreadable, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CALLS: Final = {
    "FastAPI": ("application", "fastapi"),
    "APIRouter": ("router", "fastapi"),
    "Flask": ("application", "flask"),
    "Blueprint": ("router", "flask"),
    "Starlette": ("application", "starlette"),
    "sessionmaker": ("session", "sync"),
    "scoped_session": ("session", "sync"),
    "async_sessionmaker": ("session", "async"),
}
"""What the object is for that a call makes, and the framework or the way of speaking with it."""

_BASES: Final = {
    "BaseSettings": ("settings-class", ""),
    "AbstractUser": ("user", "django"),
    "AbstractBaseUser": ("user", "django"),
}
"""The same of classes, by the names of what they are made from."""

_USERS: Final = frozenset({"Account", "User", "UserModel", "Users"})
"""The names of classes that are users if they are models at all."""

_MODELS: Final = frozenset({"Base", "DeclarativeBase", "Model", "SQLModel"})
_DECLARING: Final = frozenset({"Route", "add_api_route", "add_url_rule", "path", "re_path"})
"""The names of calls that are no decorators and whose first argument is the path of a route."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """An object of a file that snippets can build upon."""

    kind: str
    """application, router, session, settings, settings-class, user."""
    name: str
    style: str
    """Of a session sync or async, of anything else its framework."""
    line: int
    """The first line of the statement that makes it, from 0."""
    end: int
    """The line behind it."""
    column: int
    """Where the statement begins; 0 unless it stands in a function."""
    module: str = ""
    """The dotted name from which other files import it."""
    path: str = ""
    """Of the file, below the root of the project."""

    @property
    def asynchronous(self) -> bool:
        """Whether one awaits what it does."""
        return self.style == "async"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file, or a part of one, says."""

    imports: frozenset[str] = frozenset()
    """The top-level modules that it imports."""
    binds: frozenset[str] = frozenset()
    """The names that stand for something in the module."""
    routes: frozenset[str] = frozenset()
    """The paths of its routes, as far as they are constant."""
    landmarks: tuple[Landmark, ...] = ()
    asynchronous: bool = False
    """Whether it defines a function that awaits."""
    bare: bool = True
    """Whether it holds nothing but comments."""
    heading: bool = True
    """Whether it holds nothing but comments, a docstring and imports."""


def together(parts: Iterable[tuple[int, FileFacts]]) -> FileFacts:
    """What a file says whose parts, each with its first line, say this."""
    known = list(parts)
    return FileFacts(
        imports=frozenset[str]().union(*(one.imports for _, one in known)),
        binds=frozenset[str]().union(*(one.binds for _, one in known)),
        routes=frozenset[str]().union(*(one.routes for _, one in known)),
        landmarks=tuple(
            replace(mark, line=mark.line + start, end=mark.end + start)
            for start, one in known
            for mark in one.landmarks
        ),
        asynchronous=any(one.asynchronous for _, one in known),
        bare=all(one.bare for _, one in known),
        heading=all(one.heading for _, one in known),
    )


@lru_cache(maxsize=4096)
def facts_of(text: str) -> FileFacts:
    """What the text of a file or a block says; nothing if it cannot be read."""
    tree = parse(text)
    if isinstance(tree, Unreadable):
        return FileFacts(bare=False, heading=False)
    nodes = list(ast.walk(tree))
    return FileFacts(
        imports=frozenset(_imports(nodes)),
        binds=frozenset(_binds(tree.body)),
        routes=frozenset(_routes(nodes)),
        landmarks=tuple(_landmarks(nodes)),
        asynchronous=any(isinstance(node, ast.AsyncFunctionDef) for node in nodes),
        bare=not tree.body,
        heading=all(map(_is_heading, tree.body)),
    )


def _is_heading(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.Import() | ast.ImportFrom():
            return True
        case _:
            return False


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _binds(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.Assign(targets=targets):
                yield from (name_of(target) for target in targets)
            case ast.AnnAssign(target=target):
                yield name_of(target)
            case _:
                pass


def _routes(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (path for one in node.decorator_list for path in _path(one, ROUTING))
        elif isinstance(node, ast.Call):
            yield from _path(node, _DECLARING)


def _path(node: ast.expr, names: frozenset[str]) -> Iterator[str]:
    match node:
        case ast.Call(args=[ast.Constant(value=str(path)), *_]) if name_of(node) in names:
            yield "/" + path.strip("/^$")
        case _:
            pass


def _landmarks(nodes: Iterable[ast.AST]) -> Iterator[Landmark]:
    settings: set[str] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id="urlpatterns")], value=value) if _is_root(value):
                yield _landmark("application", "urlpatterns", "django", node)
            case ast.ClassDef(name=name):
                for kind, style in _of_class(node):
                    settings |= {name} if kind == "settings-class" else set()
                    yield _landmark(kind, name, style, node)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ):
                called = name_of(call.func)
                if called in _CALLS:
                    yield _landmark(*_named(_CALLS[called], name), node)
                elif called in settings or called == "Settings":
                    yield _landmark("settings", name, "", node)
            case _:
                pass


def _is_root(patterns: ast.expr) -> bool:
    """Whether URLs of Django are those of the project: with the admin site, or those of apps by name."""
    for node in ast.walk(patterns):
        match node:
            case ast.Attribute(value=ast.Attribute(attr="site"), attr="urls"):
                return True
            case ast.Call(args=[ast.Constant(value=str()), *_]) if name_of(node) == "include":
                return True
            case _:
                pass
    return False


def _named(meant: tuple[str, str], name: str) -> tuple[str, str, str]:
    return meant[0], name, meant[1]


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    bases = {name_of(base) for base in node.bases}
    yield from (_BASES[base] for base in sorted(bases & _BASES.keys()))
    if node.name in _USERS and not bases.isdisjoint(_MODELS):
        yield "user", "sqlalchemy"


def _landmark(kind: str, name: str, style: str, node: ast.stmt) -> Landmark:
    end = node.end_lineno or node.lineno
    return Landmark(kind, name, style, node.lineno - 1, end, node.col_offset)
