"""Revisions of Alembic: their order, and what they do to the schema."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from backend_architect.python.syntax import Unreadable, parse
from backend_architect.schema.actions import Action, Begin, End, OneWay
from backend_architect.schema.alembic_operations import operation_of, steps_of
from backend_architect.schema.alembic_program import Module, Program, module_of_tree
from backend_architect.schema.applying import apply
from backend_architect.schema.changes import AddEnumValue, CreateTable, Step, ValidateConstraint, numbered
from backend_architect.schema.declared import Declared
from backend_architect.schema.model import Origin, Schema
from backend_architect.schema.ordering import ordered
from backend_architect.schema.outlines import outline
from backend_architect.schema.sqlalchemy_models import declaration_of
from backend_architect.schema.terms import Call, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from backend_architect.schema.model import Table

_WORD: Final = "down_revision"
_REASON: Final = re.compile(r"^\s*#(?!\s*(?:#+ |pass\b))", re.MULTILINE)
"""A comment that Alembic has not written."""
_STAYS: Final = Action | AddEnumValue | ValidateConstraint
"""What nobody takes back."""
_USUAL: Final = re.compile(r"\W*(?:downgrade|revert|undo|roll ?back)\b[^\n.]*\W*", re.IGNORECASE)
"""What the first line of a downgrade usually says."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision, as its file says it."""

    id: str
    down_revisions: tuple[str, ...]
    depends_on: tuple[str, ...]
    branch_labels: tuple[str, ...]
    path: str
    steps: tuple[Step, ...]
    line: int = 1
    """Where it says which revision it follows."""
    asked: tuple[str, ...] = ()
    """The modules of the project whose functions it may call; its steps depend on their texts, too."""


def is_revision(text: str) -> bool:
    """Whether a text may be that of a revision."""
    return _WORD in text and "revision" in text


def revision_of(
    text: str, path: str, elsewhere: Callable[[str], Module | None] = lambda _: None
) -> Revision | None:
    """The revision that a file holds; None if it holds none.

    `path` is that of the file below the root of the workspace. `elsewhere` gives the modules of the project
    whose functions it calls, by their dotted names; without it the result is a function of the text alone.
    """
    if not is_revision(text):
        return None
    tree = parse(text)
    if isinstance(tree, Unreadable):
        return None
    module = module_of_tree(tree, path)
    values = module.scope.values
    revision = values.get("revision")
    if not isinstance(revision, str) or _WORD not in values:
        return None
    steps: list[Step] = []
    asked: list[str] = []

    numbers = count()

    def found(call: Call) -> bool:
        operation = operation_of(call, path)
        if operation is not None:
            made = list(steps_of(operation))
        else:
            made = [Step(CreateTable(one), Origin(path, call.line)) for one in _created(call, text, path)]
        steps.extend(numbered(made, numbers))
        return bool(made)

    def alone(begins: bool, line: int) -> None:
        steps.append(Step(End() if begins else Begin(), Origin(path, line), next(numbers)))

    def ask(name: str) -> Module | None:
        asked.append(name)
        return elsewhere(name)

    Program(module, found, ask, alone).run("upgrade")
    changes = (one.change for one in steps if not isinstance(one.change, _STAYS))
    if any(changes) and (downgrade := module.functions.get("downgrade")) and _is_empty(downgrade, text):
        steps.append(Step(OneWay(), Origin(path, downgrade.lineno), next(numbers)))
    return Revision(
        revision,
        texts(values[_WORD]),
        texts(values.get("depends_on")),
        texts(values.get("branch_labels")),
        path,
        tuple(steps),
        _line(tree),
        tuple(dict.fromkeys(asked)),
    )


def _line(tree: ast.Module) -> int:
    """The line on which `down_revision` gets its value."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name == _WORD:
                    return node.lineno
            case _:
                pass
    return 1


def _is_empty(function: ast.FunctionDef, text: str) -> bool:
    """Whether nothing stands in a function but `pass` and texts, and no comment says why."""
    body = "\n".join(text.splitlines()[function.lineno - 1 : function.end_lineno])
    said = ast.get_docstring(function) or ""
    if _REASON.search(body) or (said and not _USUAL.fullmatch(said)):
        return False
    return all(
        isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def _created(call: Call, text: str, path: str) -> Iterator[Table]:
    """The tables of classes of the file that a call creates."""
    cls, dot, _ = call.path.partition(".__table__.create")
    if not dot and not call.path.endswith(".metadata.create_all"):
        return
    declaration = declaration_of(Declared([outline(text, path)]))
    tables = {one.name: one.table for one in declaration.classes}
    for table in declaration.tables:
        if not dot or table.name == tables.get(cls):
            yield table


def roots(revisions: Iterable[Revision]) -> list[list[Revision]]:
    """The revisions of each environment, in an order in which they can run.

    An environment is a folder, and the folders of those that follow its revisions.
    """
    groups: dict[str, list[Revision]] = {}
    for one in sorted(revisions, key=lambda one: one.path):
        groups.setdefault(_folder(one), []).append(one)
    joined: list[list[Revision]] = []
    for group in groups.values():
        own = {one.id for one in group}
        outside = {name for one in group for name in one.down_revisions if not _known(name, own)}
        homes = [
            other for other in joined if any(_known(name, {one.id for one in other}) for name in outside)
        ]
        if homes:
            homes[0].extend(group)
        else:
            joined.append(list(group))
    return [in_order(group) for group in joined]


def in_order(revisions: Iterable[Revision]) -> list[Revision]:
    """The revisions of one environment, each after those that it follows or depends on."""
    known = {one.id: one for one in revisions}
    labels = {label: one.id for one in known.values() for label in one.branch_labels}
    after = {
        one.id: {
            target
            for name in (*one.down_revisions, *one.depends_on)
            if (target := labels.get(name) or _known(name, known.keys()))
        }
        for one in known.values()
    }
    return [known[name] for name in ordered(after)]


def heads(revisions: Iterable[Revision]) -> list[str]:
    """The revisions that no other follows."""
    revisions = list(revisions)
    known = {one.id for one in revisions}
    followed = {_known(name, known) for one in revisions for name in one.down_revisions}
    return sorted(known - followed)


def schema_of(revisions: Iterable[Revision]) -> Schema:
    """What is there after revisions in their order."""
    schema = Schema()
    sources: list[str] = []
    for one in revisions:
        sources.append(one.path)
        for step in one.steps:
            apply(schema, step)
    schema.sources = tuple(sources)
    return schema


def _known(name: str, ids: Iterable[str]) -> str:
    """The revision of a name, which may be the beginning of its id; empty if there is none."""
    ids = list(ids)
    return name if name in ids else next((one for one in ids if name and one.startswith(name)), "")


def _folder(revision: Revision) -> str:
    return revision.path.rpartition("/")[0]
