"""The edits that put an index into a class or a table of SQLAlchemy."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.calls import add_keyword, append_positional
from backend_architect.fixes.layout import has_tall_string
from backend_architect.indexing.displays import add_element, indented
from backend_architect.indexing.python_file import names_bound
from backend_architect.indexing.python_style import WIDTH
from backend_architect.indexing.sqlalchemy_terms import IndexTerms, uses_text

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.schema.model import Index

_COLUMNS: Final = frozenset({"Column", "mapped_column"})
_MAPPED: Final = frozenset({"Mapped"})
_ARGS: Final = "__table_args__"


def called(node: ast.AST, file: PythonFile) -> str:
    """The last part of the name of what a call calls, as its import says it; empty for anything else."""
    function = node.func if isinstance(node, ast.Call) else None
    name = last_name(function)
    return file.imports.get(name, name).rpartition(".")[2] if isinstance(function, ast.Name) else name


def last_name(node: ast.AST | None) -> str:
    """The last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def assignment(body: list[ast.stmt], name: str) -> ast.Assign | ast.AnnAssign | None:
    """The statement of a body that assigns to a name."""
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                if target == name:
                    return node
            case _:
                pass
    return None


def index_attribute(owner: ast.ClassDef, attribute: str, file: PythonFile) -> list[Edit]:
    """The edits that write `index=True` at an attribute of a class; none where that cannot be written."""
    statement = assignment(owner.body, attribute)
    if statement is None:
        return []
    value = statement.value
    if value is None:
        return _annotated(statement, owner, file) if isinstance(statement, ast.AnnAssign) else []
    calls = [node for node in ast.walk(value) if called(node, file) in _COLUMNS]
    if not calls and called(value, file) == "Field":
        calls = [value]
    return index_column(calls[0], file) if len(calls) == 1 and isinstance(calls[0], ast.Call) else []


def index_column(call: ast.Call, file: PythonFile) -> list[Edit]:
    """The edits that write `index=True` into a call that declares a column."""
    given = {one.arg: one.value for one in call.keywords}
    said = given.get("index")
    says_no = said is None or (isinstance(said, ast.Constant) and not said.value)
    if None in given or "unique" in given or not says_no:
        return []
    edit = add_keyword(call, "index", "True", file.at)
    return [edit] if edit is not None else []


def _annotated(statement: ast.AnnAssign, owner: ast.ClassDef, file: PythonFile) -> list[Edit]:
    """The edits that give a value to an attribute which has an annotation alone."""
    annotation = statement.annotation
    if not isinstance(annotation, ast.Subscript) or last_name(annotation.value) not in _MAPPED:
        # SQLModel; `Annotated` may say more than would be seen here.
        if any(last_name(node) == "Annotated" for node in ast.walk(annotation)):
            return []
        path = "sqlmodel.Field"
    else:
        path = "sqlalchemy.orm.mapped_column"
    end = file.at.range_of(statement)[1]
    written = f" = {name_in(owner, path, file)}(index=True)"
    return [file.at.edit(end, end, written)]


def name_in(owner: ast.ClassDef | None, path: str, file: PythonFile) -> str:
    """How a thing of SQLAlchemy is written in the body of a class, or elsewhere in a file.

    Raises:
        UnwritableError: there is no name for it.
    """
    shadows = frozenset(names_bound(owner.body)) if owner is not None else frozenset[str]()
    for base in owner.bases if owner is not None else ():
        match base:  # Flask-SQLAlchemy: the extension has all names of SQLAlchemy
            case ast.Attribute(value=ast.Name(id=extension), attr="Model") if extension not in shadows:
                if path not in file.imports.values():
                    return f"{extension}.{path.rpartition('.')[2]}"
            case _:
                pass
    return file.name(path, shadows)


@dataclass(frozen=True, slots=True)
class IndexCall:
    """`Index(...)` for an index."""

    terms: IndexTerms
    function: str

    @classmethod
    def of(cls, index: Index, owner: ast.ClassDef | None, file: PythonFile, extension: str = "") -> IndexCall:
        """The call as a file writes it in a class; `extension` is what the names are attributes of.

        Raises:
            UnwritableError: there is no name for a part of it.
        """

        def name(path: str) -> str:
            return extension + path.rpartition(".")[2] if extension else name_in(owner, path, file)

        function = name("sqlalchemy.Index")
        text = name("sqlalchemy.text") if uses_text(index) else ""
        return cls(IndexTerms(index, file.style, text), function)

    def at(self, indent: str) -> str:
        """The call, on a line with this indentation and in front of a comma."""
        index, style = self.terms.index, self.terms.style
        unique = ["unique=True"] if index.unique else []
        arguments = [style.string(index.name), *self.terms.columns(), *unique, *self.terms.options()]
        return style.call(self.function, arguments, indent, beside=1)


def add_table_item(owner: ast.ClassDef, call: IndexCall, file: PythonFile) -> list[Edit]:
    """The edits that put an item into the `__table_args__` of a class.

    Raises:
        UnwritableError: they are neither a tuple nor a dictionary that is written out.
    """
    statement = assignment(owner.body, _ARGS)
    value = statement.value if statement is not None else None
    if value is None:
        if _ARGS in names_bound(owner.body):
            raise UnwritableError(f"the {_ARGS} of {owner.name} are made by a function")
        return [_new_args(owner, call, file)]
    match value:
        case ast.Tuple():
            last = value.elts[-1] if value.elts else None
            if isinstance(last, ast.Starred):
                raise UnwritableError(f"the {_ARGS} of {owner.name} are not written out")
            return add_element(value, call.at, file, ahead=isinstance(last, ast.Dict))
        case ast.Dict():
            return _around_dict(value, call, file)
        case _:
            raise UnwritableError(f"the {_ARGS} of {owner.name} are not written out")


def _new_args(owner: ast.ClassDef, call: IndexCall, file: PythonFile) -> Edit:
    named = assignment(owner.body, "__tablename__")
    first = owner.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    above = named or (first if documented else None)
    style = file.style
    indent = file.indent_of(above or first)
    if not file.begins_line(above or first) or first.lineno == owner.lineno:
        raise UnwritableError(f"the body of {owner.name} shares a line with something else")
    short = f"{indent}{_ARGS} = ({call.at('')},)"
    text = short if style.newline not in short and len(short) <= WIDTH else ""
    inner = indent + style.unit
    text = text or f"{indent}{_ARGS} = ({style.newline}{inner}{call.at(inner)},{style.newline}{indent})"
    if above is None:
        decorators: list[ast.expr] = getattr(first, "decorator_list", [])
        start = file.source.at(min(one.lineno for one in (first, *decorators)) - 1, 0)
        return file.at.edit(start, start, text + style.newline * 2)
    end_line = (above.end_lineno or above.lineno) - 1
    line = file.source.lines[end_line]
    end = file.source.at(end_line, len(line.rstrip("\r\n")))
    if ";" in line[file.source.position(file.at.range_of(above)[1])[1] :].partition("#")[0]:
        raise UnwritableError(f"the body of {owner.name} shares a line with something else")
    gap = style.newline if named is None else ""
    return file.at.edit(end, end, f"{style.newline}{gap}{text}")


def _around_dict(value: ast.Dict, call: IndexCall, file: PythonFile) -> list[Edit]:
    """The edits that make a tuple of a dictionary, with an item in front of it."""
    at, style = file.at, file.style
    if has_tall_string([value]):
        raise UnwritableError(f"the {_ARGS} have a string with lines of its own")
    indent = file.indent_of(value)
    inner = indent + style.unit
    start, end = at.range_of(value)
    return [
        at.edit(start, start, f"({style.newline}{inner}{call.at(inner)},{style.newline}{inner}"),
        *indented(value, file),
        at.edit(end, end, f",{style.newline}{indent})"),
    ]


def add_table_argument(table: ast.Call, call: IndexCall, file: PythonFile) -> list[Edit]:
    """The edits that put an item behind the last argument of `Table(...)` that has no name.

    Raises:
        UnwritableError: the arguments end with some that are not written out.
    """
    last = table.args[-1]
    indent = file.indent_of(last) if file.begins_line(last) else file.indent_of(table)
    edit = None
    if not isinstance(last, ast.Starred) and not any(one.arg is None for one in table.keywords):
        edit = append_positional(table, call.at(indent), file.at)
    if edit is None:
        raise UnwritableError("the arguments of the table are not written out")
    return [edit]
