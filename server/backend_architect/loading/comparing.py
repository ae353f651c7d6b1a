"""Which classes of models another state of a workspace makes others, as far as loading is concerned."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from backend_architect.schema.declared import Class
from backend_architect.schema.terms import Call, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.queries.mapping import Models
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.outlines import ClassOutline, Outline
    from backend_architect.schema.terms import Term

_LOADED: Final = attrgetter(
    "name", "target", "collection", "columns", "back", "lazy", "back_lazy", "back_single", "secondary"
)
"""What loading asks of a relationship: all but the line on which it stands."""


def others(before: Models, after: Models) -> set[str] | None:
    """The keys of the classes of which loading would be told something else than before.

    None if names may stand for something else, in whatever file.
    """
    if before.classes.keys() != after.classes.keys() or _bindings_differ(before, after):
        return None
    changed = {key for key in after.classes if _said(key, before) != _said(key, after)}
    return {key for key in after.classes if changed and not changed.isdisjoint(_with_parents(key, after))}


def is_unique(models: Models, table: str, columns: tuple[str, ...]) -> bool:
    """Whether an index allows the values of some columns once."""
    known = models.tables.get(table)
    indexes = known.indexes if known is not None else ()
    return any(one.unique and tuple(part.column for part in one.parts) == columns for one in indexes)


def _with_parents(key: str, models: Models) -> set[str]:
    found: set[str] = set()
    pending = [key]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            cls = models.classes.get(one)
            pending += cls.parents if cls is not None else ()
    return found


def _said(key: str, models: Models) -> tuple[Any, ...]:
    cls = models.classes[key]
    leading = [
        (owner.key, _LOADED(one), is_unique(models, owner.table, one.columns))
        for owner, one in models.leading_to(cls)
    ]
    own = list(map(_LOADED, cls.relationships.values()))
    managers = list(_made(cls, models)) if cls.library == "django" else []
    return cls.library, cls.columns.keys(), cls.parents, own, leading, managers


def _made(cls: MappedClass, models: Models) -> Iterator[tuple[str, str, str]]:
    """What the attributes of a class are made by, some of which are managers."""
    path, _, name = cls.key.rpartition(":")
    outline = models.outline(path)
    said = outline.cls(name) if outline is not None else None
    for one in models.declared.lineage(Class(outline, said)) if outline is not None and said else ():
        for attribute in one.said.body if isinstance(one, Class) else ():
            if isinstance(attribute.value, Call):
                yield attribute.name, attribute.value.path, attribute.value.name


def _bindings_differ(before: Models, after: Models) -> bool:
    old = {one.path: one for one in before.declared.outlines}
    new = {one.path: one for one in after.declared.outlines}
    return old.keys() != new.keys() or any(
        old[path] is not one and _bindings(old[path]) != _bindings(one) for path, one in new.items()
    )


def _bindings(outline: Outline) -> tuple[Any, ...]:
    """What the names of a file stand for."""
    assigned = [(one.name, _named(one.value)) for one in outline.assigned]
    return outline.imports, outline.stars, assigned, list(_classes(outline.classes))


def _named(value: Term) -> Any:
    """What a value says of classes: another name for one, or a call that makes one of others."""
    if isinstance(value, Call):
        given = (*value.args, *(one for _, one in value.keywords))
        return value.function, [one for one in given if isinstance(one, Name)]
    return value if isinstance(value, Name) else None


def _classes(classes: Iterable[ClassOutline]) -> Iterator[tuple[Any, ...]]:
    for one in classes:
        yield one.name, one.bases, list(_classes(one.classes))
