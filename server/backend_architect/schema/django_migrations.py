"""Migrations of Django: their order, and what they do to the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.schema.declared import Declared
from backend_architect.schema.django_apps import Apps, library_outlines
from backend_architect.schema.django_fields import Fields
from backend_architect.schema.django_models import library_models
from backend_architect.schema.django_operations import Runner
from backend_architect.schema.ordering import ordered
from backend_architect.schema.terms import Call, Items, Term, last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.changes import Step
    from backend_architect.schema.model import Schema
    from backend_architect.schema.outlines import Outline

Node = tuple[str, str]
"""A migration: the label of its app, and its name."""

_FIRST, _LAST = "__first__", "__latest__"


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration, as its file says it."""

    outline: Outline
    name: str
    dependencies: tuple[Node, ...]
    run_before: tuple[Node, ...]
    replaces: tuple[Node, ...]
    operations: tuple[Call, ...]
    atomic: bool = True
    """Whether all of it is one transaction."""
    line: int = 1
    """Where its class begins."""
    needs_user: bool = False
    """Whether it comes after the first migration of the app of the user."""


def migration_of(outline: Outline) -> Migration | None:
    """The migration that a file holds; None if it holds none. A function of the file alone."""
    found = next((one for one in outline.classes if one.name == "Migration"), None)
    if found is None or not any(last_name(base) == "Migration" for base in found.bases):
        return None
    dependencies = found.get("dependencies")
    return Migration(
        outline,
        outline.module.rpartition(".")[2],
        _nodes(dependencies),
        _nodes(found.get("run_before")),
        _nodes(found.get("replaces")),
        tuple(one for one in _items(found.get("operations")) if isinstance(one, Call)),
        found.get("atomic") is True or all(one.name != "atomic" for one in found.body),
        found.line,
        any(last_name(one) == "swappable_dependency" for one in _items(dependencies)),
    )


@dataclass(slots=True)
class DjangoHistory:
    """What the migrations of a workspace do, one after the other."""

    steps: list[Step]
    schema: Schema
    """What is there after all of them."""
    loose: frozenset[str] = frozenset()
    """The paths of those that are not one transaction."""


def django_history(outlines: Iterable[Outline]) -> DjangoHistory | None:
    """What the migrations in the files of a workspace do; None if there are none."""
    outlines = list(outlines)
    migrations = [one for one in map(migration_of, outlines) if one is not None]
    if not migrations:
        return None
    declared = Declared([*outlines, *library_outlines()])
    apps = Apps(declared)
    runner = Runner(Fields(declared, apps), library_models(declared, apps))
    loose = frozenset(one.outline.path for one in migrations if not one.atomic)
    for app, migration in in_order(migrations, apps):
        for operation in migration.operations:
            runner.run(app, operation, migration.outline)
    schema = runner.schema
    schema.sources = tuple(dict.fromkeys(step.origin.path for step in runner.steps))
    return DjangoHistory(runner.steps, schema, loose)


def in_order(migrations: Iterable[Migration], apps: Apps) -> list[tuple[str, Migration]]:
    """The migrations that run on an empty database, each with the label of its app, in a possible order.

    Where a migration replaces others, these do not run.
    """
    known = {(apps.label(one.outline), one.name): one for one in migrations}
    stands_for: dict[Node, Node] = {}
    for node, one in known.items():
        stands_for.update(dict.fromkeys(one.replaces, node))
    known = {node: one for node, one in known.items() if _replacing(node, stands_for) == node}
    by_app: dict[str, list[Node]] = {}
    for node in sorted(known):
        by_app.setdefault(node[0], []).append(node)

    def nodes(said: Iterable[Node]) -> Iterator[Node]:
        for node in said:
            there = by_app.get(node[0], [])
            if node[1] == _FIRST:
                yield from there[:1]
            elif node[1] == _LAST:
                yield from there[-1:]
            else:
                yield _replacing(node, stands_for)

    after: dict[Node, set[Node]] = {
        node: {*nodes(one.dependencies), *nodes([(apps.user[0], _FIRST)] if one.needs_user else ())} - {node}
        for node, one in known.items()
    }
    for node, one in known.items():
        for later in nodes(one.run_before):
            after.setdefault(later, set()).add(node)
    return [(node[0], known[node]) for node in ordered(after) if node in known]


def ends(outlines: Iterable[Outline]) -> Iterator[list[Migration]]:
    """The migrations of each folder that no other of it follows, where these are several."""
    folders: dict[str, list[Migration]] = {}
    for one in filter(None, map(migration_of, outlines)):
        folders.setdefault(one.outline.path.rpartition("/")[0], []).append(one)
    for migrations in folders.values():
        names = {one.name for one in migrations}
        followed = {name for one in migrations for _, name in one.dependencies if name != one.name}
        followed |= {one.name for one in migrations if any(name in names for _, name in one.run_before)}
        replaced = {name for one in migrations for _, name in one.replaces}
        left = [
            one
            for one in migrations
            if one.name not in replaced
            and followed.isdisjoint({one.name, *(name for _, name in one.replaces)})
        ]
        if len(left) > 1:
            yield left


def _replacing(node: Node, stands_for: dict[Node, Node]) -> Node:
    seen = {node}
    while node in stands_for and stands_for[node] not in seen:
        node = stands_for[node]
        seen.add(node)
    return node


def _nodes(term: Term) -> tuple[Node, ...]:
    found: list[Node] = []
    for one in _items(term):
        match one:
            case Items(items=(str() as app, str() as name)):
                found.append((app, name))
            case _:
                pass
    return tuple(found)


def _items(term: Term) -> tuple[Term, ...]:
    return term.items if isinstance(term, Items) else ()
