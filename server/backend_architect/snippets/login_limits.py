"""The repair of a login that nothing limits: a module that counts attempts, and a statement that asks it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Edit, NewFile
from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.fixes.imports import add_together
from backend_architect.fixes.layout import indent_of, newline_of
from backend_architect.indexing.python_file import PythonFile
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings, variables
from backend_architect.snippets.landmarks import FileFacts
from backend_architect.snippets.remedy import refuse_existing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.project import Project
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

COUNTERS: Final = {"fastapi": "limit_login", "flask": "count_attempt"}
"""What counts an attempt, by the frameworks for which the snippet has a module."""

MODULE: Final = "login_limits"
"""The name of the module, which stands beside the file of the handler."""

_SNIPPET: Final = "auth/login-rate-limit"
_REASON: Final = (
    "it needs a store that all instances share, and whoever has tried too often is turned away for a while"
)
_NOTES: Final = {
    "fastapi": (
        "Set LOGIN_LIMIT_STORAGE, as in redis://redis:6379 (async+redis:// where the login is asynchronous): "
        "without it the application does not start"
    ),
    "flask": "Set LOGIN_LIMIT_STORE in the configuration of the application: without it nobody can log in",
}


@dataclass(frozen=True, slots=True)
class Counting:
    """Where and how a handler counts an attempt."""

    account: str
    """The expression that names the account."""
    before: int
    """The number of the statement of its body in front of which it is counted."""
    name: str
    """Of the parameter with the request (FastAPI), or of a new variable for the seconds to wait (Flask)."""
    adds: bool = False
    """Whether the parameter has to be added."""
    imports: tuple[str, ...] = ()
    """What is imported beside the counter."""


@dataclass(frozen=True, slots=True)
class LimitLogin:
    """Writes the module that counts attempts beside a handler, and lets the handler ask it."""

    framework: str
    path: str
    """Of the file of the handler."""
    function: str
    counting: Counting

    def changes(self, project: Project) -> Changes:
        """The new module, unless it is there, and the edits of the handler."""
        from backend_architect.project.surroundings import importable  # noqa: PLC0415 - when somebody asks

        file = PythonFile.read(project, self.path)
        function = self._function(file)
        folder, slash, _ = self.path.rpartition("/")
        new = NewFile(f"{folder}{slash}{MODULE}.py", self._module(function))
        known = project.read(new.path)
        is_there = known is not None and known.split() == new.text.split()
        if not is_there:
            refuse_existing(project, new)
        module, counter = importable(new.path, project.paths), COUNTERS[self.framework]
        if file.imports.get(counter, f"{module}.{counter}") != f"{module}.{counter}":
            raise UnwritableError(f"{self.path} has another '{counter}'")
        imports = (f"from {module} import {counter}", *self.counting.imports)
        edits = (*add_together(file.source.lines, imports), *self._edits(function, file.at))
        creates, notes = ((), ()) if is_there else ((new,), (self._left_to_do(),))
        return Changes({self.path: edits}, creates, notes)

    def _function(self, file: PythonFile) -> Function:
        nodes = (node for statement in file.body for node in ast.walk(statement))
        definitions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        found = [one for one in definitions if one.name == self.function]
        if len(found) != 1:
            raise UnwritableError(f"{self.path} does not have one function '{self.function}'")
        return found[0]

    def _module(self, function: Function) -> str:
        """The text of the module, which awaits where the handler does."""
        from backend_architect.snippets.rendering import render  # noqa: PLC0415 - jinja2, as above

        variant = load_snippets()[_SNIPPET].variant(self.framework)
        if variant is None:
            raise UnwritableError("the snippet has no module for this framework any more")
        facts = FileFacts(asynchronous=isinstance(function, ast.AsyncFunctionDef))
        return render(variant.template, variables(variant, "empty", facts, Surroundings())).plain

    def _edits(self, function: Function, at: Place) -> Iterator[Edit]:
        arguments = [*function.args.posonlyargs, *function.args.args]
        if self.counting.before >= len(function.body) or (self.counting.adds and not arguments):
            raise UnwritableError(f"'{self.function}' is another function now")
        if self.counting.adds:
            start, _ = at.view.range_of(arguments[0])
            yield at.edit(start, start, f"{self.counting.name}: Request,{_separator(start, at) or ' '}")
        start = _start(function.body[self.counting.before], at)
        separator = _separator(start, at)
        if separator is None:
            raise UnwritableError(f"the body of '{self.function}' does not stand on lines of its own")
        yield at.edit(start, start, "".join(f"{line}{separator}" for line in self._lines(function)))

    def _lines(self, function: Function) -> list[str]:
        name, account = self.counting.name, self.counting.account
        if self.framework == "fastapi":
            waits = "await " if isinstance(function, ast.AsyncFunctionDef) else ""
            return [f"{waits}limit_login({name}, {account})"]
        answer = f'{{"error": "too many attempts"}}, 429, {{"Retry-After": str({name})}}'
        return [f"{name} = count_attempt({account})", f"if {name}:", f"    return {answer}"]

    def _left_to_do(self) -> str:
        variant = load_snippets()[_SNIPPET].variant(self.framework)
        needed = ", ".join(name for name, _ in variant.libraries) if variant is not None else ""
        return f"{_NOTES[self.framework]}. It needs {needed}."


def _start(statement: ast.stmt, at: Place) -> int:
    """Where a statement begins, with its decorators and the sign in front of them."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    start = min(at.range_of(one)[0] for one in (statement, *decorators))
    return start - 1 if decorators else start


def _separator(start: int, at: Place) -> str | None:
    """What stands between two lines where the second begins at an offset; None where it is not the first."""
    indent = indent_of(start, at)
    return None if indent is None else newline_of(at) + indent


def limit_login(framework: str, function: Function, counting: Counting, at: Place) -> Remedy:
    """The remedy that limits how often a handler may be asked."""
    plan = LimitLogin(framework, at.view.path, function.name, counting)
    return Remedy("Limit how often one may try to log in", "unsafe", _REASON, plan)
