"""The tables that the models of a Django project declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema.declared import Class, Declared
from backend_architect.schema.django_apps import Apps, is_library, library_outlines
from backend_architect.schema.django_fields import Field, Fields, known_field
from backend_architect.schema.django_tables import Model, Tables
from backend_architect.schema.mapped import Declaration, MappedClass, Relationship
from backend_architect.schema.model import Origin, Table
from backend_architect.schema.terms import Call, Items, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.django_apps import Key
    from backend_architect.schema.outlines import Outline

_MODEL = "django.db.models.Model"
_MODELS = frozenset({_MODEL, "django.db.models.base.Model", "django.contrib.gis.db.models.Model"})


_FIELDS = ("django.db.models.", "django.contrib.postgres.fields.")
"""Where the fields are that only models have: a class with one that extends a class of a library is one."""


def django_models(outlines: Iterable[Outline]) -> Declaration:
    """The tables of all models in the files of a workspace, and the classes that stand for them."""
    declared = Declared([*outlines, *library_outlines()])
    reader = ModelReader(declared, Apps(declared))
    reader.read(declared.classes())
    found = Declaration()
    for model in reader.own():
        found.tables += reader.tables_of(model)
        found.classes.append(reader.mapped(model))
    return found


def library_models(declared: Declared, apps: Apps) -> dict[Key, Model]:
    """The models of libraries to which those of a project may point."""
    reader = ModelReader(declared, apps)
    reader.read(one for one in declared.classes() if is_library(one.outline))
    return reader.tables.models


class ModelReader:
    """Reads all models of a workspace, and those of libraries on which they build."""

    def __init__(self, declared: Declared, apps: Apps) -> None:
        self._declared = declared
        self._apps = apps
        self._fields = Fields(declared, self._apps)
        self.tables = Tables(self._fields)
        self._incomplete: set[Key] = set()

    def read(self, classes: Iterable[Class]) -> None:
        """Adds the models among some classes."""
        for cls in classes:
            if self._is_model(cls):
                model = self._model(cls)
                if model is not None:
                    self.tables.models.setdefault(model.key, model)

    def own(self) -> Iterator[Model]:
        """The models of the project that have tables."""
        for model in self.tables.models.values():
            if model.has_table and not is_library(model.near):
                yield model

    def tables_of(self, model: Model) -> Iterator[Table]:
        """The table of a model and those between it and others."""
        for table in self.tables.of(model):
            table.complete = model.key not in self._incomplete
            yield table

    def _is_model(self, cls: Class) -> bool:
        line = self._declared.lineage(cls)
        strange = {one for one in line if isinstance(one, str)}
        if not _MODELS.isdisjoint(strange):
            return True
        calls = (one.value.path for one in cls.said.body if isinstance(one.value, Call))
        return bool(strange) and any(
            path.startswith(_FIELDS) and known_field(path) is not None for path in calls
        )

    def _model(self, cls: Class) -> Model | None:
        options = self._apps.meta(cls)
        if options.get("abstract") is True:
            return None
        key = self._apps.key(cls)
        origin = Origin(cls.outline.path, cls.said.line)
        model = Model(key, cls.said.name, {}, options, cls.outline, origin, cls=cls)
        parents: list[Key] = []
        self._gather(cls, model, parents, frozenset())
        if _MODELS.isdisjoint(one for one in self._declared.lineage(cls) if isinstance(one, str)):
            self._incomplete.add(key)
        link = any(field.flag("parent_link") for field in model.fields.values())
        if not link:
            model.parents = tuple(dict.fromkeys(parents))
        return model

    def _gather(self, cls: Class, model: Model, parents: list[Key], seen: frozenset[tuple[str, int]]) -> None:
        """Collects the fields of a class, those of its abstract bases first."""
        for base in reversed(cls.said.bases):
            found = self._declared.resolve(base, cls.outline)
            if isinstance(found, str):
                if found not in _MODELS and _looks_like_model(found):
                    self._incomplete.add(model.key)
            elif isinstance(found, Class) and found.key not in seen and self._is_model(found):
                if self._apps.meta(found).get("abstract") is True:
                    self._gather(found, model, parents, seen | {cls.key})
                else:
                    parents.append(self._apps.key(found))
        for one in cls.said.body:
            field = self._fields.read(one.name, one.value, cls.outline, model.key, cls)
            if field is not None:
                model.fields[one.name] = field
            else:
                model.fields.pop(one.name, None)
        for one in cls.said.returned:
            model.fields.pop(one.name, None)

    def mapped(self, model: Model) -> MappedClass:
        """The class behind a table."""
        found = MappedClass(_key(model), model.name, "django", model.table, model.origin)
        found.columns["pk"] = found.columns["id"] = self.tables.key_column(model)
        if self.tables.key_field(model) is not None:
            del found.columns["id"]
        for field in model.fields.values():
            if field.relation in {"", "many-to-one", "one-to-one"}:
                column = self.tables.column_name(field)
                found.columns[field.name] = column
                if field.points:
                    found.columns[f"{field.name}_id"] = column
            if field.target is not None:
                found.relationships[field.name] = self._relationship(model, field)
        found.parents = tuple(
            _key(self.tables.models[key]) for key in model.parents if key in self.tables.models
        )
        ordering = model.options.get("ordering")
        found.ordering = texts(ordering)
        if isinstance(ordering, Items) and len(found.ordering) != len(ordering.items):
            found.ordering = ("?",)
        return found

    def _relationship(self, model: Model, field: Field) -> Relationship:
        target = self.tables.models.get(field.target) if field.target is not None else None
        many = field.relation == "many-to-many"
        back = field.text("related_name").replace("%(class)s", model.key[1])
        default = model.key[1] if field.relation == "one-to-one" else f"{model.key[1]}_set"
        return Relationship(
            field.name,
            _key(target) if target is not None else "",
            collection=many,
            columns=() if many else (self.tables.column_name(field),),
            back=back.replace("%(app_label)s", model.key[0]) or default,
            secondary=self.tables.between(model, field) if many else "",
            origin=field.origin,
        )


def _looks_like_model(path: str) -> bool:
    """Whether an unknown base may bring fields; most are plain mixins."""
    name = path.rpartition(".")[2]
    return name.endswith(("Model", "Base")) or name.startswith("Abstract")


def _key(model: Model) -> str:
    return f"{model.near.path}:{model.name}"
