"""What DROP takes away, and what RENAME TABLE of MySQL renames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema.changes import DropEnum, DropIndex, DropSchema, DropTable, DropView, RenameTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.schema.changes import Change
    from backend_architect.schema.ddl_words import Words

_KINDS: dict[str, Callable[[str], Change]] = {
    "TABLE": DropTable,
    "VIEW": DropView,
    "TYPE": DropEnum,
    "SCHEMA": DropSchema,
}


def dropped(words: Words) -> Iterator[Change]:
    """The changes of a statement, behind DROP.

    Raises:
        UnreadableError: it cannot be read.
    """
    for modifier in ("MATERIALIZED", "FOREIGN", "TEMPORARY"):
        words.takes(modifier)
    kind = words.word
    words.skip()
    if kind == "INDEX":
        yield from _indexes(words)
    elif make := _KINDS.get(kind):
        words.takes("IF", "EXISTS")
        yield from (make(name) for name in words.names())


def _indexes(words: Words) -> Iterator[Change]:
    concurrently = words.takes("CONCURRENTLY")
    words.takes("IF", "EXISTS")
    names = words.names()
    table = words.name() if words.takes("ON") else None
    yield from (DropIndex(name, table, concurrently=concurrently) for name in names)


def renamed(words: Words) -> Iterator[Change]:
    """The changes of a statement, behind RENAME.

    Raises:
        UnreadableError: it cannot be read.
    """
    words.wants("TABLE")
    while not words.done:
        table = words.name()
        words.wants("TO")
        yield RenameTable(table, words.name())
        words.takes(",")
