"""Parts of a safe sequence that need another transaction than that of their file: in new files, or alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, NewFile
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import SourceText
from backend_architect.indexing.sql_layout import Layout
from backend_architect.indexing.sql_runners import beside, new_files
from backend_architect.migrations.sql_editing import block
from backend_architect.migrations.sql_later import check_independence
from backend_architect.migrations.sql_undoing import NOTHING, Undoing
from backend_architect.schema.actions import Begin, End, Rebuild, SetTimeout, WriteRows
from backend_architect.schema.changes import (
    AddIndex,
    AlterColumn,
    DetachPartition,
    DropIndex,
    UseIndex,
    ValidateConstraint,
)
from backend_architect.schema.migrations import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.migrations.sql_editing import Part
    from backend_architect.migrations.sql_writer import SqlRewriting
    from backend_architect.schema.changes import Effect
    from backend_architect.schema.migrations import Root


@dataclass(slots=True)
class Group:
    """Parts that stand in one new file."""

    alone: bool
    """Whether it is run without a transaction."""
    parts: list[Part] = field(default_factory=list["Part"])


def grouped(parts: Sequence[Part], *, single: bool) -> Iterator[Group]:
    """The new files that parts need.

    What runs without transactions can hold all that comes next; only where the text is sent as a whole, one
    statement is all that a file may have to run so.
    """
    group: Group | None = None
    for part in parts:
        kind = part.phase.transaction
        joins = group is not None and (kind == "same" or (group.alone and not single))
        if group is None or (kind == "none" and single) or not joins:
            if group is not None:
                yield group
            group = Group(kind == "none")
        group.parts.append(part)
    if group is not None:
        yield group


def in_new_files(rewriting: SqlRewriting) -> Changes:
    """The parts that need other transactions in new migrations behind the last one.

    Raises:
        UnwritableError: the runner gets no new files here, or what is there depends on those parts.
    """
    runner, step, project = rewriting.runner, rewriting.step, rewriting.project
    if runner.refusal:
        raise UnwritableError(runner.refusal)
    stay = list(rewriting.stay)
    lonely = not stay and not rewriting.phrases.several and rewriting.unwrap()
    if lonely:
        # It is sent as the one statement of its file.
        stay = rewriting.parts[:1]
    moved = rewriting.parts[len(stay) :]
    told = lonely and step.in_transaction and not runner.sends_text
    if told:
        _tell(rewriting)
    if not moved:
        return _told(rewriting, rewriting.edited(stay)) if told else rewriting.edited(stay)
    _check_later(rewriting, moved)
    root = _root(rewriting)
    undoing = Undoing.of(project, root.folder, rewriting.editing, rewriting.phrases)
    groups = list(grouped(moved, single=runner.sends_text or runner.single))
    undone = [undoing.take(group.parts, stay) for group in reversed(groups)][::-1]
    lost = rewriting.editing.put(rewriting.piece, rewriting.phrases, stay)
    if not stay and _is_empty(rewriting):
        raise UnwritableError("nothing would be left in the migration")
    layout = Layout.of(root.folder, project.paths)
    files: list[NewFile] = []
    for group, down in zip(groups, undone, strict=True):
        names = layout.next(_title(group.parts[0].change), rewriting.now)
        if undoing.taken and not (names.down or runner.down):
            raise UnwritableError("the new migration has no place for what undoes it")
        up = block(rewriting.phrases, group.parts, lost).removeprefix("\n")
        text = _limit(rewriting, group) + up
        files += new_files(runner, names, text, down or (NOTHING if names.down else ""), alone=group.alone)
        lost = []
        layout = Layout(names.up, names.up, (names.down,) if names.down else ())
    edits = {rewriting.of.path: rewriting.editing.built()}
    if undoing.editing.of.path != rewriting.of.path and undoing.editing.edits:
        edits[undoing.editing.of.path] = undoing.editing.built()
    notes = (runner.alone,) if any(group.alone for group in groups) and runner.alone else ()
    changes = Changes(edits, tuple(files), notes)
    return _told(rewriting, changes) if told else changes


def _is_empty(rewriting: SqlRewriting) -> bool:
    """Whether nothing is left of a migration but settings and the ends of transactions."""
    steps = rewriting.step.script.steps
    around = {one.statement for one in steps if isinstance(one.change, SetTimeout | Begin | End)}
    kept = [rewriting.of.piece(number) for number in around] + [rewriting.piece]
    return not rewriting.phrases.several and all(one in kept for one in rewriting.statements)


def _check_later(rewriting: SqlRewriting, moved: Sequence[Part]) -> None:
    step, project = rewriting.step, rewriting.project
    history = next(one for one in project.histories if step.script in one)
    scripts = history[history.index(step.script) + 1 :]
    later = [one for one in step.script.steps if one.statement > step.step.statement]
    later += [one for script in scripts for one in script.steps]
    check_independence(rewriting, moved, later, [project.read(one.path) or "" for one in scripts])


def _root(rewriting: SqlRewriting) -> Root:
    """The history of the migration."""
    path = rewriting.of.path
    for root in roots_of(rewriting.project.facts.sql):
        if any(one.path == path for one in root.files):
            if root.versioned:
                return root
            break
    raise UnwritableError("its file is none of a history of numbered ones")


def _limit(rewriting: SqlRewriting, group: Group) -> str:
    """The limit of the migration for the new one, too; one that is sent alone has no place for it."""
    limit = rewriting.limit
    runner = rewriting.runner
    if limit is None or (group.alone and (runner.sends_text or runner.single)):
        return ""
    words = "SET LOCAL" if limit.local and not group.alone else "SET"
    return f"{rewriting.phrases.cased(words)} lock_timeout = '{limit.value}';\n\n"


def _title(change: Effect) -> str:
    """The words of the name of a migration that begins with a change."""
    match change:
        case AddIndex(index=index):
            said = f"add_{index.name}"
        case UseIndex(index=name):
            said = f"use_{name}"
        case ValidateConstraint(name=name):
            said = f"validate_{name}"
        case DropIndex(name=name):
            said = f"drop_{name}"
        case DetachPartition(partition=name):
            said = f"detach_{name}"
        case WriteRows(verb=verb, table=table):
            said = f"{verb}_{table}"
        case Rebuild(by=by, name=name):
            said = f"{by}_{name}"
        case AlterColumn(table=table, column=column):
            said = f"alter_{table}_{column}"
        case _:
            said = f"change_{getattr(change, 'table', '')}"
    return re.sub(r"\W+", "_", said.lower()).strip("_")


def made_alone(rewriting: SqlRewriting) -> Changes:
    """The migration as one that runs without a transaction.

    Raises:
        UnwritableError: the runner gets no such files here.
    """
    runner = rewriting.runner
    if runner.refusal:
        raise UnwritableError(runner.refusal)
    _tell(rewriting)
    changes = rewriting.edited(rewriting.parts)
    notes = (runner.alone,) if runner.alone else ()
    if runner.looks_first and len(rewriting.statements) == len(rewriting.parts) == 1:
        return replace(changes, notes=notes)
    return replace(_told(rewriting, changes), notes=notes)


def _tell(rewriting: SqlRewriting) -> None:
    """Let the migration say that it runs without a transaction."""
    runner, editing, of = rewriting.runner, rewriting.editing, rewriting.of
    if runner.head:
        editing.replace(0, 0, f"{runner.head}\n")
    if runner.option:
        marker = re.search(rf"^[ \t]*(?:{runner.text})[^\r\n]*", of.text, re.IGNORECASE | re.MULTILINE)
        if marker is None:
            raise UnwritableError(f"the file has no line `{runner.up}`")
        editing.replace(marker.end(), marker.end(), runner.option)
    editing.make_global(of.pieces)


def _told(rewriting: SqlRewriting, changes: Changes) -> Changes:
    """With the file that says so beside the migration, where the runner reads one."""
    at, text = rewriting.runner.extra
    if not at:
        return changes
    path = beside(rewriting.of.path, at)
    there = rewriting.project.read(path)
    if there is None:
        return replace(changes, creates=(*changes.creates, NewFile(path, text)))
    if re.search(rf"^\s*{re.escape(text.partition('=')[0].strip())}\s*=", there, re.MULTILINE):
        raise UnwritableError(f"{path} says otherwise")
    gap = "" if there.endswith("\n") or not there else "\n"
    end = SourceText(there).span(len(there), len(there))
    return replace(changes, edits={**changes.edits, path: (Edit(end, gap + text),)})
