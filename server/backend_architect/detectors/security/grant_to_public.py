"""GRANT statements that give everybody, or give everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.sql.parsing import words
from backend_architect.sql.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.parsing import Word
    from backend_architect.sql.query import QueryPlace

_HARMLESS = frozenset({"USAGE", "EXECUTE", "CONNECT", "TEMPORARY", "TEMP"})
"""Privileges that PostgreSQL gives everybody by itself, or that show no row."""

_BEHIND_GRANTEES = frozenset({"WITH", "GRANTED", "IDENTIFIED", "REQUIRE"})


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Read the words of GRANT and of ALTER DEFAULT PRIVILEGES: their grammar is a list of words."""
    text = query.text.upper()
    if "GRANT" not in text or " TO" not in text:
        return
    listed = words(query.parsed)
    first = next((index for index, word in enumerate(listed) if _is(word, "GRANT")), None)
    if first is None or (first and not _is(listed[0], "ALTER")):
        return
    to = next((index for index in range(len(listed) - 1, first, -1) if _is(listed[index], "TO")), None)
    on = next((index for index in range(first, len(listed)) if _is(listed[index], "ON")), None)
    if to is None:
        return
    given = [word.text for word in listed[first + 1 : on if on is not None else to]]
    privileges = [one for one in given if one != ","]
    public = next((word for word in _grantees(listed[to + 1 :]) if _is(word, "PUBLIC")), None)
    if public is not None and not _HARMLESS.issuperset(privileges):
        named = " ".join(given).replace(" ,", ",")
        what = named if on is not None else f"the role {named.lower()}"
        message = f"everybody who can log in to the database gets {what}, now and in future"
        yield at.finding(query.locate(public.start, public.end), message)
    elif (
        public is None
        and on is not None
        and privileges[:1] == ["ALL"]
        and _is_everywhere(listed[on + 1 : to])
    ):
        message = "this role may do everything in every database of the server"
        yield at.finding(query.locate(listed[on + 1].start, listed[to - 1].end), message)


def _is(word: Word, text: str) -> bool:
    return not word.quoted and word.text == text


def _grantees(listed: list[Word]) -> Iterator[Word]:
    for word in listed:
        if word.text in _BEHIND_GRANTEES and not word.quoted:
            return
        yield word


def _is_everywhere(target: list[Word]) -> bool:
    """Whether a target is `*.*` of MySQL."""
    return "".join(word.text for word in target) == "*.*"
