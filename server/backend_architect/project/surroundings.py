"""What a project says to snippets: the objects that they build upon, its routes, tables and dependencies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.project.dependencies import declared
from backend_architect.project.modules import read_file
from backend_architect.schema.outlines import module_of
from backend_architect.snippets.context import Surroundings
from backend_architect.snippets.landmarks import FileFacts, facts_of
from backend_architect.snippets.places import TESTS, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from backend_architect.schema.model import Schema

_WORDS: Final = re.compile(
    r"\b(?:FastAPI|APIRouter|Flask|Blueprint|Starlette|(?:async_)?sessionmaker|scoped_session|BaseSettings"
    r"|AbstractUser|AbstractBaseUser|class (?:Account|User|UserModel|Users)|urlpatterns)\b"
)
"""What stands in every text that says something."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_MOST: Final = 30
"""How many names a menu of choices may have."""


def said_by(path: str, text: str) -> FileFacts | None:
    """What a file says to snippets in other files; None for nothing."""
    if not path.endswith(".py") or not _WORDS.search(text):
        return None
    facts = facts_of(text)
    told = FileFacts(routes=facts.routes, landmarks=facts.landmarks)
    return told if told != FileFacts() else None


@dataclass(frozen=True, slots=True)
class Said:
    """What all files of a project say together."""

    facts: Mapping[str, FileFacts] = field(default_factory=dict[str, FileFacts])
    """What files say to snippets in others, by their paths."""
    paths: Collection[str] = ()
    """Of all files."""
    schemas: Sequence[Schema] = ()
    dependencies: frozenset[str] = frozenset()
    """The distributions that the project names."""

    def to(self, path: str, dialect: str) -> Surroundings:
        """What is said to a snippet in a file, which need not be there; without a path it is in none."""
        tested = kind_of(path) == TESTS
        others = [
            (other, one)
            for other, one in self.facts.items()
            if other != path and (tested or kind_of(other) != TESTS)
        ]
        known = (table for schema in self.schemas for table in schema.tables.values())
        tables = [table for table in known if _NAME.fullmatch(table.name)]
        columns = tables[0].columns if len(tables) == 1 else ()
        return Surroundings(
            path=path,
            module=importable(path, self.paths) if path else "",
            landmarks=tuple(
                replace(mark, module=importable(other, self.paths), path=other)
                for other, one in others
                for mark in one.landmarks
            ),
            routes=frozenset[str]().union(*(one.routes for _, one in others)),
            tables=tuple(sorted({table.name for table in tables}))[:_MOST],
            columns=tuple(name for name in columns if _NAME.fullmatch(name))[:_MOST],
            declared=self.dependencies,
            dialect=dialect,
        )


def importable(path: str, paths: Collection[str]) -> str:
    """The dotted name by which a file is imported: from its outermost package on, or below `src`."""
    folders = path.split("/")[:-1]
    tops = ["/".join(folders[:depth]) for depth in range(len(folders))]
    packaged = next((top for top, name in zip(tops, folders, strict=True) if _init(top, name) in paths), None)
    top = packaged if packaged is not None else "src" if folders[:1] == ["src"] else ""
    return module_of(path.removeprefix(f"{top}/") if top else path)


def _init(top: str, name: str) -> str:
    return f"{top}/{name}/__init__.py".lstrip("/")


def depends_on(root: Path) -> frozenset[str]:
    """The distributions that the project at a root names."""
    return declared(root, read_file)
