"""Which .sql files of a project make one schema, and in which order they are applied.

What a file says is a function of its text and path; which files belong together is read from their paths and
from the tables that they create.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.schema.actions import Begin, End, MakeTable, SetTimeout, WriteRows
from backend_architect.schema.changes import CreateTable, Step
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.spoken import named_by, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DDL = re.compile(r"\b(?:create|alter|drop|rename|reindex|refresh|truncate|cluster|vacuum)\b", re.IGNORECASE)
_SECTION = re.compile(
    r"^[ \t]*(?:--|\#)[ \t]*(?:\+goose|\+migrate|migrate:|-*[ \t]*!|(?=(?:up|down)[ \t]+migration\b))"
    r"[ \t]*(up|down)s?\b[^\n]*"
    r"|^[ \t]*--[ \t]*//[ \t]*@undo\b",
    re.IGNORECASE | re.MULTILINE,
)
"""The lines between the halves of a migration, as goose, sql-migrate, dbmate, Play, node-pg-migrate and
MyBatis write them."""

_AROUND: Final = (Begin, End, SetTimeout, WriteRows, MakeTable)
"""What stands around changes, and in files that only look at rows or fill tables."""
_NOT_LINE_END: Final = re.compile(r"[^\r\n]")
_BACKWARDS: Final = re.compile(
    r"(?:.*[._-])?(?:down|rollback|undo|revert)\.sql|(?:U\d[\d._]*__|undo[_-]\d).*|.*\.(?:down|rollback|undo)\..*\.sql",
    re.IGNORECASE,
)
_NUMBER: Final = r"(\d+(?:[._-]\d+)*)(?![^\W_])"
_VERSIONED: Final = re.compile(
    rf"(?:[VB](?=\d)|(?:migration|migrate|patch|update|upgrade|delta|step|rev|v|m)[-_]?)?{_NUMBER}.*",
    re.IGNORECASE,
)
_FOLDER: Final = re.compile(rf"v?{_NUMBER}(?:[-_].*)?", re.IGNORECASE)
_RELEASE: Final = re.compile(rf"v?{_NUMBER}", re.IGNORECASE)
_BASELINE: Final = re.compile(r"B\d[\d._]*__.*")
_REPEATABLE: Final = re.compile(r"R__.*\.sql")
_DATE: Final = re.compile(r"(?:19|20)\d{6}")
_TIME: Final = len("20240131120000")
_LAST: Final = (10**18,)
"""After every version and timestamp."""


@dataclass(frozen=True, slots=True)
class SqlFile:
    """What a .sql file does to a schema when it is applied forward."""

    path: str
    dialect: str
    steps: tuple[Step, ...]
    spoken: str = "postgres"
    """The dialect that its words and its path tell."""

    @property
    def created(self) -> set[str]:
        """The names of the tables that it creates."""
        return {step.change.table.name for step in self.steps if isinstance(step.change, CreateTable)}


@dataclass(frozen=True, slots=True)
class Root:
    """Files that are applied one after the other to an empty database."""

    folder: str
    """Below the root of the workspace; empty for that itself."""
    files: tuple[SqlFile, ...]
    versioned: bool
    """Whether it is a history; else the files say what is there: schema.sql, structure.sql."""


def sql_file(text: str, dialect: str, path: str) -> SqlFile | None:
    """The facts of a .sql file; None if it does nothing to a schema, or undoes what another file does."""
    if is_backwards(path) or not changes_schema(text):
        return None
    steps = changes_of_sql(forward(text), dialect, path)
    changes = any(not isinstance(step.change, _AROUND) for step in steps)
    said = named_by(path, spoken(text, dialect))
    return SqlFile(path, dialect, tuple(steps), said) if changes else None


def changes_schema(text: str) -> bool:
    """Whether there may be statements in a .sql file that change a schema."""
    return _DDL.search(text) is not None


def is_backwards(path: str) -> bool:
    """Whether the name of a file says that it undoes what another one does."""
    return _BACKWARDS.fullmatch(PurePosixPath(path).name) is not None


def forward(text: str) -> str:
    """A migration without the sections that undo it; all other lines stay where they are."""
    pieces: list[str] = []
    start, runs = 0, True
    for found in _SECTION.finditer(text):
        pieces.append(_kept(text[start : found.start()], runs))
        start, runs = found.start(), (found[1] or "").lower() == "up"
    pieces.append(_kept(text[start:], runs))
    return "".join(pieces)


def backward(text: str) -> str:
    """Only the sections of a migration that undo it; all lines stay where they are."""
    made = forward(text)
    return "".join(
        " " if one == kept and one not in "\r\n" else one for one, kept in zip(text, made, strict=True)
    )


def _kept(text: str, runs: bool) -> str:
    return text if runs else _NOT_LINE_END.sub(" ", text)


def roots_of(files: Iterable[SqlFile]) -> list[Root]:
    """The roots that files form, in the order of their folders."""
    histories: dict[str, list[tuple[tuple[int, ...], SqlFile]]] = {}
    plain: dict[str, list[SqlFile]] = {}
    for file in sorted(files, key=lambda file: file.path):
        folder, version = place_of(file.path)
        if version is None:
            plain.setdefault(folder, []).append(file)
        else:
            histories.setdefault(folder, []).append((version, file))
    found = [Root(folder, _history(versions), versioned=True) for folder, versions in histories.items()]
    found += [
        Root(folder, tuple(group), versioned=False)
        for folder, listed in plain.items()
        for group in _groups(listed)
    ]
    return sorted(found, key=lambda root: root.folder)


@lru_cache(maxsize=1 << 14)
def place_of(path: str) -> tuple[str, tuple[int, ...] | None]:
    """The folder that a file is applied from, and its version there; None for a file without one.

    The version may be that of a folder (`20240101_init/migration.sql`) or begin with it (`v2/001_a.sql`).
    """
    pure = PurePosixPath(path)
    folder = pure.parent
    version: tuple[int, ...] | None = None
    if _REPEATABLE.fullmatch(pure.name):
        version = _LAST
    elif found := _VERSIONED.fullmatch(pure.stem):
        version = _numbers(found[1])
        while release := _RELEASE.fullmatch(folder.name):
            version, folder = _numbers(release[1]) + version, folder.parent
    elif found := _FOLDER.fullmatch(folder.name):
        version, folder = _numbers(found[1]), folder.parent
    return ("" if folder == PurePosixPath() else folder.as_posix()), version


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version; dates and times (`20240131`, `20240131120000`) compare with each other."""
    numbers = re.split(r"[._-]", version)
    return tuple(int(number.ljust(_TIME, "0") if _DATE.match(number) else number) for number in numbers)


def _history(versions: list[tuple[tuple[int, ...], SqlFile]]) -> tuple[SqlFile, ...]:
    """The files by version, from the last baseline on, which stands for its version and all before it."""
    baselines = [
        (version, file) for version, file in versions if _BASELINE.match(PurePosixPath(file.path).name)
    ]
    if baselines:
        last = max(baselines, key=lambda one: one[0])
        versions = [last, *(one for one in versions if one[0] > last[0])]
    return tuple(file for _, file in sorted(versions, key=lambda one: (one[0], one[1].path)))


def _groups(files: list[SqlFile]) -> Iterator[list[SqlFile]]:
    """The files of a folder, apart where two create the same table: one of them is for another database."""
    groups: list[list[SqlFile]] = []
    # Those that create tables first: what is created later would take away what was changed before.
    for file in sorted(files, key=lambda one: (not one.created, one.path)):
        fitting = (
            group
            for group in groups
            if group[0].dialect == file.dialect and all(file.created.isdisjoint(one.created) for one in group)
        )
        if (group := next(fitting, None)) is not None:
            group.append(file)
        else:
            groups.append([file])
    yield from groups
