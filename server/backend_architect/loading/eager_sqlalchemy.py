"""Writing options that load relationships into queries of SQLAlchemy."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.imports import add_imports
from backend_architect.loading.sqlalchemy import KEEPING, LOADERS
from backend_architect.loading.values import Mapped
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project
    from backend_architect.loading.chains import Link, Script
    from backend_architect.loading.loads import Loads
    from backend_architect.loading.values import Query

_NO_JOIN: Final = word_set("with_for_update distinct group_by yield_per union")
"""Methods that mean something else when a row is joined."""


def loader(way: Sequence[Link]) -> str:
    """The option that loads the first step of a way."""
    return "selectinload" if way[0].collection else "joinedload"


def can_load(ways: Sequence[Sequence[Link]], query: Query, loads: Loads) -> bool:
    """Whether the file has names for all classes on some ways, or one beside which they can be imported."""
    first, path = query.classes[0], query.site.path
    known = {first, *loads.classes_in(path)}
    beside = first.rpartition(":")[0]
    return all(
        one.cls in known or (one.cls.rpartition(":")[0] == beside and beside != path)
        for way in ways
        for one in way
    )


def edits(
    script: Script, root: ast.expr, ways: Sequence[Sequence[Link]], query: Query, project: Project
) -> list[Edit]:
    """The edits that make a query load what lies on some ways, and of the imports.

    Raises:
        UnwritableError: a class has no name in the file, or the query is not one that can be edited.
    """
    first = _class_of(root)
    chain = script.chain(root, {*KEEPING, "options"})
    joins = _NO_JOIN.isdisjoint(_name(call) for call in chain)
    present = _present(root, chain, query)
    names = _Classes(script, project, query, script.text_of(first))
    new: list[Edit] = []
    options: list[str] = []
    imports: list[str] = []
    for way in ways:
        longest = _longest(present, way)
        if longest is not None:
            option, done = longest
            end = script.range_of(option)[1]
            new.append(script.edit(end, end, _steps(way[done:], names, joins=joins)))
            continue
        options.append(_steps(way, names, joins=joins).removeprefix("."))
        imports.append(f"from sqlalchemy.orm import {options[-1].partition('(')[0]}")
    if options:
        new.append(_given(script, root, chain, query, ", ".join(options)))
    return [*new, *add_imports(script.source.lines, [*dict.fromkeys(imports), *names.imports])]


def _given(script: Script, root: ast.expr, chain: Sequence[ast.Call], query: Query, options: str) -> Edit:
    """The edit that gives a query more options."""
    if query.start == "get" and isinstance(root, ast.Call):
        keyword = next((one.value for one in root.keywords if one.arg == "options"), None)
        if isinstance(keyword, ast.List):
            return script.append_argument(keyword, options)
        if keyword is not None:
            raise UnwritableError("the options are put together elsewhere")
        return script.append_argument(root, f"options=[{options}]")
    merged = next((call for call in reversed(chain) if _name(call) == "options" and call.args), None)
    if merged is not None:
        return script.append_argument(merged, options)
    return script.append_call(chain[-1] if chain else root, f".options({options})")


def _steps(way: Sequence[Link], names: _Classes, *, joins: bool) -> str:
    how = ("joinedload" if joins and not one.collection else "selectinload" for one in way)
    return "".join(f".{load}({names.name(one.cls)}.{one.name})" for load, one in zip(how, way, strict=True))


def _class_of(root: ast.expr) -> ast.expr:
    """Where the query names the class of its rows."""
    if isinstance(root, ast.Attribute):
        return root.value
    if isinstance(root, ast.Call) and root.args and not isinstance(root.args[0], ast.Starred):
        return root.args[0]
    raise UnwritableError("the query is not there any more")


def _present(root: ast.expr, chain: Sequence[ast.Call], query: Query) -> list[ast.expr]:
    """The options that a query has."""
    found = [one for call in chain if _name(call) == "options" for one in call.args]
    if query.start == "get" and isinstance(root, ast.Call):
        lists = (
            one.value for one in root.keywords if one.arg == "options" and isinstance(one.value, ast.List)
        )
        found += [one for listed in lists for one in listed.elts]
    return found


def _longest(present: Sequence[ast.expr], way: Sequence[Link]) -> tuple[ast.expr, int] | None:
    """The option that loads the most of the beginning of a way, and how many steps."""
    found: list[tuple[ast.expr, int]] = []
    for option in present:
        names = list(_loaded(option))
        if names and names == [one.name for one in way[: len(names)]] and len(names) < len(way):
            found.append((option, len(names)))
    return max(found, key=lambda one: one[1], default=None)


def _loaded(option: ast.expr) -> Iterator[str]:
    """The attributes that an option loads, one after another; something else for what is not plain."""
    if not isinstance(option, ast.Call):
        return
    if isinstance(option.func, ast.Attribute) and isinstance(option.func.value, ast.Call):
        yield from _loaded(option.func.value)
    argument = option.args[0] if len(option.args) == 1 else None
    name = option.func.attr if isinstance(option.func, ast.Attribute) else getattr(option.func, "id", "")
    yield argument.attr if name in LOADERS and isinstance(argument, ast.Attribute) else "?"


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


class _Classes:
    """The names of mapped classes in a file, with the imports that they need."""

    def __init__(self, script: Script, project: Project, query: Query, first: str) -> None:
        self._script, self._loads, self._path = script, project.loads, query.site.path
        self._known = {query.classes[0]: first}
        self._first = query.classes[0], first
        self.imports: list[str] = []

    def name(self, key: str) -> str:
        """How a class is written."""
        if key not in self._known:
            self._known[key] = self._found(key)
        return self._known[key]

    def _found(self, key: str) -> str:
        for name in self._bound():
            if self._loads.find(name, self._path) == Mapped(key):
                return name
        first, written = self._first
        path, _, name = key.rpartition(":")
        if path != first.rpartition(":")[0]:
            raise UnwritableError(f"`{name}` is not imported here")
        module, dot, _ = written.rpartition(".")
        if dot:
            return f"{module}.{name}"
        for node in _run_at_import(self._script.body):
            if isinstance(node, ast.ImportFrom) and written in {one.asname or one.name for one in node.names}:
                self.imports.append(f"from {'.' * node.level}{node.module or ''} import {name}")
                return name
        raise UnwritableError(f"`{name}` is not imported here")

    def _bound(self) -> Iterator[str]:
        """The names that the module binds when it runs."""
        for node in _run_at_import(self._script.body):
            if isinstance(node, ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.ImportFrom | ast.Import):
                yield from (one.asname or one.name for one in node.names)


def _run_at_import(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under conditions included but for what only type checkers read."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            yield from _run_at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _run_at_import(node.body)
