"""Edits of the `Meta` of a model."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import line_end
from backend_architect.indexing.displays import add_element
from backend_architect.indexing.python_file import names_bound
from backend_architect.schema.declared import Class
from backend_architect.schema.terms import UNKNOWN, Name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.django_project import DjangoProject
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.schema.django_tables import Model
    from backend_architect.schema.outlines import ClassOutline

_KNOWN = frozenset({"django.db.models.Model", "django.contrib.gis.db.models.Model", "object"})
_METHODS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class MetaEditor:
    """Puts an index into `Meta.indexes` of a class."""

    file: PythonFile
    node: ast.ClassDef
    model: Model
    django: DjangoProject

    def add(self, written: Callable[[str], str]) -> list[Edit]:
        """The edits; `written` gives the index for a line with an indent.

        Raises:
            UnwritableError: nobody can tell which indexes `Meta` has, or where it belongs.
        """
        if self.node.body[0].lineno == self.node.lineno:
            raise UnwritableError(f"the class {self.node.name} is one line")
        metas = [one for one in self.node.body if isinstance(one, ast.ClassDef) and one.name == "Meta"]
        if len(metas) > 1 or (not metas and "Meta" in names_bound(self.node.body)):
            raise UnwritableError(f"`Meta` of {self.node.name} is no class of its own")
        if not metas:
            return [self._new_meta(written)]
        meta = metas[0]
        values = [one for one in meta.body if "indexes" in names_bound([one])]
        if not values:
            return [self._new_indexes(meta, written)]
        value = getattr(values[0], "value", None)
        display = _display(value) if len(values) == 1 and not isinstance(values[0], ast.AugAssign) else None
        if display is None:
            raise UnwritableError(f"`indexes` of {self.node.name} is no list that is written out")
        return add_element(display, written, self.file)

    def _new_indexes(self, meta: ast.ClassDef, written: Callable[[str], str]) -> Edit:
        """`indexes` behind the other options of a `Meta`."""
        if meta.body[0].lineno == meta.lineno:
            raise UnwritableError(f"`Meta` of {self.node.name} is one line")
        if meta.keywords or len(meta.bases) > 1:
            raise UnwritableError(f"`Meta` of {self.node.name} has several bases")
        above = ""
        if meta.bases:
            base = self.file.at.source_of(meta.bases[0])
            above = f"*{base}.indexes" if self._inherits_indexes(base) else ""
        options = [one for one in meta.body if not isinstance(one, _METHODS)]
        last = options[-1]
        return self._behind(last, self._indexes(self.file.indent_of(meta.body[0]), above, written))

    def _new_meta(self, written: Callable[[str], str]) -> Edit:
        base = self._base_with_meta()
        above = f"*{base}.Meta.indexes" if base and self._inherits_indexes(f"{base}.Meta") else ""
        indent = self.file.indent_of(self.node.body[0])
        head = f"{indent}class Meta({base}.Meta):" if base else f"{indent}class Meta:"
        deeper = indent + (indent.removeprefix(self.file.indent_of(self.node)) or self.file.style.unit)
        lines = [head, *self._indexes(deeper, above, written)]
        before = self._before_methods()
        if not before:
            raise UnwritableError(f"the class {self.node.name} has no place for a `Meta`")
        last = before[-1]
        row, rows = last.end_lineno or last.lineno, self.file.source.lines
        follows = row < (self.node.end_lineno or 0) and rows[row].strip()
        gap = [] if isinstance(last, ast.Pass) else [""]
        return self._behind(last, [*gap, *lines, *([""] if follows else [])])

    def _before_methods(self) -> Sequence[ast.stmt]:
        """What stands above the first method: fields and managers."""
        body = self.node.body
        first = next((i for i, one in enumerate(body) if isinstance(one, _METHODS)), len(body))
        return body[:first]

    def _indexes(self, indent: str, above: str, written: Callable[[str], str]) -> list[str]:
        inner = indent + self.file.style.unit
        items = [*([f"{inner}{above},"] if above else []), f"{inner}{written(inner)},"]
        return [f"{indent}indexes = [", *items, f"{indent}]"]

    def _behind(self, last: ast.stmt, lines: Sequence[str]) -> Edit:
        """Lines below a statement, or in the place of a `pass`."""
        at, source, newline = self.file.at, self.file.source, self.file.style.newline
        if isinstance(last, ast.Pass):
            return at.edit(*at.range_of(last), newline.join(lines).lstrip())
        row = (last.end_lineno or last.lineno) - 1
        end = source.at(row, line_end(source.lines[row]))
        tail = newline if end == len(source.text) else ""
        return at.edit(end, end, "".join(f"{newline}{one}" for one in lines) + tail)

    # What is inherited.

    def _base_with_meta(self) -> str:
        """The base from which the class has its options, as it is written; empty if none has any."""
        bases = list(zip(self.node.bases, self._class().said.bases, strict=True))
        found: list[str] = []
        for node, said in bases:
            line = self._lineage(said)
            if any(cls.said.inner("Meta") is not None and self._is_abstract(cls) for cls in line):
                found.append(self.file.at.source_of(node))
        if len(found) > 1:
            raise UnwritableError(f"several bases of {self.node.name} have options")
        return found[0] if found else ""

    def _is_abstract(self, cls: Class) -> bool:
        return self.django.apps.meta(cls).get("abstract") is True

    def _lineage(self, base: object) -> list[Class]:
        """The classes that a base brings; all others must be known to have no options."""
        declared = self.django.apps.declared
        near = self._class().outline
        found = declared.resolve(base, near) if isinstance(base, Name) else UNKNOWN
        if isinstance(found, str) and (found in _KNOWN or found.rpartition(".")[2].endswith("Mixin")):
            return []
        if not isinstance(found, Class):
            name = base.path if isinstance(base, Name) else "a base"
            raise UnwritableError(f"nobody can tell which options {name} gives to {self.node.name}")
        line = declared.lineage(found)
        strange = [
            one
            for one in line
            if not isinstance(one, Class) and one not in _KNOWN and not str(one).endswith("Mixin")
        ]
        if strange:
            raise UnwritableError(f"nobody can tell which options {strange[0]} gives to {self.node.name}")
        return [one for one in line if isinstance(one, Class)]

    def _class(self) -> Class:
        if self.model.cls is None:
            raise UnwritableError(f"the class {self.node.name} is not where it was")
        return self.model.cls

    def _inherits_indexes(self, meta: str) -> bool:
        """Whether a `Meta` that is extended has indexes; it must be one that is declared here."""
        declared = self.django.apps.declared
        owner = meta.removesuffix(".Meta")
        found = declared.find(owner, self._class().outline)
        if not isinstance(found, Class):
            raise UnwritableError(f"nobody can tell which indexes {meta} has")
        if meta.endswith(".Meta"):
            return "indexes" in self.django.apps.meta(found)
        return self._plain_meta_has_indexes(found.said)

    def _plain_meta_has_indexes(self, said: ClassOutline) -> bool:
        if said.bases:
            raise UnwritableError(f"nobody can tell which indexes {said.name} has")
        return said.get("indexes") is not UNKNOWN


def _display(value: ast.expr | None) -> ast.List | ast.Tuple | None:
    """The list that is written out: alone, or joined to another one with `+`."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _display(value.right) or _display(value.left)
    return value if isinstance(value, ast.List | ast.Tuple) else None
