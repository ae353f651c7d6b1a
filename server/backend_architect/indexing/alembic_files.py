"""Where a new revision of Alembic goes, and what it is known by."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from backend_architect.schema.alembic import Revision
    from backend_architect.schema.model import Index

_DEFAULT: Final = "%(rev)s_%(slug)s"
_DAY: Final = "%(year)d_%(month).2d_%(day).2d"
_TEMPLATES: Final = (
    _DEFAULT,
    "%(rev)s",
    f"{_DAY}_%(hour).2d%(minute).2d-%(rev)s_%(slug)s",
    f"{_DAY}_%(hour).2d%(minute).2d_%(slug)s",
    f"{_DAY}_%(hour).2d%(minute).2d%(second).2d_%(rev)s_%(slug)s",
    f"{_DAY}-%(rev)s_%(slug)s",
    f"{_DAY}_%(rev)s_%(slug)s",
    f"{_DAY}_%(slug)s",
    "%(year)d-%(month).2d-%(day).2d_%(hour).2d-%(minute).2d_%(rev)s_%(slug)s",
    "%(year)d-%(month).2d-%(day).2d_%(rev)s_%(slug)s",
    "%(year)d-%(month).2d-%(day).2d_%(slug)s",
    "%(year)d%(month).2d%(day).2d_%(hour).2d%(minute).2d%(second).2d_%(rev)s_%(slug)s",
    "%(year)d%(month).2d%(day).2d%(hour).2d%(minute).2d%(second).2d_%(slug)s",
    "%(year)d%(month).2d%(day).2d_%(rev)s_%(slug)s",
    "%(year)d%(month).2d%(day).2d_%(slug)s",
    "%(epoch)s_%(slug)s",
    "%(number)s_%(slug)s",
)
"""How people name the files of revisions, in the way of `file_template`; `number` counts them.

What fits to fewer names stands in front.
"""
_NEARLY: Final = 0.9
"""The share that a stricter template must have: some files are renamed, some copied with another id."""
_FIELDS: Final = {"year": r"\d{4}", "epoch": r"\d{10}", "number": r"\d{1,5}", "slug": r"\w+"}
_FIELD: Final = re.compile(r"%\((\w+)\)(?:\.\d)?[ds]")
_LATEST: Final = 30
"""How many revisions tell how files are named."""
_LONGEST_ID: Final = 32
"""The width of `alembic_version.version_num`."""
_HEX: Final = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{12}")
_NUMBERED: Final = re.compile(r"([a-z]*_?)(\d{1,6})(_\w+)?", re.IGNORECASE)


def slug_of(message: str, longest: int) -> str:
    """A message as Alembic puts it into the name of a file."""
    slug = "_".join(re.findall(r"\w+", message)).lower()
    return slug if len(slug) <= longest else slug[:longest].rsplit("_", 1)[0] + "_"


def revision_id(index: Index, head: Revision, history: Sequence[Revision], slug: str) -> str:
    """An id for the revision of an index, like those that are there: a hash, or the next number.

    It is a function of the history, so that the same index gives the same id.
    """
    ids = [one.id for one in history if not _HEX.fullmatch(one.id)]
    numbers = [found for one in ids if (found := _NUMBERED.fullmatch(one))]
    last = _NUMBERED.fullmatch(head.id)
    if last is not None and 2 * len(numbers) > len(history):
        number = max(int(one[2]) for one in numbers) + 1
        tail = f"_{slug}" if last[3] else ""
        return f"{last[1]}{number:0{len(last[2])}}{tail}"[:_LONGEST_ID].rstrip("_")
    said = f"{head.id} {index.name} {index.parts} {index.where}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def revision_path(
    template: str, head: Revision, history: Sequence[Revision], made: tuple[str, str], now: datetime
) -> str:
    """The path of the file of a new revision: in the folder of its head, named as the others.

    Args:
        template: what the configuration says of names; empty where it says nothing.
        head: the revision that it follows.
        history: all revisions.
        made: the id of the new revision, and its slug.
        now: when it is made.
    """
    path = PurePosixPath(head.path)
    depth = template.count("/")
    folder = path.parents[min(depth, len(path.parents) - 1)]
    if not template or not any(_matches(template, one, folder) for one in history):
        template, folder = _followed(history), path.parent
    values = {
        "rev": made[0],
        "slug": made[1],
        "epoch": int(now.timestamp()),
        "number": _next_number(history),
        **{name: getattr(now, name) for name in ("year", "month", "day", "hour", "minute", "second")},
    }
    return (folder / f"{template % values}.py").as_posix()


def _matches(template: str, revision: Revision, folder: PurePosixPath) -> bool:
    """Whether the file of a revision is named by a template, below a folder."""
    path = PurePosixPath(revision.path)
    if not path.is_relative_to(folder):
        return False
    name = path.relative_to(folder).with_suffix("").as_posix()
    fields = {**_FIELDS, "rev": re.escape(revision.id)}
    if "slug" in template and "rev" in template:
        fields["slug"] = r"\w*"  # of a message that is empty
    pieces = _FIELD.split(template)
    pattern = "".join(
        fields.get(piece, r"\d{1,2}") if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def _followed(history: Sequence[Revision]) -> str:
    """The template that nearly all of the latest files follow which follow one; the strictest such."""
    history = history[-_LATEST:]
    found = {
        template: sum(_matches(template, one, PurePosixPath(one.path).parent) for one in history)
        for template in _TEMPLATES
    }
    enough = _NEARLY * max(found.values())
    return next(template for template in _TEMPLATES if found[template] >= enough)


def _next_number(history: Iterable[Revision]) -> str:
    """The number behind the highest with which a file begins, as wide as that."""
    numbers = [found[0] for one in history if (found := re.match(r"\d{1,5}", PurePosixPath(one.path).name))]
    last = max(numbers, key=int, default="0")
    return f"{int(last) + 1:0{len(last)}}"
