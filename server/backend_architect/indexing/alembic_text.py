"""The text of a revision of Alembic that makes an index, written as the revision before it is."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.sqlalchemy_terms import IndexTerms, uses_text
from backend_architect.schema.changes import AddIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.indexing.python_style import Style
    from backend_architect.schema.alembic import Revision
    from backend_architect.schema.model import Index

_IDENTIFIERS: Final = ("revision", "down_revision", "branch_labels", "depends_on")
_LICENSE: Final = re.compile(r"licen[sc]e|copyright", re.IGNORECASE)
_FACTS: Final = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|\Z))+")
"""The lines up to one that is empty."""
_MARKED: Final = re.compile(r"create_index\(\s*(?:\w+\.)?f\(")
_BLANK: Final = 2
"""The most blank lines that are taken over."""
_LATEST: Final = 5
"""How many revisions are looked at where none makes an index."""
_DESCRIBED: Final = {"upgrade": "Upgrade schema.", "downgrade": "Downgrade schema."}
"""The docstrings of Alembic's own template (1.16)."""
_WHY: Final = (
    "# CONCURRENTLY lets others write to the table meanwhile. If it fails, drop the INVALID",
    "# index that it leaves before the next try.",
)
_WHY_GUARDED: Final = (
    _WHY[0],
    "# index that it leaves before the next try: IF NOT EXISTS would keep that one.",
)
_UNGUARDED: Final = re.compile(r"mysql|mssql|oracle", re.IGNORECASE)
"""Databases that know no `CREATE INDEX IF NOT EXISTS` (MySQL 9, SQL Server 2022; Oracle before 23)."""


def marks_names(history: Sequence[Revision], read: Callable[[str], str | None]) -> bool:
    """Whether revisions write the names of indexes as `op.f(...)`, which no naming convention changes."""
    for one in reversed(history):
        if any(isinstance(step.change, AddIndex) for step in one.steps):
            text = read(one.path) or ""
            if "create_index(" in text:
                return _MARKED.search(text) is not None
    # Alembic marks all names of a project with a convention, those of keys, too.
    return any("op.f(" in (read(one.path) or "") for one in history[-_LATEST:])


def may_guard(history: Sequence[Revision], read: Callable[[str], str | None]) -> bool:
    """Whether no revision speaks of a database that cannot be asked for an index unless it is there."""
    return not any(_UNGUARDED.search(read(one.path) or "") for one in history)


@dataclass(frozen=True, slots=True)
class IndexOperations:
    """The operations that make an index and take it away again."""

    index: Index
    """With its name."""
    table: str
    concurrently: bool
    extension: str
    """What PostgreSQL must have installed; empty for nothing."""
    guarded: bool
    """Whether it may be there already, so that a revision that failed can be run again."""
    marked: bool
    """Whether the name is written as `op.f(...)`."""

    def upgrade(self, op: str, style: Style, text: str) -> Iterator[str]:
        """The lines of the body of `upgrade`; `text` is what makes SQL of a string."""
        if self.extension:
            command = style.string(f"CREATE EXTENSION IF NOT EXISTS {self.extension}")
            yield f"{style.unit}{op}.execute({command})"
        if self.concurrently:
            why = _WHY_GUARDED if self.guarded else _WHY
            yield from (style.unit + line for line in why)
        yield from self._call(op, "create_index", self.creation(op, style, text), style)

    def downgrade(self, op: str, style: Style) -> Iterator[str]:
        """The lines of the body of `downgrade`."""
        yield from self._call(op, "drop_index", self.removal(op, style), style)

    def creation(self, op: str, style: Style, text: str) -> list[str]:
        """The arguments of `create_index`."""
        terms = IndexTerms(self.index, style, text)
        return [
            self._name(op, style),
            style.string(self._table),
            f"[{', '.join(terms.columns())}]",
            f"unique={self.index.unique}",
            *self._schema(style),
            *terms.options(),
            *self._manner("if_not_exists"),
        ]

    def removal(self, op: str, style: Style) -> list[str]:
        """The arguments of `drop_index`."""
        return [
            self._name(op, style),
            f"table_name={style.string(self._table)}",
            *self._schema(style),
            *self._manner("if_exists"),
        ]

    def _manner(self, guard: str) -> Iterator[str]:
        if self.concurrently:
            yield "postgresql_concurrently=True"
            yield from [f"{guard}=True"] if self.guarded else []

    def _call(self, op: str, name: str, arguments: list[str], style: Style) -> Iterator[str]:
        indent = style.unit
        if self.concurrently:
            yield f"{indent}with {op}.get_context().autocommit_block():"
            indent += style.unit
        yield indent + style.call(f"{op}.{name}", arguments, indent)

    def _name(self, op: str, style: Style) -> str:
        name = style.string(self.index.name)
        return f"{op}.f({name})" if self.marked else name

    @property
    def _table(self) -> str:
        return self.table.rpartition(".")[2]

    def _schema(self, style: Style) -> list[str]:
        schema = self.table.rpartition(".")[0]
        return [f"schema={style.string(schema)}"] if schema else []


@dataclass(frozen=True, slots=True)
class Heading:
    """What a new revision says beside its operations."""

    revision: str
    down_revision: str
    message: str
    now: datetime


def revision_text(before: PythonFile, heading: Heading, operations: IndexOperations) -> str:
    """The text of a revision, in the style of the one before it.

    Raises:
        UnwritableError: that one is written in a way which cannot be followed.
    """
    style = before.style
    imports = list(_imports(before, operations))
    bound = dict(pair for _, pairs in imports for pair in pairs)
    op = next(local for local, path in bound.items() if path == "alembic.op")
    module = next((local for local, path in bound.items() if path == "sqlalchemy"), "")
    docstring = _docstring(before, heading)
    parts = [
        *_license(before),
        *docstring,
        *(line for line, _ in imports),
        *_identifiers(before, heading),
    ]
    for name, lines in (
        ("upgrade", operations.upgrade(op, style, f"{module}.text")),
        ("downgrade", operations.downgrade(op, style)),
    ):
        parts += ["", "", *_head(before, name, style), *lines]
    lines = "\n".join(parts).replace("\r\n", "\n").split("\n")
    return style.newline.join([*lines, ""])


def _docstring(before: PythonFile, heading: Heading) -> list[str]:
    """The docstring with its facts exchanged, and the blank lines behind it; a plain one is the message."""
    first = before.body[0] if before.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return []
    behind = before.source.lines[first.end_lineno or first.lineno :]
    blank = [""] if not behind or not behind[0].strip() else []
    text = before.at.source_of(first.value)
    quotes = text[:3] if text[:3] in {'"""', "'''"} else '"""'
    start = text.find("Revision ID:")
    if start < 0:
        return [f"{quotes}{heading.message}{quotes}", *blank]
    facts, rest = _facts(text[start:], quotes)
    date = re.search(r"Create Date:[ \t]*(.*)", facts)
    values = {
        "Revision ID": heading.revision,
        "Revises": heading.down_revision,
        "Create Date": _date(heading.now, date[1] if date else ""),
    }
    for name, value in values.items():
        facts = re.sub(rf"({name}:)[ \t]*[^\r\n]*", lambda found, value=value: f"{found[1]} {value}", facts)
    lead = "\n" if text[3:].startswith(("\n", "\r")) else ""
    return [f"{quotes}{lead}{heading.message}\n\n{facts}{rest}", *blank]


def _facts(text: str, quotes: str) -> tuple[str, str]:
    """The facts at the end of a docstring, and how it ends; prose behind them is about that revision."""
    found = _FACTS.match(text)
    facts = found[0] if found is not None else text
    rest = text[len(facts) :]
    return facts, rest if rest.strip() in {"", quotes} else quotes


def _license(before: PythonFile) -> list[str]:
    """The comments at the top of a file that say under which license it is."""
    lines = [line.rstrip() for line in takewhile(lambda line: line.startswith("#"), before.source.lines)]
    return lines if _LICENSE.search("\n".join(lines)) else []


def _date(now: datetime, like: str) -> str:
    zone = now.strftime("%z")
    said = now.strftime("%Y-%m-%dT%H:%M:%S" if "T" in like else "%Y-%m-%d %H:%M:%S")
    said += now.strftime(".%f") if "." in like else ""
    return f"{said}{zone[:3]}:{zone[3:]}" if zone and re.search(r"[+-]\d\d:\d\d\s*$", like) else said


_Import = tuple[str, list[tuple[str, str]]]
"""The lines of an import, and the names that it binds with what they stand for."""


def _imports(before: PythonFile, operations: IndexOperations) -> Iterator[_Import]:
    """The imports that the revision needs, in their order and with the blank lines between them."""
    needed = {
        node.id
        for statement in before.body
        for annotation in _annotations(statement)
        for node in ast.walk(annotation)
        if isinstance(node, ast.Name)
    }
    wanted = {"alembic.op": "from alembic import op", "sqlalchemy": "import sqlalchemy as sa"}
    kept = [
        node
        for node in before.body
        if isinstance(node, ast.Import | ast.ImportFrom) and _is_kept(node, before.imports, needed, wanted)
    ]
    for number, node in enumerate(kept):
        above = before.source.lines[node.lineno - 2] if node.lineno > 1 else ""
        gap = "\n" if number and not above.strip() else ""
        source = before.source.text[slice(*before.at.range_of(node))]
        yield gap + source, [(local, before.imports[local]) for local in _locals(node)]
    for path, statement in wanted.items():
        bound = any(before.imports[local] == path for node in kept for local in _locals(node))
        if not bound and (path == "alembic.op" or uses_text(operations.index)):
            yield statement, [(statement.rpartition(" ")[2], path)]


def _is_kept(
    node: ast.Import | ast.ImportFrom, imports: Mapping[str, str], needed: set[str], wanted: Mapping[str, str]
) -> bool:
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future or any(local in needed or imports[local] in wanted for local in _locals(node))


def _locals(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [alias.asname or alias.name.partition(".")[0] for alias in node.names if alias.name != "*"]


def _annotations(statement: ast.stmt) -> Iterator[ast.expr]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if name in _IDENTIFIERS:
            yield annotation
        case ast.FunctionDef(name="upgrade" | "downgrade", returns=ast.expr() as returns):
            yield returns
        case _:
            pass


def _identifiers(before: PythonFile, heading: Heading) -> list[str]:
    """The variables that Alembic reads, with the comments and blank lines above them."""
    values = {"revision": heading.revision, "down_revision": heading.down_revision}
    style = before.style
    lines: list[str] = []
    for statement in before.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in _IDENTIFIERS:
                start, _ = before.at.range_of(statement)
                head = before.source.text[start : before.at.range_of(value)[0]].rstrip("(")
                lines += _comments_above(statement, before) if not lines else []
                said = before.at.source_of(value)
                style = replace(style, quote=said[0]) if said[0] in "'\"" else style
                lines.append(head + (style.string(values.pop(name)) if name in values else "None"))
            case _:
                pass
    if values:
        raise UnwritableError(f"the variables of {before.path} cannot be read")
    return lines


def _comments_above(statement: ast.stmt, before: PythonFile) -> list[str]:
    row = statement.lineno - 1
    start = row
    while start and before.source.lines[start - 1].startswith("#"):
        start -= 1
    blank = start
    while blank and start - blank < _BLANK and not before.source.lines[blank - 1].strip():
        blank -= 1
    return [line.rstrip() for line in before.source.lines[blank:row]]


def _head(before: PythonFile, name: str, style: Style) -> list[str]:
    """The first line of a function, with the docstring that all of them have."""
    found = next((one for one in before.body if isinstance(one, ast.FunctionDef) and one.name == name), None)
    if found is None:
        return [f"def {name}():"]
    if found.args.args or found.args.kwonlyargs:
        raise UnwritableError(f"{name} of {before.path} takes arguments, as for several databases")
    returns = f" -> {before.at.source_of(found.returns)}" if found.returns is not None else ""
    described = ast.get_docstring(found) == _DESCRIBED[name]
    quotes = style.quote * 3
    docstring = [f"{style.unit}{quotes}{_DESCRIBED[name]}{quotes}"] if described else []
    return [f"def {name}(){returns}:", *docstring]
