"""A migration of Django as text: its operations, and what they use of its module."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.layout import has_tall_string, line_start
from backend_architect.indexing.python_file import PythonFile, names_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project

_Imports = (ast.Import, ast.ImportFrom)


@dataclass(slots=True)
class MigrationFile:
    """The file of a migration that is there."""

    file: PythonFile
    node: ast.ClassDef
    operations: ast.List | ast.Tuple

    @classmethod
    def read(cls, project: Project, path: str) -> MigrationFile:
        """A migration as a project has it.

        Raises:
            UnwritableError: its operations are not one list that is written out.
        """
        file = PythonFile.read(project, path)
        nodes = [one for one in file.body if isinstance(one, ast.ClassDef) and one.name == "Migration"]
        values = [
            getattr(one, "value", None)
            for node in nodes
            for one in node.body
            if "operations" in names_bound([one])
        ]
        if len(nodes) == len(values) == 1 and isinstance(display := values[0], ast.List | ast.Tuple):
            return cls(file, nodes[0], display)
        raise UnwritableError(f"the operations of {path} are not one list that is written out")

    def operation(self, line: int) -> ast.Call:
        """The operation that begins on a line.

        Raises:
            UnwritableError: there is not one.
        """
        found = [one for one in self.operations.elts if isinstance(one, ast.Call) and one.lineno == line]
        if len(found) != 1:
            raise UnwritableError(f"no single operation stands in line {line} of {self.file.path}")
        return found[0]

    def field(self, operation: ast.Call) -> ast.Call:
        """The field that an operation declares.

        Raises:
            UnwritableError: it is not written out.
        """
        found = self.file.at.argument(operation, 2, "field")
        if isinstance(found, ast.Call):
            return found
        raise UnwritableError(f"the field in line {operation.lineno} is not written out")

    def text(self, node: ast.expr, indent: str, edits: Sequence[Edit] = ()) -> str:
        """An operation, or a part of one, for a line with another indentation.

        Raises:
            UnwritableError: a string of several lines stands in the way.
        """
        start, end = self.file.at.range_of(node)
        source = self.file.source
        cuts = sorted((source.at(one.span.line, one.span.column), one) for one in edits)
        parts: list[str] = []
        for offset, edit in cuts:
            parts += [source.text[start:offset], edit.text]
            start = source.at(edit.span.end_line, edit.span.end_column)
        text = "".join([*parts, source.text[start:end]])
        before = self.file.indent_of(node)
        if before == indent or "\n" not in text:
            return text
        if has_tall_string([node]):
            raise UnwritableError("a string of several lines would have to be indented in another way")
        first, *others = text.split("\n")
        return "\n".join([first, *(indent + one.removeprefix(before) for one in others)])

    # Edits.

    def replaced(self, node: ast.expr, written: Sequence[str]) -> list[Edit]:
        """The edits that put operations into the place of one."""
        at, style = self.file.at, self.file.style
        if self.file.begins_line(node):
            joint = f",{style.newline}{self.file.indent_of(node)}"
            return [at.edit(*at.range_of(node), joint.join(written))]
        if len(self.operations.elts) > 1:
            raise UnwritableError("several operations stand on one line")
        start, end = at.range_of(self.operations)
        around = self.file.indent_of(self.operations)
        lines = "".join(f"{around}{style.unit}{one},{style.newline}" for one in written)
        return [at.edit(start + 1, end - 1, f"{style.newline}{lines}{around}")]

    def indent(self, node: ast.expr) -> str:
        """What an operation in the place of another one is indented by."""
        own = self.file.indent_of(node)
        return own if self.file.begins_line(node) else own + self.file.style.unit

    def ahead(self, written: Callable[[str], str]) -> list[Edit]:
        """The edits that put an operation, for a line with an indentation, ahead of all others."""
        first = self.operations.elts[0]
        indent = self.indent(first)
        if not self.file.begins_line(first):
            return self.replaced(first, [written(indent), self.file.at.source_of(first)])
        offset = self.file.source.at(first.lineno - 1 - len(self.comments(first)), 0)
        line = f"{indent}{written(indent)},{self.file.style.newline}"
        return [self.file.at.edit(offset, offset, line)]

    def removed(self, nodes: Iterable[ast.expr]) -> list[Edit]:
        """The edits that take operations out of the list, with the comments above them."""
        return [self._without(node) for node in nodes]

    def _without(self, node: ast.expr) -> Edit:
        lines, last = self.file.source.lines, node.end_lineno or node.lineno
        behind = lines[last - 1][self.file.at.span(node).end_column :].strip()
        if not self.file.begins_line(node) or behind.removeprefix(",").strip():
            raise UnwritableError(f"the operation in line {node.lineno} does not stand on lines of its own")
        row = node.lineno - 1 - len(self.comments(node))
        return self.file.at.edit(self.file.source.at(row, 0), self.file.source.at(last, 0), "")

    def comments(self, node: ast.expr | ast.stmt) -> list[str]:
        """The comments right above a node, without what they are indented by."""
        found: list[str] = []
        for line in reversed(self.file.source.lines[: node.lineno - 1]):
            if not line.strip().startswith("#"):
                break
            found.insert(0, line.strip())
        return found

    def without_transaction(self) -> list[Edit]:
        """The edits that say `atomic = False`; none where it is said."""
        at, body = self.file.at, self.node.body
        for one in body:
            if "atomic" in names_bound([one]) and isinstance(one, ast.Assign):
                said = isinstance(one.value, ast.Constant) and one.value.value is False
                return [] if said else [at.edit(*at.range_of(one.value), "False")]
        first = next((one for one in body if not _is_docstring(one)), None)
        if first is None or body[0].lineno == self.node.lineno:
            raise UnwritableError(f"the migration {self.file.path} is one line")
        offset = self.file.source.at(first.lineno - 1 - len(self.comments(first)), 0)
        newline = self.file.style.newline
        between = self.file.source.lines[first.end_lineno or first.lineno : body[-1].lineno - 1]
        gap = newline if first is body[-1] or any(not line.strip() for line in between) else ""
        return [at.edit(offset, offset, f"{self.file.indent_of(first)}atomic = False{newline}{gap}")]

    # What operations use.

    def needs(self, nodes: Iterable[ast.AST]) -> tuple[list[str], list[ast.stmt]]:
        """The imports and the definitions of the module that nodes use, in its order.

        Raises:
            UnwritableError: a name is bound in a way that cannot be moved.
        """
        names = set[str]()
        wanted = _names_in(nodes)
        while left := wanted - names:
            names |= left
            wanted |= _names_in(one for one in self._definitions() if left & _bound_by(one))
        bound = set(self.file.imports) | {name for one in self._definitions() for name in _bound_by(one)}
        if strange := names - bound - set(dir(builtins)) - _local_names(nodes, self._definitions(), names):
            raise UnwritableError(f"it is not certain what {', '.join(sorted(strange))} is")
        imports = [text for name, text in self._import_texts() if name in names]
        return imports, [one for one in self._definitions() if names & _bound_by(one)]

    def freed(self, moved: Sequence[ast.expr]) -> list[Edit]:
        """The edits that take away what only operations used that are moved elsewhere."""
        _, definitions = self.needs(moved)
        gone: list[ast.stmt] = []
        for one in reversed(definitions):
            if not _bound_by(one) & self._used_without([*moved, *gone]):
                gone.append(one)
        used, before = self._used_without([*moved, *gone]), _names_in([*moved, *gone])
        unused = {name for name in before if name in self.file.imports} - used
        return [*map(self._definition_removed, gone), *self._imports_removed(unused)]

    def definition(self, node: ast.stmt) -> str:
        """The text of a definition, with the comments above it."""
        source = self.file.source
        start = line_start(node, self.file.at)
        return source.text[start : self.file.at.range_of(node)[1]]

    def _used_without(self, nodes: Sequence[ast.AST]) -> set[str]:
        left_out = {id(inner) for one in nodes for inner in ast.walk(one)}
        module = ast.Module([one for one in self.file.body if not isinstance(one, _Imports)], [])
        loads = (one for one in ast.walk(module) if isinstance(one, ast.Name) and id(one) not in left_out)
        return {one.id for one in loads if isinstance(one.ctx, ast.Load)}

    def _definitions(self) -> list[ast.stmt]:
        return [one for one in self.file.body if one is not self.node and not isinstance(one, _Imports)]

    def _import_texts(self) -> Iterator[tuple[str, str]]:
        for node in self.file.body:
            if isinstance(node, _Imports):
                for alias in node.names:
                    said = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                    if isinstance(node, ast.ImportFrom):
                        said = f"from {'.' * node.level}{node.module or ''} import {said}"
                    else:
                        said = f"import {said}"
                    yield alias.asname or alias.name.partition(".")[0], said

    def _definition_removed(self, node: ast.stmt) -> Edit:
        """The edit that takes a definition away, with the blank lines above it."""
        source = self.file.source
        row, _ = source.position(line_start(node, self.file.at))
        while row and not source.lines[row - 1].strip():
            row -= 1
        return self.file.at.edit(source.at(row, 0), source.at(node.end_lineno or node.lineno, 0), "")

    def _imports_removed(self, names: set[str]) -> Iterator[Edit]:
        source = self.file.source
        for node in self.file.body:
            if not isinstance(node, _Imports):
                continue
            kept = [one for one in node.names if (one.asname or one.name.partition(".")[0]) not in names]
            if not kept:
                yield self.file.at.edit(
                    source.at(node.lineno - 1, 0), source.at(node.end_lineno or node.lineno, 0), ""
                )
            elif len(kept) < len(node.names) and node.lineno == node.end_lineno:
                first, last = node.names[0], node.names[-1]
                start = source.offset(first.lineno - 1, first.col_offset)
                end = source.offset(last.lineno - 1, last.end_col_offset or 0)
                said = (f"{one.name} as {one.asname}" if one.asname else one.name for one in kept)
                yield self.file.at.edit(start, end, ", ".join(said))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that nodes read."""
    found = (inner for one in nodes for inner in ast.walk(one))
    return {one.id for one in found if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _bound_by(node: ast.stmt) -> set[str]:
    return set(names_bound([node]))


def _local_names(nodes: Iterable[ast.AST], definitions: Sequence[ast.stmt], names: set[str]) -> set[str]:
    """The names that functions and comprehensions bind for themselves."""
    inside = [*nodes, *(one for one in definitions if names & _bound_by(one))]
    found: set[str] = set()
    for one in (inner for outer in inside for inner in ast.walk(outer)):
        match one:
            case ast.arg(arg=name) | ast.alias(asname=str() as name) | ast.ExceptHandler(name=str() as name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name):
                found.add(name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case _:
                pass
    return found
