"""A Python file that is edited as a whole: where its nodes stand, how it writes, and what its names mean."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import SourceText, newline_of
from backend_architect.fixes.imports import add_imports
from backend_architect.indexing.python_style import Style
from backend_architect.python.place import BlockView, Place
from backend_architect.python.survey import Frame
from backend_architect.python.syntax import Parsed, Unreadable, parse
from backend_architect.schema.outlines import imports_of, module_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project

_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_SAME: Final = {"django.contrib.gis.db.models": "django.db.models"}
"""Modules that hold all that others hold."""


@dataclass(slots=True)
class PythonFile:
    """A file of a project.

    Raises:
        UnwritableError: its text cannot be read.
    """

    path: str
    text: str
    body: Sequence[ast.stmt] = field(init=False)
    at: Place = field(init=False)
    """Its whole text as one block, for the fixes that edit calls."""
    imports: dict[str, str] = field(init=False)
    """The dotted names of what imports at the top bind."""
    style: Style = field(init=False)
    """How it writes."""
    _missing: dict[str, list[str]] = field(init=False, default_factory=dict[str, "list[str]"])
    """The names to import, by module."""

    def __post_init__(self) -> None:
        """Parse the text."""
        tree = parse(self.text)
        if isinstance(tree, Unreadable):
            raise UnwritableError(f"{self.path} does not parse")
        self.body = tree.body
        source = SourceText(self.text)
        view = BlockView(Parsed(tuple(tree.body), 0), source, lambda _: None, "", {})
        self.at = Place("", view, Frame(None))
        is_package = self.path.endswith("__init__.py")
        self.imports = dict(imports_of(tree.body, module_of(self.path), is_package=is_package))
        self.style = Style(self._quote(), newline_of(source.lines), self._unit())

    @classmethod
    def read(cls, project: Project, path: str) -> PythonFile:
        """A file as a project has it.

        Raises:
            UnwritableError: it is not there, or its text cannot be read.
        """
        text = project.read(path)
        if text is None:
            raise UnwritableError(f"{path} cannot be read")
        return cls(path, text)

    @property
    def source(self) -> SourceText:
        """Its text with the places of its lines."""
        return self.at.view.source

    def _quote(self) -> str:
        signs = Counter[str]()
        for node in ast.walk(ast.Module(list(self.body), [])):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literal = self.at.source_of(node).lstrip("rRuU")
                if not literal.startswith(('"""', "'''")):
                    signs[literal[:1]] += 1
        return "'" if signs["'"] > signs['"'] else '"'

    def _unit(self) -> str:
        """What the first body that stands on lines of its own is indented by."""
        for node in self.body:
            inner = node.body[0] if isinstance(node, _Definition) else None
            if inner is not None and inner.lineno > node.lineno:
                return self.indent_of(inner) or "    "
        return "    "

    def class_at(self, name: str, line: int) -> ast.ClassDef:
        """The class of a name that is defined on a line.

        Raises:
            UnwritableError: there is none.
        """
        for node in ast.walk(ast.Module(list(self.body), [])):
            if isinstance(node, ast.ClassDef) and (node.name, node.lineno) == (name, line):
                return node
        raise UnwritableError(f"the class {name} is not where it was in {self.path}")

    def indent_of(self, node: ast.stmt | ast.expr) -> str:
        """What stands left of the code on the line on which a node begins."""
        line = self.source.lines[node.lineno - 1]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def begins_line(self, node: ast.stmt | ast.expr) -> bool:
        """Whether nothing stands left of a node."""
        row, column = self.source.position(self.at.range_of(node)[0])
        return not self.source.lines[row][:column].strip()

    def name(self, path: str, shadows: frozenset[str] = frozenset()) -> str:
        """How the file writes a thing of a library, or will write it with one more import.

        `shadows` are names that mean something else where it is written.

        Raises:
            UnwritableError: all names for it mean something else already.
        """
        module, _, name = path.rpartition(".")
        known = [local for local, target in self.imports.items() if target == path]
        holding = [local for local, target in self.imports.items() if _SAME.get(target, target) == module]
        known += [f"{local}.{name}" for local in holding if local != "*"]
        known += [name] if "*" in holding and name not in self._bound() else []
        usable = [one for one in known if one.partition(".")[0] not in shadows]
        if usable:
            return usable[0]
        if name not in shadows | self._bound():
            self._import(module, name)
            return name
        root = module.partition(".")[0]
        if root in shadows | self._bound():
            raise UnwritableError(f"the name {name} means something else in {self.path}")
        self._import(module, "")
        return path

    def _bound(self) -> frozenset[str]:
        return frozenset(self.imports) | frozenset(names_bound(self.body))

    def _import(self, module: str, name: str) -> None:
        names = self._missing.setdefault(module, [])
        if name not in names:
            names.append(name)

    def import_edits(self) -> list[Edit]:
        """The edits that import what the names given out so far need."""
        statements: list[str] = []
        for module, names in sorted(self._missing.items()):
            wanted = ", ".join(sorted(filter(None, names)))
            statements += [f"from {module} import {wanted}"] if wanted else []
            statements += [f"import {module}"] if "" in names else []
        return add_imports(self.source.lines, statements)


def names_bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements of a module or a class bind, imports aside."""
    for node in body:
        match node:
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case _:
                pass
