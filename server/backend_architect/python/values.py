"""What is known of the value of an expression without running it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbol:
    """A thing with a name: `requests.get`; a thing of the module itself begins with a colon: `:load`."""

    path: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class, named like a Symbol."""

    type: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant that is not a string."""

    value: int | float | complex | bool | bytes | None


@dataclass(frozen=True, slots=True)
class Text:
    """A string, as far as it is known: None stands for a part that is not."""

    parts: tuple[str | None, ...]

    @property
    def constant(self) -> str | None:
        """The whole string, if all of it is known."""
        known = [part for part in self.parts if part is not None]
        return "".join(known) if len(known) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Texts:
    """The elements of a list, tuple or set of constant strings."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bases:
    """The classes that a class inherits from, in order; None stands for one that is not known."""

    paths: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Imports:
    """The top-level modules that a file imports."""

    modules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name is bound here, but nobody can say to what."""


UNKNOWN = Unknown()


class Behaviour:
    """What a function does with its arguments, as flows tell it; can be compared."""

    __slots__ = ()

    def exported(self, module: str) -> Behaviour:  # noqa: ARG002 - for those that speak of things
        """What it does, as other files know it."""
        return self


Value = Symbol | Instance | Literal | Text | Texts | Bases | Imports | Behaviour | Unknown

NUMBERS = frozenset({"builtins.int", "builtins.float", "builtins.bool", "decimal.Decimal", "uuid.UUID"})
"""Types whose text can hold no quote, comment or keyword."""

OF_COLLECTIONS = frozenset({"builtins", "collections", "typing", "typing_extensions"})
"""Modules whose classes only hold values, or say nothing of what they are."""

A_NUMBER = Instance("builtins.float")
"""A number of whichever type."""


def is_thing(value: Value) -> bool:
    """Whether a value is an instance of a class that does more than hold a value."""
    return isinstance(value, Instance) and value.type.partition(".")[0] not in OF_COLLECTIONS


def local_name(path: str) -> str | None:
    """The name of a thing of the module itself; None for all others."""
    return path[1:] if path.startswith(":") else None


def exported(value: Value | None, module: str) -> Value | None:
    """A value as other files know it: things of the module itself by their full paths."""
    match value:
        case Symbol(path=path) if path.startswith(":"):
            return Symbol(f"{module}.{path[1:]}")
        case Instance(type=path) if path.startswith(":"):
            return Instance(f"{module}.{path[1:]}")
        case Bases(paths=paths):
            return Bases(tuple(f"{module}.{path[1:]}" if path and path[0] == ":" else path for path in paths))
        case Behaviour():
            return value.exported(module)
        case _:
            return value


def is_number(value: Value | None) -> bool:
    """Whether a value is one of the types of `NUMBERS`."""
    match value:
        case Instance(type=name):
            return name in NUMBERS
        case Literal(value=constant):
            return isinstance(constant, int | float)
        case _:
            return False


def merged(values: list[Value]) -> Value:
    """The value of a name that is bound more than once: what all agree on, but for None in between."""
    distinct = dict.fromkeys(value for value in values if value != Literal(None))
    if len(distinct) == 1:
        return next(iter(distinct))
    if distinct and all(map(is_number, distinct)):
        return A_NUMBER
    return UNKNOWN if distinct else Literal(None)
