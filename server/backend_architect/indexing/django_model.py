"""Indexes in the `Meta` of Django's models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes
from backend_architect.indexing.django_index import IndexWriter
from backend_architect.indexing.django_meta import MetaEditor
from backend_architect.indexing.django_project import DjangoProject, class_of
from backend_architect.indexing.index_names import IndexNames, is_like, learned, names_in_use, words_of
from backend_architect.indexing.python_file import PythonFile
from backend_architect.schema.django_indexes import automatic_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.indexing.index_names import Named
    from backend_architect.schema.django_tables import Model
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.model import Index

_LONGEST: Final = 30
"""Characters of the name of an index in Django, which thinks of Oracle."""
_PATTERN: Final = "{short}_{words}_idx"


def find(project: Project, wanted: Wanted) -> DjangoModel | None:
    """The model of a table."""
    mapped = class_of(project, wanted)
    return DjangoModel(project, wanted, mapped) if mapped is not None else None


@dataclass(frozen=True, slots=True)
class DjangoModel:
    """A model whose `Meta` gets an index."""

    project: Project
    wanted: Wanted
    mapped: MappedClass

    @property
    def title(self) -> str:
        """The name of the class."""
        return self.mapped.name

    def write(self) -> tuple[Changes, Index]:
        """The index in `Meta.indexes`, which is made where it is missing, and the index with its name."""
        django = DjangoProject.of(self.project)
        model = django.model(self.mapped)
        for one in django.declared_indexes(model):
            if is_like(one, self.wanted.index):
                return Changes(), replace(self.wanted.index, name=one.name or automatic(model, one))
        index = replace(self.wanted.index, name=name_for(self.wanted.index, model, django, self.project))
        origin = self.mapped.origin
        file = PythonFile.read(self.project, origin.path)
        writer = IndexWriter(model, django.reader.tables, file)
        node = file.class_at(self.mapped.name, origin.line)
        written = replace(index, name="") if leaves_names(index, django) else index
        edits = MetaEditor(file, node, model, django).add(lambda indent: writer.call(written, indent))
        ordered = sorted([*file.import_edits(), *edits], key=lambda edit: edit.span)
        return Changes({origin.path: tuple(ordered)}), index


# Names.


def name_for(index: Index, model: Model, django: DjangoProject, project: Project) -> str:
    """A name like the project's others that Django takes, or the one that Django would give."""
    if leaves_names(index, django):
        return automatic(model, index)
    declared = list(_named_in(django))
    taken = names_in_use(project) | {one.name for one, _, _ in declared}
    names = IndexNames([learned(declared, _PATTERN), _PATTERN], taken, _LONGEST)
    fields = {django.reader.tables.column_name(one): name for name, one in model.fields.items()}
    parts = (replace(one, column=fields.get(one.column or "", one.column)) for one in index.parts)
    said = replace(index, parts=tuple(parts))
    if fitting := names.fitting(said, model.table, model.key[1]):
        return fitting
    plain = _can_lack_name(index)
    return names.free(automatic(model, index) if plain else automatic_name(model.table, words_of(said)))


def leaves_names(index: Index, django: DjangoProject) -> bool:
    """Whether an index is written without a name, as most of a project are: Django gives it one then."""
    has_name = [bool(one.name) for model in django.reader.own() for one in django.declared_indexes(model)]
    return _can_lack_name(index) and 2 * sum(has_name) < len(has_name)


def _can_lack_name(index: Index) -> bool:
    """Whether Django takes it without a name: it may be of columns alone."""
    plain = all(part.column is not None and not part.opclass and not part.nulls for part in index.parts)
    return plain and not index.where and not index.include


def _named_in(django: DjangoProject) -> Iterator[Named]:
    """The indexes of all models that have names, each with the names of its table and its model."""
    for model in django.reader.own():
        for one in django.declared_indexes(model):
            if one.name:
                yield one, model.table, model.key[1]


def automatic(model: Model, index: Index) -> str:
    """The name that Django gives to an index of columns."""
    columns = [f"{'-' if part.descending else ''}{part.column}" for part in index.parts]
    suffix = "idx" if index.using == "btree" else index.using
    return automatic_name(model.table, columns, suffix)
