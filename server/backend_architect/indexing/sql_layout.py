"""How the files of a history of SQL migrations are called, and what the next one is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema.migrations import is_backwards, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEM: Final = (
    r"(?P<before>[A-Za-z]*[-_]?)(?P<number>\d+(?:[._-]\d+)*)(?![^\W_])"
    r"(?P<joint>(?:__|[-_. ])?(?:(?:do|up)\.)?)(?!(?:do|up)\.\w+$)(?P<words>[^.]*)"
)
_FILE: Final = re.compile(rf"{_STEM}(?P<end>(?:\.\w+)+)")
_FOLDER: Final = re.compile(_STEM)
_TIMES: Final = {
    8: ("%Y%m%d", timedelta(days=1)),
    10: ("%Y%m%d%H", timedelta(hours=1)),
    12: ("%Y%m%d%H%M", timedelta(minutes=1)),
    14: ("%Y%m%d%H%M%S", timedelta(seconds=1)),
    17: ("%Y%m%d%H%M%S%f", timedelta(milliseconds=1)),
}
"""How timestamps of so many digits are written, and how far two of them are apart at least."""
_EPOCHS: Final = {10: 1, 13: 1000}
"""How many of its units a second has, by the digits of a time since 1970."""
_REPEATABLE: Final = re.compile(r"R__.*")


@dataclass(frozen=True, slots=True)
class NewNames:
    """The names of a new migration."""

    up: str
    down: str
    """Empty where it has no file of its own."""
    last: str
    """The name of the last migration, without its ending."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a history: the last one, and those that undo it."""

    last: str
    """The path of the last file that says what is done."""
    highest: str
    """The path of the file with the highest version, which may be no .sql file."""
    backwards: tuple[str, ...]
    """The paths of the files that undo the last one, or would if there were one."""

    @classmethod
    def of(cls, folder: str, paths: Iterable[str]) -> Layout:
        """The layout of a history in a folder, whose files are among some paths.

        Raises:
            UnwritableError: none of them has a version.
        """
        found: list[tuple[tuple[int, ...], str]] = []
        for path in paths:
            of, version = place_of(path)
            if of == folder and version is not None and not _REPEATABLE.fullmatch(PurePosixPath(path).name):
                found.append((version, path))
        forwards = sorted(one for one in found if not is_backwards(one[1]))
        statements = [one for one in forwards if one[1].endswith(".sql")]
        if not statements:
            raise UnwritableError(f"no file in {folder or 'the folder'} has a number")
        version, last = statements[-1]
        undone = (path for of, path in found if of == version and is_backwards(path))
        undone = [*undone, *_undoing(last, paths)]
        if not undone and last.endswith("up.sql"):
            undone = [f"{last.removesuffix('up.sql')}down.sql"]
        return cls(last, forwards[-1][1], tuple(dict.fromkeys(undone)))

    def next(self, title: str, now: datetime) -> NewNames:
        """The paths of the migration that comes next, which does what the words of a title say."""
        pure = PurePosixPath(self.last)
        in_folder = _FILE.fullmatch(pure.name) is None
        named = pure.parent if in_folder else pure
        name = _parsed(self.last)
        number = next_number(_parsed(self.highest)["number"], now)
        words = _styled(title, name["words"]) if name["words"] else ""

        def renamed(path: str) -> str:
            one = PurePosixPath(path)
            if in_folder:
                return (named.with_name(_put(named.name, name, number, words)) / one.name).as_posix()
            return one.with_name(_put(one.name, name, number, words)).as_posix()

        down = renamed(self.backwards[0]) if self.backwards else ""
        return NewNames(renamed(self.last), down, named.name.removesuffix(".sql"))


def _undoing(last: str, paths: Iterable[str]) -> list[str]:
    """The files with the version of the last one whose names alone say that they undo it: `U3__x.sql`."""
    pure = PurePosixPath(last)
    found = _FILE.fullmatch(pure.name)
    if found is None:
        return []
    name = f"U{found['number']}{found['joint']}"
    return [
        path
        for path in paths
        if PurePosixPath(path).parent == pure.parent and PurePosixPath(path).name.startswith(name)
    ]


def _parsed(path: str) -> re.Match[str]:
    """The parts of the name that has the version: that of the file, or of its folder."""
    pure = PurePosixPath(path)
    found = _FILE.fullmatch(pure.name) or _FOLDER.fullmatch(pure.parent.name)
    if found is None:
        raise UnwritableError(f"the name of {path} is made in a way of its own")
    return found


def _put(text: str, name: re.Match[str], number: str, words: str) -> str:
    """The name of a file of the last migration with the number and the words of the next one."""
    head, _, tail = text.partition(name["number"])
    return head + number + (tail.replace(name["words"], words, 1) if name["words"] else tail)


def next_number(last: str, now: datetime) -> str:
    """The version behind another one, in its form: one more, or the time of day, but never lower."""
    digits = re.sub(r"\D", "", last)
    fresh = _next_time(digits, now)
    if fresh is None:
        *before, number = re.split(r"([._-])", last)
        return "".join([*before, str(int(number) + 1).zfill(len(number))])
    given = iter(fresh)
    return "".join(next(given) if one.isdigit() else one for one in last)


def _next_time(digits: str, now: datetime) -> str | None:
    """The digits of a timestamp behind another one; None if that is none."""
    shape, step = _TIMES.get(len(digits), ("", timedelta()))
    try:
        if shape and digits[:2] in {"19", "20"}:
            last = datetime.strptime(digits, shape).replace(tzinfo=UTC)
            return max(now, last + step).strftime(shape)[: len(digits)]
    except ValueError:
        pass
    units = _EPOCHS.get(len(digits), 0)
    if units and digits[0] == "1":
        return str(max(int(now.timestamp() * units), int(digits) + 1))
    return None


def _styled(title: str, like: str) -> str:
    """The words of a title, joined as in another name."""
    words = title.split("_")
    if "-" in like and "_" not in like:
        return "-".join(words)
    if " " in like:
        return " ".join(words)
    if re.fullmatch(r"(?:[A-Z][a-z0-9]*)+", like) and not like.isupper():
        return "".join(word.capitalize() for word in words)
    return title
