"""What a form is: a way to build SQL from strings, whatever library is given it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from parameters.people import Changes, Finds, FindsFirst, matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from parameters.people import Given, Person

EVERYWHERE = frozenset({"sqlite", "postgres", "mysql"})

SAME_NAME = Finds(lambda person, given: person.name == given.value)
SAME_AGE = Finds(lambda person, given: person.age == given.value)


@dataclass(frozen=True)
class Form:
    """A way to build SQL.

    What differs between drivers is marked in the texts: `<<city>>` and `<<years>>` are parameters that are
    bound already, `<<given>>` their values as the driver takes them, `<<%>>` a percent sign of the SQL,
    `<<text>>` the type of a text. The names that the code may use are those of `people.arguments`.
    """

    sql: str
    """The expression that is handed to the database."""
    outcome: Finds | FindsFirst | Changes = SAME_NAME
    before: str = ""
    """Statements in front of the call, in the same function."""
    module: str = ""
    """Statements of the module."""
    imports: str = ""
    call: Literal["execute", "keyword", "many"] = "execute"
    bound: Literal["values", "variable", "mapping"] = "values"
    """How the parameters that are bound already are given: written there, as a variable, or by names."""
    kind: Literal["text", "number"] = "text"
    """Of the value that is pasted. A number may be refused where something hostile stands instead."""
    honest: tuple[object, ...] = ()
    hostile: tuple[object, ...] = ()
    """Values that only this form is tried with."""
    refuses: Callable[[object], bool] = field(default=lambda _: False)
    """Whether a database may say that a hostile value cannot be right, though it is a text."""
    dialects: frozenset[str] = EVERYWHERE
    fails_only: frozenset[str] = frozenset()
    """Dialects in which a hostile value can do no more than make the statement fail."""
    formats: bool = False
    """Whether `%` puts in the values, so that percent signs are doubled for it."""


def like(pattern: Callable[[str], str]) -> Finds:
    """A query for names that are like a pattern, which is made of the value."""
    return Finds(lambda person, given: matches(person.name, pattern(str(given.value)), given.dialect))


def like_form(sql: str, pattern: Callable[[str], str], *, formats: bool = False) -> Form:
    """A form for names that are like a pattern; PostgreSQL says so when one ends in an escape."""
    return Form(sql, like(pattern), refuses=lambda value: "\\" in str(value), formats=formats)


def number_form(sql: str, outcome: Finds | FindsFirst | Changes = SAME_AGE, **more: object) -> Form:
    """A form that pastes a number."""
    return Form(sql, outcome, kind="number", **more)  # type: ignore[arg-type] # what Form takes


def changed_city(person: Person, city: str, *, where: bool) -> Person:
    """A person who has moved, or not."""
    return person._replace(city=city) if where else person


def among_names(person: Person, given: Given) -> bool:
    return person.name in {given.value, "bob"}


def among_ages(person: Person, given: Given) -> bool:
    return person.age in {given.value, 41}
