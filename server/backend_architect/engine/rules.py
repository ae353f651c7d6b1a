"""A rule as the engine runs it, and the decorator that makes a function its detector."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backend_architect.engine.project import OfMigrations, OfProject
from backend_architect.engine.settings import RECOMMENDED

if TYPE_CHECKING:
    from backend_architect.engine.findings import Severity

Detect = Callable[[Any, Any], Iterator[Any]]
"""Takes a subject and the Place it stands at; yields each `Finding`, and of a project each `Placed`."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A function that looks at one kind of subject, and what must be there before it is called."""

    on: tuple[type, ...]
    """The subjects: types of syntax nodes, `Query`, or those that are `OfProject`."""
    imports: frozenset[str]
    """Top-level modules, one of which the file imports; an empty set stands for any file."""
    detect: Detect
    words: tuple[str, ...] = ()
    """In lower case; one of them stands in a block, in whatever case, before the function is called there."""

    @property
    def of_project(self) -> bool:
        """Whether it looks at what the files of a project say together."""
        return any(issubclass(subject, OfProject) for subject in self.on)

    @property
    def of_migrations(self) -> bool:
        """Whether it looks at migrations only, and so speaks in no other file."""
        return all(issubclass(subject, OfMigrations) for subject in self.on)


def detector(
    *, on: type | tuple[type, ...], imports: Iterable[str] = (), words: tuple[str, ...] = ()
) -> Callable[[Detect], Detector]:
    """Make a detector of a function that takes a subject and a Place and yields findings."""
    subjects = on if isinstance(on, tuple) else (on,)
    return lambda detect: Detector(subjects, frozenset(imports), detect, words)


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector under the name of its card, with what a report takes from the card."""

    id: str
    family: str
    severity: Severity
    detector: Detector
    url: str = ""
    cwe: tuple[int, ...] = ()
    not_in: tuple[str, ...] = ()
    has_fix: bool = False
    sets: tuple[str, ...] = (RECOMMENDED,)
    same_as: tuple[str, ...] = ()
    """Codes of other linters for the same problem; a comment that silences them silences the rule."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleTable:
    """The rules that may speak in one file, by what they look at. Tables are compared by identity."""

    rules: tuple[Rule, ...]
    known: frozenset[str] = frozenset()
    """The names of all rules there are, if anybody wants to know whether a name is one."""
    codes: dict[str, tuple[str, ...]] = field(init=False)
    """For each rule the codes of other linters for the same."""
    by_subject: dict[type, tuple[Rule, ...]] = field(init=False)
    modules: frozenset[str] = field(init=False)
    """All modules that some rule depends on."""
    syntax_nodes: frozenset[type] = field(init=False)
    """The types of Python's syntax nodes that some rule looks at."""
    of_project: frozenset[str] = field(init=False)
    """The rules that look at the project as a whole."""
    of_migrations: frozenset[str] = field(init=False)
    """Those of them that speak in migrations only."""
    _narrowed: dict[frozenset[str], RuleTable] = field(
        init=False, default_factory=dict["frozenset[str]", "RuleTable"]
    )

    def __post_init__(self) -> None:
        table: dict[type, tuple[Rule, ...]] = {}
        for rule in self.rules:
            for subject in rule.detector.on:
                table[subject] = (*table.get(subject, ()), rule)
        object.__setattr__(self, "by_subject", table)
        object.__setattr__(self, "codes", {rule.id: rule.same_as for rule in self.rules if rule.same_as})
        modules = frozenset(module for rule in self.rules for module in rule.detector.imports)
        object.__setattr__(self, "modules", modules)
        of_project = frozenset(rule.id for rule in self.rules if rule.detector.of_project)
        object.__setattr__(self, "of_project", of_project)
        of_migrations = frozenset(rule.id for rule in self.rules if rule.detector.of_migrations)
        object.__setattr__(self, "of_migrations", of_migrations)
        object.__setattr__(
            self, "syntax_nodes", frozenset(kind for kind in table if issubclass(kind, ast.AST))
        )

    def narrowed(self, imported: Iterable[str]) -> RuleTable:
        """The rules that have something to look for under these imports; the same table for the same."""
        relevant = self.modules.intersection(imported)
        if relevant not in self._narrowed:
            rules = [r for r in self.rules if not r.detector.imports or r.detector.imports & relevant]
            self._narrowed[relevant] = RuleTable(tuple(rules), self.known)
        return self._narrowed[relevant]
