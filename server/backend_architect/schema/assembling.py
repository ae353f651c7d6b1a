"""The schemas of a project, from the facts of its files.

Migrations make one schema for each of their roots. A dump and models describe what migrations make, so they
are joined with the root that knows their tables, and stand for themselves where there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from backend_architect.engine.kinds import kinds_of
from backend_architect.migrations.histories import alembic_history, django_scripts, sql_histories
from backend_architect.schema import alembic
from backend_architect.schema.applying import apply
from backend_architect.schema.changes import CreateTable, DropTable, Step
from backend_architect.schema.django_migrations import django_history
from backend_architect.schema.django_models import django_models
from backend_architect.schema.drift import Unmade, unmade
from backend_architect.schema.facts import Facts
from backend_architect.schema.merging import copied, merged
from backend_architect.schema.migrations import roots_of
from backend_architect.schema.model import Origin, Schema
from backend_architect.schema.remembering import Memory
from backend_architect.schema.spoken import VENDOR, VENDORS
from backend_architect.schema.sqlalchemy_models import sqlalchemy_models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.migrations.histories import History
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.migrations import Root
    from backend_architect.schema.model import Table

_DATA = re.compile(r"(?:.*[._-])?(?:seeds?|fixtures?|queries|testdata|mocks?)(?:[._-].*)?", re.IGNORECASE)
"""Files and folders that set up data or look at it, rather than a schema."""
_NOT_SERIOUS = frozenset({"tests", "examples"})
_LIBRARIES = {"django": django_models, "sqlalchemy": sqlalchemy_models}
"""What reads the models of a library."""


@dataclass(slots=True)
class _History:
    """What migrations make, and which tables they have dropped on the way."""

    schema: Schema
    dropped: set[str]
    folder: str | None = None
    """Where its files are, if a dump of it must be near."""


@dataclass(slots=True)
class Assembled:
    """What the files of a project say together."""

    schemas: list[Schema] = field(default_factory=list[Schema])
    """One for each database, in the order of their paths."""
    unmade: list[Unmade] = field(default_factory=list[Unmade])
    classes: list[MappedClass] = field(default_factory=list["MappedClass"])
    """The classes of models."""
    made: list[Schema] = field(default_factory=list[Schema])
    """What migrations make, without what models say."""
    histories: list[History] = field(default_factory=list["History"])
    """The migrations, in the order in which they are applied."""


def schemas_of(facts: Facts) -> list[Schema]:
    """One schema for each database that the files describe, in the order of their paths.

    Files of tests and examples, and SQL that fills tables, count where no others say anything.
    """
    return assembled(facts).schemas


def assembled(facts: Facts, memory: Memory | None = None) -> Assembled:
    """What the files of a project say together; `memory` keeps parts of it for the next time."""
    memory = Memory() if memory is None else memory
    found = _assembled(_serious(facts), memory)
    return found if found.schemas else _assembled(facts, memory)


def _serious(facts: Facts) -> Facts:
    return Facts(
        [one for one in facts.sql if _is_serious(one.path)],
        [one for one in facts.outlines if _is_serious(one.path)],
        [one for one in facts.revisions if _is_serious(one.path)],
    )


def _is_serious(path: str) -> bool:
    if not kinds_of(path).isdisjoint(_NOT_SERIOUS):
        return False
    return not path.endswith(".sql") or not any(map(_DATA.fullmatch, PurePosixPath(path).parts))


def _assembled(facts: Facts, memory: Memory) -> Assembled:
    roots = roots_of(facts.sql)
    histories = [_history(root, memory) for root in roots if root.versioned] + list(_of_python(facts, memory))
    alone = [
        schema
        for root in roots
        if not root.versioned and not _joined_dump(schema := _applied(root, memory), root.folder, histories)
    ]
    made = [history.schema for history in histories]
    schemas = _of_one_database(made + alone)
    made = [schema for schema in schemas if any(schema is one for one in made)]
    missing: list[Unmade] = []
    classes: list[MappedClass] = []
    for library, read in _LIBRARIES.items():
        models = memory.result(library, facts.outlines, read)
        declared = memory.result(f"{library} schema", models.tables, _declared)
        classes += models.classes
        missing += unmade(declared, made)
        schemas = _with_models(schemas, declared)
    kept = [schema for schema in schemas if schema.tables or schema.views]
    ordered = sorted(kept, key=lambda schema: schema.sources)
    return Assembled(ordered, missing, classes, made, list(_histories(roots, facts, memory)))


def _histories(roots: list[Root], facts: Facts, memory: Memory) -> Iterator[History]:
    yield from sql_histories(roots)
    for revisions in memory.result("alembic", facts.revisions, alembic.roots):
        yield alembic_history(revisions)
    django = memory.result("django migrations", facts.outlines, django_history)
    if django is not None:
        yield memory.result("django scripts", [django], lambda _: django_scripts(django))


def _of_one_database(schemas: list[Schema]) -> list[Schema]:
    """Without those that say the same for other databases: migrations/sqlite beside migrations/postgres."""
    return [
        schema
        for schema in schemas
        if _vendor(schema) in {"", schema.dialect}
        or not any(_are_alike(schema, other) for other in schemas if other is not schema)
    ]


def _vendor(schema: Schema) -> str:
    """The dialect of the database that all files of a schema name in their paths; empty if they name none."""
    named = [VENDOR.findall(path.lower()) for path in schema.sources]
    last = {VENDORS[words[-1]] if words else "" for words in named}
    return last.pop() if len(last) == 1 else ""


def _are_alike(one: Schema, other: Schema) -> bool:
    shared = sum(other.table(name) is not None for name in one.tables)
    return 2 * shared > len(one.tables)


def _history(root: Root, memory: Memory) -> _History:
    steps = (step for file in root.files for step in file.steps)
    return _History(_applied(root, memory), _dropped(steps), root.folder)


def _of_python(facts: Facts, memory: Memory) -> Iterator[_History]:
    for revisions in memory.result("alembic", facts.revisions, alembic.roots):
        made = memory.result(f"alembic {revisions[0].path}", revisions, alembic.schema_of)
        steps = (step for revision in revisions for step in revision.steps)
        yield _History(copied(made), _dropped(steps))
    django = memory.result("django migrations", facts.outlines, django_history)
    if django is not None:
        yield _History(copied(django.schema), _dropped(django.steps))


def _applied(root: Root, memory: Memory) -> Schema:
    """A schema of its own, because a dump and the history after it change each other."""
    return copied(memory.result(f"{root.folder} {root.files[0].path}", root.files, lambda _: applied(root)))


def _dropped(steps: Iterable[Step]) -> set[str]:
    return {step.change.table for step in steps if isinstance(step.change, DropTable)}


def applied(root: Root) -> Schema:
    """The schema after all files of a root."""
    schema = Schema(dialect=root.files[0].dialect, sources=tuple(file.path for file in root.files))
    for file in root.files:
        for step in file.steps:
            apply(schema, step)
    return schema


def _joined_dump(dump: Schema, folder: str, histories: Iterable[_History]) -> bool:
    """Completes the histories of the database that a dump is of; false if there are none."""
    found = [one for one in histories if _describes(dump, folder, one)]
    for history in found:
        history.schema = _completed(history, dump)
    return bool(found)


def _describes(dump: Schema, folder: str, history: _History) -> bool:
    """Whether a dump is of the database that a history makes: near it, with a table that both know."""
    known = [name for name in dump.tables if history.schema.table(name) is not None]
    if history.folder is None:
        return bool(known) and 2 * len(known) >= len(dump.tables)
    path, around = PurePosixPath(history.folder), PurePosixPath(folder)
    near = path.is_relative_to(around) or path.is_relative_to(around.parent)
    return near and bool(known) and dump.dialect == history.schema.dialect


def _completed(history: _History, dump: Schema) -> Schema:
    """The schema of a history that may begin where a dump was made.

    A history that creates all that the dump has needs no dump. One is never applied to the other: each would
    create what is there.
    """
    schema = history.schema
    missing = [name for name in dump.tables if name not in history.dropped and schema.table(name) is None]
    if not missing and all(table.complete for table in schema.tables.values()):
        return schema
    # What a history changes, does not create and the dump does not have, was gone when the dump was made.
    for name in [name for name, table in schema.tables.items() if not table.complete]:
        if dump.table(name) is None:
            del schema.tables[name]
    for name in [name for name in dump.tables if name in history.dropped and schema.table(name) is None]:
        del dump.tables[name]
    return merged(dump, schema)


def _declared(tables: Iterable[Table]) -> Schema:
    """A schema of what models declare, with the names that a database would choose."""
    schema = Schema()
    for table in tables:
        apply(schema, Step(CreateTable(table), table.origin or Origin("", 1)))
    schema.sources = tuple(sorted(set(map(_path, schema.tables.values()))))
    return schema


def _with_models(schemas: list[Schema], declared: Schema) -> list[Schema]:
    """The schemas, each with the models of its tables; models of other tables go where the others are."""
    if not declared.tables:
        return schemas
    homes: dict[str, list[int]] = {}
    for name in declared.tables:
        homes[name] = [at for at, schema in enumerate(schemas) if schema.table(name) is not None]
    if not any(homes.values()):
        return [*schemas, copied(declared)]
    for name in [name for name, found in homes.items() if not found]:
        homes[name] = _neighbours(declared, name, homes)
    result = list(schemas)
    for at in sorted({at for found in homes.values() for at in found}):
        own = {name for name, found in homes.items() if at in found}
        result[at] = merged(schemas[at], _part(declared, own))
    rest = {name for name, found in homes.items() if not found}
    return [*result, _part(declared, rest)] if rest else result


def _neighbours(declared: Schema, name: str, homes: dict[str, list[int]]) -> list[int]:
    """Where most other models of the same file are; where all are, if there is only one place."""
    places = Counter(at for found in homes.values() for at in found)
    if len(places) == 1:
        return list(places)
    path = _path(declared.tables[name])
    beside = Counter(
        at for other, found in homes.items() if _path(declared.tables[other]) == path for at in found
    )
    return [at for at, _ in beside.most_common(1)]


def _path(table: Table) -> str:
    return table.origin.path if table.origin else ""


def _part(schema: Schema, names: set[str]) -> Schema:
    tables = {name: table for name, table in schema.tables.items() if name in names}
    sources = sorted(set(map(_path, tables.values())))
    return Schema(tables, sources=tuple(sources), dialect=schema.dialect)
