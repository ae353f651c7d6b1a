"""The rows that the code under test looks for, what it is given, and what should come of that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Person(NamedTuple):
    id: int
    name: str
    city: str
    age: int


PEOPLE = (
    Person(1, "ada", "london", 36),
    Person(2, "bob", "paris", 41),
    Person(3, "o'hara", "a%b", 52),
    Person(4, "ada", "10:30", 36),
    Person(5, "zoë", "why?", 29),
    Person(6, "50%", "rome", 61),
    Person(7, "back\\slash", "rome", 44),
    Person(8, "“curly” \N{RIGHT SINGLE QUOTATION MARK}quotes\N{RIGHT SINGLE QUOTATION MARK}", "rome", 33),
    Person(9, "%s ? :name $1 {x} %(y)s", "rome", 27),
    Person(10, 'the "one"', "rome", 58),
)
SECRET = 100
"""The number of the only row of `secrets`, which no query asks for."""

TABLES = {
    "users": "CREATE TABLE users (id integer PRIMARY KEY, name {text}, city {text}, age integer)",
    "secrets": "CREATE TABLE secrets (id integer PRIMARY KEY)",
}

HONEST = {"text": ("ada", "bob", "zoë", "nobody"), "number": (36, 41, 7)}
"""Values for which the code does what it should before the fix, too."""

HOSTILE = {
    "text": (
        "' OR 1=1 -- x",
        "x' OR '1'='1",
        "x') OR 1=1 -- x",
        "x') OR name IN ('ada",
        "x' -- x",
        "x' UNION SELECT id FROM secrets -- x",
        "'; DROP TABLE users; -- x",
        "1; DROP TABLE users",
        "\\' OR 1=1 -- x",
        "' OR '1'='1".replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
        '" OR 1=1 -- x',
        "%",
        "_",
        "\\",
        "'",
        "",
        *(person.name for person in PEOPLE[2:]),
    ),
    "number": (
        "99 OR 1=1",
        "99) OR 1=1 -- x",
        "99) OR id IN (1",
        "99' OR 1=1 -- x",
        "99 UNION SELECT id FROM secrets",
        "99; DROP TABLE users",
        "' OR 1=1 -- x",
        "%",
        "\\",
        "' OR '1'='1".replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
    ),
}
"""Values that break out of a statement, or that somebody might take for more than a value.

Those for numbers begin with 99, which is nobody's age: MariaDB reads a number at the start of any text.
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one call: what it returned, and what is in the database after it."""

    found: tuple[object, ...]
    """The numbers of the rows that it returned, sorted."""
    table: tuple[tuple[object, ...], ...] | None
    """All rows of `users`; None if there is no such table any more."""
    error: str = ""

    def __str__(self) -> str:
        result = f"refused: {self.error}" if self.error else f"found {list(self.found)}"
        if self.table == PEOPLE:
            return result
        if self.table is None:
            return f"{result}, and the table is gone"
        lost = [person for person in PEOPLE if person not in self.table]
        new = [tuple(row) for row in self.table if row not in PEOPLE]
        return f"{result}, and changed the table: {[tuple(row) for row in lost]} became {new}"


@dataclass(frozen=True)
class Given:
    """What the code is called with, and the dialect of the database that it asks."""

    value: Any
    dialect: str


def arguments(value: object) -> dict[str, object]:
    """What code under test may be given, by the name of its parameter; the value is the one that counts."""
    return {
        "name": value,
        "names": [value, "bob"],
        "age": value,
        "ages": [value, 41],
        "city": "london",
        "years": 20,
    }


@dataclass(frozen=True)
class Finds:
    """A query: for which rows it asks."""

    asked_for: Callable[[Person, Given], bool]
    returns = True

    def outcome(self, given: Given) -> Outcome:
        return Outcome(tuple(person.id for person in PEOPLE if self.asked_for(person, given)), PEOPLE)


@dataclass(frozen=True)
class FindsFirst:
    """A query: how many rows it leaves out, and how many it asks for."""

    offset: Callable[[int], int]
    limit: Callable[[int], int]
    returns = True

    def outcome(self, given: Given) -> Outcome:
        if isinstance(given.value, str):
            return Outcome((), PEOPLE)
        start = self.offset(given.value)
        return Outcome(tuple(person.id for person in PEOPLE[start : start + self.limit(given.value)]), PEOPLE)


@dataclass(frozen=True)
class Changes:
    """A statement that changes rows: what each becomes, or None, and which are new."""

    changed: Callable[[Person, Given], Person | None] = lambda person, _: person
    new: Callable[[Given], tuple[Person, ...]] = lambda _: ()
    returns = False

    def outcome(self, given: Given) -> Outcome:
        changed = [self.changed(person, given) for person in PEOPLE]
        return Outcome((), (*(person for person in changed if person is not None), *self.new(given)))


def matches(text: str, pattern: str, dialect: str) -> bool:
    """Whether `text LIKE pattern`; all databases but SQLite have a backslash as escape."""
    wanted, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and dialect != "sqlite" and at + 1 < len(pattern):
            at += 1
            wanted += re.escape(pattern[at])
        else:
            wanted += {"%": ".*", "_": "."}.get(char, re.escape(char))
        at += 1
    return re.fullmatch(wanted, text, re.DOTALL) is not None
