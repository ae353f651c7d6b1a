"""Writing an index into a model of SQLAlchemy or SQLModel: into a mapped class, or into `Table(...)`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.kinds import kinds_of
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.index_names import (
    SQLALCHEMY_PATTERN,
    IndexNames,
    is_like,
    learned,
    named,
    names_in_use,
    shortened,
)
from backend_architect.indexing.python_file import PythonFile
from backend_architect.indexing.sqlalchemy_edits import (
    IndexCall,
    add_table_argument,
    add_table_item,
    called,
    index_attribute,
    index_column,
)
from backend_architect.schema.declared import Class, Declared
from backend_architect.schema.mapped import Declaration
from backend_architect.schema.model import Index, IndexPart
from backend_architect.schema.outlines import Outline, outline
from backend_architect.schema.sqlalchemy_classes import Classes
from backend_architect.schema.sqlalchemy_metadata import Metadata, of_class, of_term
from backend_architect.schema.sqlalchemy_relations import class_key
from backend_architect.schema.sqlalchemy_tables import Builder
from backend_architect.schema.terms import UNKNOWN, Call, Items, Term

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.model import Table

_ARGS: Final = "__table_args__"
_PLAIN: Final = Index("", ())


def find(project: Project, wanted: Wanted) -> SqlalchemyModel | None:
    """The class or the `Table(...)` of a table."""
    for one in project.classes:
        same = one.library == "sqlalchemy" and _bare_of_default(one.table) == _bare_of_default(wanted.table)
        if same and _is_live(one.origin.path):
            return SqlalchemyModel(project, wanted, one.origin.path, one.name)
    for near in filter(lambda one: _is_live(one.path), project.facts.outlines):
        for said in near.assigned:
            if _is_table(said.value, wanted.table):
                return SqlalchemyModel(project, wanted, near.path, said.name)
    return None


def _is_live(path: str) -> bool:
    """Whether models in a file are those of the program; migrations keep copies of how they were."""
    return kinds_of(path).isdisjoint({"tests", "examples", "migrations"})


def _bare_of_default(table: str) -> str:
    return table.removeprefix("public.")


def _is_table(term: Term, table: str) -> bool:
    schema, _, bare = _bare_of_default(table).rpartition(".")
    if not isinstance(term, Call) or term.name != "Table" or term.args[:1] != (bare,):
        return False
    said = term.keyword("schema")
    return not isinstance(said, str) or said in {schema, "public"}


@dataclass(frozen=True, slots=True)
class SqlalchemyModel:
    """The model of a table; see `ModelHome`."""

    project: Project
    wanted: Wanted
    path: str
    title: str
    """The name of the class, or of the variable."""

    def write(self) -> tuple[Changes, Index]:
        """The index put into the model, under the name that SQLAlchemy gives it.

        Raises:
            UnwritableError: the model cannot be edited with certainty.
        """
        file = PythonFile.read(self.project, self.path)
        before = _Models.read(self.project, outline(file.text, self.path))
        table = before.table_of(self.path, self.title, self.wanted.table)
        present = _found(table, self.wanted.index)
        if present is not None:
            return Changes(), replace(present, name=shortened(present.name))
        edits, name = _Writing(self, file, before, table).edits()
        after = _Models.read(self.project, outline(apply_edits(file.text, edits), self.path))
        made = _found(after.table_of(self.path, self.title, self.wanted.table), self.wanted.index)
        if made is None or shortened(made.name) != name:
            raise UnwritableError(f"the index would not be found in {self.path} afterwards")
        ordered = tuple(sorted(edits, key=lambda edit: edit.span))
        return Changes({self.path: ordered}), replace(self.wanted.index, name=name)


def _found(table: Table, index: Index) -> Index | None:
    """The index of a table that is like another one."""
    return next((one for one in table.indexes if is_like(one, index)), None)


@dataclass(frozen=True, slots=True)
class _Models:
    """The models of a program, with one file as it is at the moment."""

    classes: Classes
    declaration: Declaration

    @classmethod
    def read(cls, project: Project, now: Outline) -> _Models:
        others = [one for one in project.facts.outlines if one.path != now.path and _is_live(one.path)]
        classes = Classes(Declared(sorted([*others, now], key=lambda one: one.path)))
        builder = Builder(classes)
        builder.read()
        return cls(classes, Declaration(list(builder.tables.values()), builder.classes))

    def table_of(self, path: str, title: str, name: str) -> Table:
        """The table of a model.

        Raises:
            UnwritableError: it is not that of this model any more.
        """
        for table in self.declaration.tables:
            if _bare_of_default(table.name) == _bare_of_default(name):
                return table
        raise UnwritableError(f"{title} in {path} does not make the table {name}")

    def owners(self, table: str) -> list[Class]:
        """The classes whose own table it is."""
        keys = {one.key for one in self.declaration.classes if one.table == table}
        own = (cls for cls in self.classes.mapped() if not self.classes.shares(cls))
        return [cls for cls in own if class_key(cls) in keys]

    def mapped(self, cls: Class) -> MappedClass:
        """A class with its columns."""
        return next(one for one in self.declaration.classes if one.key == class_key(cls))

    def sharing(self, table: str, column: str) -> Class | None:
        """The class that adds a column to the table of the one that it extends."""
        for cls in self.classes.mapped():
            own = {one.name for one in self.classes.attributes(cls) if one.owner.key == cls.key}
            mapped = self.mapped(cls)
            has = any(mapped.columns.get(name) == column for name in own)
            if has and mapped.table == table and self.classes.shares(cls):
                return cls
        return None


@dataclass(slots=True)
class _Writing:
    """Writes an index into one model."""

    model: SqlalchemyModel
    file: PythonFile
    models: _Models
    table: Table

    def edits(self) -> tuple[list[Edit], str]:
        """The edits, and the name that the index has then."""
        index = self.model.wanted.index
        missing = [one for one in index.columns if one is not None and one not in self.table.columns]
        if missing:
            raise UnwritableError(f"{self.model.title} has no column {missing[0]}")
        owners = self.models.owners(self.table.name)
        if len(owners) > 1:
            names = " and ".join(map(class_key, owners))
            raise UnwritableError(f"{names} both declare the table {self.table.name}")
        edits, name = self._into_class(owners[0]) if owners else self._into_table()
        return [*edits, *self.file.import_edits()], name

    # Classes.

    def _into_class(self, cls: Class) -> tuple[list[Edit], str]:
        said = cls.said.get("__table__")
        if said is not UNKNOWN:
            return self._into_table()
        columns = self.models.mapped(cls).columns.values()
        foreign = [one for one in self.model.wanted.index.columns if one is not None and one not in columns]
        metadata = of_class(cls, self.models.classes.declared)
        if foreign:
            heir = self.models.sharing(self.table.name, foreign[0])
            edits = self._inline(heir, metadata) if heir is not None else []
            if not edits:
                raise UnwritableError(f"the column {foreign[0]} belongs to a class that shares the table")
            return edits, self._default_name(metadata)
        if self._prefers_inline(cls) and (edits := self._inline(cls, metadata)):
            return edits, self._default_name(metadata)
        try:
            return self._among_args(cls, metadata)
        except UnwritableError:
            self.file = PythonFile(self.file.path, self.file.text)  # without the imports of what failed
            if edits := self._inline(cls, metadata):
                return edits, self._default_name(metadata)
            raise

    def _among_args(self, cls: Class, metadata: Metadata) -> tuple[list[Edit], str]:
        self._check_inherited(cls)
        owner = self.file.class_at(cls.said.name, cls.said.line)
        index = replace(self.model.wanted.index, name=self._name(metadata))
        return add_table_item(owner, IndexCall.of(index, owner, self.file), self.file), index.name

    def _prefers_inline(self, cls: Class) -> bool:
        """Whether indexes of one column are written at the column here."""
        if _has_index(cls.said.get(_ARGS)):
            return False
        beside = [one.get(_ARGS) for one in cls.outline.classes]
        at_columns = any(
            isinstance(said.value, Call) and said.value.keyword("index") is True
            for one in cls.outline.classes
            for said in one.body
        )
        return at_columns or not any(map(_has_index, beside))

    def _inline(self, cls: Class, metadata: Metadata) -> list[Edit]:
        """The edits that write it at the column; none where that is not all of it."""
        name = self._default_name(metadata)
        if cls.outline.path != self.file.path or not name or name in self._taken():
            return []
        column = self.model.wanted.index.columns[0]
        attributes = [one for one, of in self.models.mapped(cls).columns.items() if of == column]
        if len(attributes) != 1:
            return []
        return index_attribute(self.file.class_at(cls.said.name, cls.said.line), attributes[0], self.file)

    def _check_inherited(self, cls: Class) -> None:
        if cls.said.get(_ARGS) is not UNKNOWN:
            return
        for one in self.models.classes.line(cls)[1:]:
            if self.models.classes.is_mapped(one):
                return
            if one.said.get(_ARGS) is not UNKNOWN:
                raise UnwritableError(f"the {_ARGS} of {cls.said.name} are those of {one.said.name}")

    # `Table(...)`.

    def _into_table(self) -> tuple[list[Edit], str]:
        call = self._table_call()
        metadata = self._metadata()
        column = self.model.wanted.index.columns[0]
        columns = [
            one for one in call.args if isinstance(one, ast.Call) and called(one, self.file) == "Column"
        ]
        name = self._default_name(metadata)
        if (
            name
            and name not in self._taken()
            and not any(called(one, self.file) == "Index" for one in call.args)
        ):
            calls = [one for one in columns if _first(one) == column]
            if calls and (edits := index_column(calls[0], self.file)):
                return edits, name
        index = replace(self.model.wanted.index, name=self._name(metadata))
        owner = self.file.at.source_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        is_library = not owner or self.file.imports.get(owner, "").startswith("sqlalchemy")
        extension = "" if is_library else f"{owner}."
        made = IndexCall.of(index, None, self.file, extension)
        return add_table_argument(call, made, self.file), index.name

    def _table_call(self) -> ast.Call:
        bare = self.table.name.rpartition(".")[2]
        found = [
            node
            for node in ast.walk(ast.Module(list(self.file.body), []))
            if isinstance(node, ast.Call)
            and called(node, self.file) == "Table"
            and len(node.args) > 1
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value == bare
        ]
        if len(found) != 1:
            raise UnwritableError(f"the table {self.table.name} is not written out once in {self.file.path}")
        return found[0]

    def _metadata(self) -> Metadata:
        declared = self.models.classes.declared
        for near in declared.outlines:
            for term in (said.value for said in near.assigned if near.path == self.file.path):
                if isinstance(term, Call) and _is_table(term, self.table.name):
                    return of_term(term.args[1], near, declared) or Metadata()
        return Metadata()

    # Names.

    def _default_name(self, metadata: Metadata) -> str:
        """What SQLAlchemy calls it if it stands at the column; empty where it cannot stand there."""
        index = self.model.wanted.index
        part = index.parts[0]
        plain = replace(index, name="", origin=None, parts=()) == _PLAIN and len(index.parts) == 1
        if not plain or part.column is None or part != IndexPart(part.column):
            return ""
        return shortened(metadata.convention.index_name(self.table.name, [part.column]))

    def _name(self, metadata: Metadata) -> str:
        """What it is called where it has to be named."""
        template = metadata.convention.templates.get("ix", "")
        if "constraint_name" in template:
            raise UnwritableError("the naming convention changes the names of indexes")
        index = self.model.wanted.index
        declared = ((one, table.name) for table in self.models.declaration.tables for one in table.indexes)
        pattern = learned(named(declared), SQLALCHEMY_PATTERN)
        names = IndexNames([pattern], self._taken())
        known = [one for one in index.columns if one is not None]
        plain = len(known) == len(index.parts) and not index.where
        conventional = metadata.convention.index_name(self.table.name, known) if template and plain else ""
        if conventional and (len(known) == 1 or re.search(r"column_0_?N", template)):
            return names.free(conventional)
        return names.choose(index, self.table.name)

    def _taken(self) -> set[str]:
        declared = {one.name for table in self.models.declaration.tables for one in table.indexes}
        return declared | names_in_use(self.model.project)


def _first(call: ast.Call) -> object:
    """The first argument of a call, if it is a constant."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) else None


def _has_index(said: Term) -> bool:
    items = said.items if isinstance(said, Items) else ()
    return any(isinstance(one, Call) and one.name == "Index" for one in items)
