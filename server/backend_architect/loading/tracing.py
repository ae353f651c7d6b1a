"""Reading what the functions of a Python file do with rows."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from backend_architect.engine.text import split_lines
from backend_architect.loading.lookups import looked_up
from backend_architect.loading.traces import Function, Lookup, Traced, place_of
from backend_architect.loading.walking import Names, Walker
from backend_architect.python.syntax import parse, tree_of
from backend_architect.schema.outlines import imports_of, module_of
from backend_architect.schema.terms import UNKNOWN, Name, Scope, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORDS: Final = re.compile(
    r"sqlalchemy|sqlmodel|django|rest_framework|\bmodels?\b|session\b|\bobjects\b|quer(?:y|ies)|\.all\(\)"
    r"|repositor|\bcrud\b|\bdaos?\b|\bservices?\b"
)
"""One of these stands in every file that asks for rows, or for what asks for them."""


def may_load(text: str) -> bool:
    """Whether a Python file may have to do with rows, as far as its words tell."""
    return _WORDS.search(text) is not None


def traced(text: str, path: str) -> Traced:
    """What a file does with rows; nothing if it cannot be read."""
    module = module_of(path)
    tree = tree_of(text)
    if not isinstance(tree, ast.Module):
        return Traced(path, module)
    reader = _File(module, path.endswith("__init__.py"), text)
    reader.body("", tree.body, Names())
    last = {one.name: one for one in reader.functions if not _is_setter(one)}
    return Traced(path, module, reader.imports, tuple(reader.stars), tuple(last.values()))


def _is_setter(function: Function) -> bool:
    """Whether a function only sets or deletes what another one of its name gives."""
    return any(
        isinstance(one, Name) and one.path.endswith((".setter", ".deleter")) for one in function.decorators
    )


class _File:
    """Reads the functions of one file."""

    def __init__(self, module: str, is_package: bool, text: str) -> None:
        self._module, self._is_package, self._text = module, is_package, text
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.functions: list[Function] = []

    def learn(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take in what an import binds."""
        for name, path in imports_of([node], self._module, is_package=self._is_package):
            if name == "*":
                self.stars.append(path)
            else:
                self.imports[name] = path

    def term(self, node: ast.expr | None) -> Term:
        """What an annotation or a decorator says, that of a string included."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            tree = parse(node.value)
            body = tree.body if isinstance(tree, ast.Module) else []
            node = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
        return UNKNOWN if node is None else Scope(self.imports).term(node)

    def body(self, name: str, body: Sequence[ast.stmt], names: Names) -> None:
        """Read the module itself."""
        walker = Walker(self, name, names)
        walker.statements(body)
        self.functions.append(walker.function(Function(name, 1)))

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, around: str, *, method: bool) -> None:
        """Read a function, and those in it."""
        name = f"{around}.{node.name}" if around else node.name
        walker = Walker(self, name, Names())
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        others = [one for one in (node.args.vararg, node.args.kwarg) if one is not None]
        for one in (*arguments, *others):
            walker.names[one.arg] = walker.node("parameter", one, text=one.arg)
        walker.statements(node.body)
        said = Function(
            name,
            node.lineno,
            tuple(one.arg for one in arguments),
            tuple((one.arg, self.term(one.annotation)) for one in arguments if one.annotation),
            self.term(node.returns),
            tuple(map(self.term, node.decorator_list)),
            lookups=tuple(self._lookups(node)) if walker.looks_up else (),
            is_method=method,
        )
        self.functions.append(walker.function(said))

    def _lookups(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Lookup]:
        lines = split_lines(self._text)
        caught = "DoesNotExist" in self._text
        for one in looked_up(node):
            before = lines[one.statement.lineno - 1][: one.statement.col_offset]
            replaced = lines[one.whole.lineno - 1 : (one.whole.end_lineno or one.whole.lineno) - 1]
            has_comment = any("#" in line for line in replaced)
            if not before.strip() and not has_comment and not (one.asking.raises and caught):
                yield Lookup(place_of(one.asking.root), one.iterable, not one.attribute)

    def cls(self, node: ast.ClassDef, around: str) -> None:
        """Read the body of a class, and its methods."""
        name = f"{around}.{node.name}" if around else node.name
        walker = Walker(self, name, Names(), is_class=True)
        walker.statements(node.body)
        fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
        said = Function(
            name,
            node.lineno,
            annotations=tuple(
                (one.target.id, self.term(one.annotation))
                for one in fields
                if isinstance(one.target, ast.Name)
            ),
            decorators=tuple(map(self.term, node.decorator_list)),
            attributes=tuple(walker.names.items()),
            bases=tuple(map(self.term, node.bases)),
            is_class=True,
        )
        self.functions.append(walker.function(said))
