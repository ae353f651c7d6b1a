"""All that the files of a project say together, kept up to date while they change."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.advice.adviser import Adviser
from backend_architect.advice.lookups import mark_seeded, seeds
from backend_architect.advice.workspace import asks_through_models
from backend_architect.engine.check import rules_for
from backend_architect.engine.project import Project, ProjectPlace
from backend_architect.loading.loads import Loads
from backend_architect.loading.tracing import traced
from backend_architect.migrations.walking import Histories, MigrationStep, steps_of
from backend_architect.project.facts import (
    DeclaredFacts,
    QueryFacts,
    declared_facts,
    is_migration,
    may_ask,
    query_facts,
)
from backend_architect.project.surroundings import Said, said_by
from backend_architect.queries.mapping import models_of
from backend_architect.queries.orm import statements_of_program
from backend_architect.schema.alembic_program import Module, module_from
from backend_architect.schema.assembling import Assembled, assembled
from backend_architect.schema.facts import Facts, ModuleFinder
from backend_architect.schema.remembering import Memory
from backend_architect.schema.spoken import named_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from backend_architect.engine.findings import Finding, Span
    from backend_architect.engine.language import Elsewhere
    from backend_architect.engine.rules import Rule
    from backend_architect.engine.settings import Settings
    from backend_architect.loading.traces import Traced
    from backend_architect.migrations.histories import History, Script
    from backend_architect.project.fact_store import FactStore
    from backend_architect.queries.mapping import Models
    from backend_architect.queries.statements import Statement
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.snippets.landmarks import FileFacts

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Picture:
    """The facts of the files below one root, and what follows from them.

    Files are given by their paths below the root. `declare` takes in what a file says of the schema, `ask`
    what it asks of tables; both read it again. Then `project` puts everything together.
    """

    read: Callable[[str], str | None]
    """The text of a file; None where there is none, or none that can be read."""
    settings: Settings
    elsewhere: Callable[[str], Elsewhere]
    """What answers for the things that a file imports."""
    store: FactStore
    declared: dict[str, DeclaredFacts] = field(default_factory=dict[str, DeclaredFacts])
    queries: dict[str, QueryFacts] = field(default_factory=dict[str, QueryFacts])
    said: dict[str, FileFacts] = field(default_factory=dict[str, "FileFacts"])
    """What files say to snippets in others."""
    adviser: Adviser = field(default_factory=Adviser)
    _memory: Memory = field(default_factory=Memory)
    _assembled: Assembled | None = None
    _project: Project | None = None
    _models: Models | None = None
    _asked: dict[str, tuple[QueryFacts, list[Statement]]] = field(
        default_factory=dict[str, "tuple[QueryFacts, list[Statement]]"]
    )
    """What files ask through models, with the facts from which it follows."""
    _loads: Loads = field(init=False)
    _helpers: dict[str, Traced | None] = field(default_factory=dict[str, "Traced | None"])
    """What files do with rows that do not ask for any themselves, and that others call."""
    _finder: ModuleFinder | None = None
    _modules: dict[str, Module | None] = field(default_factory=dict[str, "Module | None"])
    """Those whose functions revisions may call."""
    _others_changed: bool = False
    """Whether one of these has changed, or may be another one now."""

    def __post_init__(self) -> None:
        """Let what is loaded ask about the files here."""
        self._loads = Loads(self._traced)

    def expect(self, paths: Iterable[str]) -> None:
        """Hear which files there are, before the first of them is read."""
        self.declared |= {path: self.declared.get(path, DeclaredFacts()) for path in paths}
        self._finder = None

    def declare(self, path: str) -> None:
        """Take in what a file says of the schema, or that there is no such file any more."""
        known = self.declared.get(path)
        text = self.read(path)
        if path in self._modules or (known is None) is not (text is None):
            self._modules.clear()
            self._finder = None
            self._others_changed = True
        if text is None:
            self.declared.pop(path, None)
            self.queries.pop(path, None)
        else:
            self.declared[path] = _kept(known, self._declared(path, text))
        if self.declared.get(path) is not known:
            self._assembled = self._project = self._models = None
        said = said_by(path, text) if text is not None else None
        if said is None:
            self.said.pop(path, None)
        else:
            self.said[path] = said

    def declare_dependent(self) -> None:
        """Read the revisions again that have called functions of other files, if one of those has changed."""
        if self._others_changed:
            self._others_changed = False
            for path in [path for path, one in self.declared.items() if one.asked]:
                self.declare(path)

    @property
    def has_schema(self) -> bool:
        """Whether the files describe a database at all."""
        return bool(self._assemble().schemas)

    def ask(self, path: str) -> None:
        """Take in what a file asks of tables."""
        text = self.read(path) if path in self.declared else None
        if self._helpers.pop(path, None) is not None:
            self._project = None
        if text is None or not may_ask(text):
            self.learn(path, QueryFacts())
            return
        elsewhere = self.elsewhere(path)
        known = self.stored(path, text)
        if known is None or not known.holds(elsewhere):
            try:
                known = query_facts(path, text, self.settings.dialect_of(path), elsewhere)
                self.keep(path, text, known)
            except Exception:
                log.exception("the queries of %s cannot be read", path)
                known = QueryFacts()
        self.learn(path, known)

    def learn(self, path: str, facts: QueryFacts) -> None:
        """Take in what a file asks of tables, as somebody has read it."""
        if self.queries.get(path) != facts:
            self.queries[path] = facts
            self._project = None

    def stored(self, path: str, text: str) -> QueryFacts | None:
        """What an earlier run has read; it holds if other files still answer the same."""
        facts = self.store.get(self.store.key("queries", path, self.settings.dialect_of(path), text))
        return facts if isinstance(facts, QueryFacts) else None

    def keep(self, path: str, text: str, facts: QueryFacts) -> None:
        """Keep what was read for later runs."""
        self.store.put(self.store.key("queries", path, self.settings.dialect_of(path), text), facts)

    def project(self) -> Project:
        """All that the files say together."""
        if self._project is None:
            together = self._assemble()
            # Which tables are filled is no part of what was put together, and may change alone.
            schemas = [replace(one, seeded=set[str]()) for one in together.schemas]
            for path, facts in self.queries.items():
                if facts.seeded and seeds(path, schemas):
                    mark_seeded(schemas, facts.seeded)
            advice = self.adviser.advise(self._statements(), schemas)
            tracing = (path for path, one in self.queries.items() if one.traced is not None)
            self._loads.update(tracing, self._models)
            self._project = Project(
                schemas,
                advice,
                together.unmade,
                self._facts(),
                together.classes,
                self.read,
                self._loads,
                tuple(self.declared),
                together.made,
                self._histories(together),
            )
        return self._project

    def _statements(self) -> Iterator[Statement]:
        """What the files ask, in their order; what models ask follows from the models as they are now."""
        if self._models is None and any(one.program or one.traced for one in self.queries.values()):
            self._models = models_of(self._facts().outlines, self._memory)
            self._asked.clear()
        for path in sorted(self.queries):
            facts = self.queries[path]
            yield from facts.statements
            if facts.program is not None and self._models is not None:
                known = self._asked.get(path)
                if known is None or known[0] is not facts:
                    asked = statements_of_program(facts.program, self._models, facts.handlers)
                    known = self._asked[path] = facts, asked
                yield from known[1]

    @property
    def classes(self) -> Sequence[MappedClass]:
        """The classes of models."""
        return self._assemble().classes

    def tells(self, dependencies: frozenset[str]) -> Said:
        """What all files together say to snippets, in a project with these dependencies."""
        return Said(self.said, self.declared.keys(), self._assemble().schemas, dependencies)

    def _assemble(self) -> Assembled:
        if self._assembled is None:
            self._assembled = assembled(self._facts(), self._memory)
        return self._assembled

    def _histories(self, together: Assembled) -> list[History]:
        """The migrations, with what the settings know of them."""
        return [tuple(map(self._as_set, history)) for history in together.histories]

    def _as_set(self, script: Script) -> Script:
        if script.tool == "sql":
            return replace(script, runner=self.settings.runner_of(script.path))
        return replace(script, dialect=named_by(script.path, self.settings.dialect_of(script.path)))

    def _facts(self) -> Facts:
        facts = Facts()
        for path in sorted(self.declared):
            one = self.declared[path]
            facts.sql += [one.sql] if one.sql is not None else []
            facts.outlines += [one.outline] if one.outline is not None else []
            facts.revisions += [one.revision] if one.revision is not None else []
        return facts

    def _declared(self, path: str, text: str) -> DeclaredFacts:
        dialect = self.settings.dialect_of(path)
        key = self.store.key("declared", path, dialect, text)
        known = self.store.get(key)
        if isinstance(known, DeclaredFacts):
            return known
        try:
            facts = declared_facts(path, text, dialect, self._module)
        except Exception:
            log.exception("what %s says of the schema cannot be read", path)
            return DeclaredFacts()
        if not facts.asked:
            self.store.put(key, facts)
        return facts

    def _traced(self, path: str) -> Traced | None:
        facts = self.queries.get(path)
        if facts is not None and facts.traced is not None:
            return facts.traced
        if path not in self._helpers:
            text = self.read(path) if path in self.declared and asks_through_models(path) else None
            self._helpers[path] = traced(text, path) if text is not None else None
        return self._helpers[path]

    def _module(self, name: str) -> Module | None:
        if self._finder is None:
            self._finder = ModuleFinder(path for path in self.declared if path.endswith(".py"))
        path = self._finder.path(name)
        if path is None:
            return None
        if path not in self._modules:
            text = self.read(path)
            self._modules[path] = module_from(text, path) if text is not None else None
        return self._modules[path]


def _kept(known: DeclaredFacts | None, new: DeclaredFacts) -> DeclaredFacts:
    """The facts as they are now; parts that say the same stay the same objects, which saves work later."""
    if known is None:
        return new
    if known == new:
        return known
    return DeclaredFacts(
        known.sql if known.sql == new.sql else new.sql,
        known.outline if known.outline == new.outline else new.outline,
        known.revision if known.revision == new.revision else new.revision,
    )


def heard_in(name: str, settings: Settings, read: Callable[[str], str | None]) -> frozenset[str]:
    """The rules about projects that may speak in a file; `read` gives its text."""
    table = rules_for(name, settings)
    if not table.of_migrations or is_migration(name, read(name) or ""):
        return table.of_project
    return table.of_project - table.of_migrations


def found_in(project: Project, rules: Sequence[Rule]) -> tuple[dict[str, list[Finding]], list[str]]:
    """The findings of rules by file, in the order of their places, and sentences about rules that failed."""
    found: dict[str, list[Finding]] = {}
    problems: list[str] = []
    failed: set[str] = set()
    told: set[tuple[str, str, Span, str]] = set()

    def ask(rule: Rule, subject: Project | Histories | MigrationStep) -> None:
        if rule.id in failed:
            return
        try:
            for placed in list(rule.detector.detect(subject, ProjectPlace(rule.id))):
                one = placed.finding
                said = placed.path, one.rule, one.span, one.message
                # A loop, or a helper that is called twice, does the same at one place several times.
                if said not in told:
                    told.add(said)
                    found.setdefault(placed.path, []).append(one)
        except Exception as error:
            log.warning("rule %s raised", rule.id, exc_info=True)
            failed.add(rule.id)
            problems.append(
                f"the rule {rule.id} failed ({type(error).__name__}: {error}); "
                "please report it, the other rules went on"
            )

    histories = Histories(project)
    for subject in (project, histories):
        for rule in rules:
            if type(subject) in rule.detector.on:
                ask(rule, subject)
    stepwise = [rule for rule in rules if MigrationStep in rule.detector.on]
    for step in steps_of(project) if stepwise else ():
        for rule in stepwise:
            ask(rule, step)
    for findings in found.values():
        findings.sort(key=lambda one: (one.span, one.rule, one.message))
    return found, problems
