"""Every action that adds an index to a real backend: models and migrations stay whole, and say the same.

As many of a package as `ADD_INDEX_ACTIONS` says, of as many tables as there are: four, or twenty for a
full proof, which takes minutes and gigabytes.
"""

from __future__ import annotations

import ast
import difflib
import os
import shutil
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from tests.corpus import graphs
from tests.corpus.fixing import lost

from backend_architect.cli.options import Choice
from backend_architect.cli.project import PROJECT_RULES, pictured
from backend_architect.cli.remedies import remedied
from backend_architect.cli.repair import Outcome, Repair
from backend_architect.cli.run import job_of, read
from backend_architect.engine.findings import FileReport
from backend_architect.engine.kinds import kinds_of
from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.plan import AddIndex
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.fact_store import FactStore
from backend_architect.project.files import find_files
from backend_architect.project.picture import found_in
from backend_architect.schema.django_models import django_models
from backend_architect.schema.sqlalchemy_models import sqlalchemy_models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from backend_architect.cli.project import Pictured
    from backend_architect.cli.run import Job
    from backend_architect.engine.findings import Finding
    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes
    from backend_architect.schema.model import Index

MOST = int(os.environ.get("ADD_INDEX_ACTIONS", "4"))
LEAST = {
    "apache-superset==6.1.0": 18,
    "label-studio==1.9.2.post0": 7,
    "mlflow==3.18.0": 18,
    "prefect==3.9.1": 8,
}
"""The packages, and how many of twenty actions must be written; the others are refused with a reason."""
RULES = [rule for rule in PROJECT_RULES if not rule.detector.of_migrations]
"""What is said of migrations is tried in test_real_migrations."""
RULES_ONLY = Choice(frozenset(rule.id for rule in RULES), frozenset())
LONGEST = 20
"""Lines that an action adds to a model."""


@dataclass(repr=False)
class Backend:
    """A package that is copied into a folder of its own."""

    root: Path
    configurations: Configurations
    jobs: list[Job]
    one: Pictured
    texts: dict[Path, str]
    """What was written and not stored."""
    failures: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, root: Path) -> Backend:
        configurations = Configurations(load_cards, isolated=True)
        found = find_files([root], configurations, fallback=root)
        jobs = [job_of(file, RULES_ONLY) for file in found.files]
        texts: dict[Path, str] = {}
        problems: list[str] = []
        (one,) = pictured(jobs, configurations, None, problems, FactStore(None), texts)
        assert not problems
        return cls(root, configurations, jobs, one, texts)

    @property
    def project(self) -> Project:
        return self.one.picture.project()

    def found(self) -> list[tuple[str, Finding]]:
        found, failed = found_in(self.project, RULES)
        assert not failed
        return [(path, finding) for path, some in found.items() for finding in some]

    def write(self, texts: Mapping[str, str]) -> None:
        """Let the project have other texts."""
        for path, text in texts.items():
            self.texts[self.root / path] = text
            self.one.picture.declare(path)
        self.one.picture.declare_dependent()
        for path in texts:
            self.one.picture.ask(path)


def offered(backend: Backend) -> list[tuple[str, Finding]]:
    """Up to twenty actions, the first of each table first."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, int, tuple[str, Finding]]] = []
    plans: set[AddIndex] = set()
    for number, (path, finding) in enumerate(backend.found()):
        plan = finding.remedy.plan if finding.remedy is not None else None
        if isinstance(plan, AddIndex) and plan not in plans:
            plans.add(plan)
            ranked.append((seen[plan.wanted.table], number, (path, finding)))
            seen[plan.wanted.table] += 1
    return [one for _, _, one in sorted(ranked, key=lambda row: row[:2])][:MOST]


def counted(backend: Backend) -> Counter[tuple[str, str]]:
    """How many findings of each rule there are, by table where an index is missing.

    What the other queries of a table lack may be another index once there is one.
    """
    plans = [(one, one.remedy.plan if one.remedy is not None else None) for _, one in backend.found()]
    return Counter(
        (one.rule, plan.wanted.table if isinstance(plan, AddIndex) else one.message) for one, plan in plans
    )


@pytest.mark.parametrize("package", LEAST)
def test_each_action_alone_and_all_of_them_leave_a_project_that_is_whole(
    package: str, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warnings.simplefilter("ignore")
    root = tmp_path / "project"
    shutil.copytree(corpus / package, root)
    backend = Backend.of(root)
    actions = offered(backend)
    before = counted(backend)
    written, refused = 0, list[str]()
    for path, finding in actions:
        where = f"{path}:{finding.span.line + 1}: {finding.rule}"
        try:
            what = list(alone(backend, finding, before, tmp_path))
        except UnwritableError as error:
            refused.append(f"{where}: {error}")
            continue
        written += 1
        backend.failures += [f"{where}: {one}" for one in what]
    with capsys.disabled():
        print(f"\n{package}: {len(actions)} offered, {written} written, refused:", *refused, sep="\n  ")
    # The backend itself must not stand in the assertion: its text takes all memory there is.
    failures = backend.failures
    assert not failures, "\n".join(failures)
    assert written >= min(LEAST[package], MOST - 1)
    files = {path for path, _ in actions[: max(1, MOST // 4)]}
    assert not list(together(backend, files, before, tmp_path))


def alone(backend: Backend, finding: Finding, before: Counter[tuple[str, str]], work: Path) -> Iterator[str]:
    """What is wrong with an action; the project is as it was afterwards."""
    assert finding.remedy is not None
    plan = finding.remedy.plan
    assert isinstance(plan, AddIndex)
    project = backend.project
    changes = plan.changes(project)
    old: dict[str, str] = {path: project.read(path) or "" for path in changes.edits}
    new = {path: apply_edits(text, changes.edits[path]) for path, text in old.items()}
    for path, text in new.items():
        yield from _edited(path, old[path], text)
    created = {one.path: one.text for one in changes.creates}
    yield from (f"{path} is there already" for path in created if (backend.root / path).exists())
    for path, text in created.items():
        compile(text, path, "exec")
    declared = _declared(project, plan.wanted.table)
    backend.write(new | created)
    said = _declared(backend.project, plan.wanted.table) - declared
    names = {index.name for index in said if index.name}
    if new and (len(said) != 1 or any(one.columns != plan.wanted.index.columns for one in said)):
        yield f"the model declares {said}"
    yield from _migrated(backend, plan, changes, names)
    for text in created.values():
        yield from _runs(text, plan, names, {path: (old[path], new[path]) for path in new})
    if any((one.rule, one.message) == (finding.rule, finding.message) for _, one in backend.found()):
        yield "is found again"
    yield from (f"brings {one}" for one in counted(backend) - before)
    backend.write(old | dict.fromkeys(created, ""))
    yield from _one_graph(backend, created, work)


def _edited(path: str, old: str, new: str) -> Iterator[str]:
    """What is wrong with the edits of a model: they change one statement, and imports."""
    compile(new, path, "exec")
    yield from lost(old, new, set())
    kept = [ast.dump(one) for one in ast.parse(old).body]
    changed = [one for one in ast.parse(new).body if ast.dump(one) not in kept]
    others = [one for one in changed if not isinstance(one, ast.Import | ast.ImportFrom)]
    if len(others) != 1 or len(changed) > 2:
        yield f"{path}: {len(changed)} statements are changed"
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0))[2:]
    if sum(one.startswith("+") for one in lines) > LONGEST:
        yield f"{path}: many lines are changed"


def _declared(project: Project, table: str) -> set[Index]:
    """The indexes that the models of a table declare."""
    kinds = {"tests", "examples", "migrations"}
    outlines = [one for one in project.facts.outlines if kinds_of(one.path).isdisjoint(kinds)]
    tables = [*sqlalchemy_models(outlines).tables, *django_models(outlines).tables]
    bare = table.removeprefix("public.")
    return {
        index
        for one in tables
        if one.name.removeprefix("public.") == bare
        for index in (replace(index, origin=None) for index in one.indexes)
    }


def _migrated(backend: Backend, plan: AddIndex, changes: Changes, names: set[str]) -> Iterator[str]:
    """What is wrong with the history: it makes an index under the name that the model says."""
    made = {
        index.name
        for schema in backend.project.schemas
        if (table := schema.table(plan.wanted.table)) is not None
        for index in table.indexes
        if index.columns == plan.wanted.index.columns
    }
    if changes.creates and not (names <= made and made):
        yield f"the model says {names}, the history {made}"


def _runs(text: str, plan: AddIndex, names: set[str], edited: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """What is wrong with a new migration, as its own tool runs it."""
    table = plan.wanted.table
    if "migrations.Migration" in text:
        index = graphs.django_index(text)
        for old, new in edited.values():
            declared = graphs.model_indexes(old, new, graphs.django_names(new))
            graphs.name_as_django(declared, table, plan.wanted.index.columns)
            if [one.deconstruct() for one in declared] != [index.deconstruct()]:
                yield f"the model has {declared}, the migration {index}"
        return
    for dialect in ("postgresql", "sqlite"):
        up, down = graphs.alembic_sql(text, dialect)
        name = next(iter(names), "")
        if f"{name}" not in up or f"ON {table}" not in up.replace('"', "") or f"{name}" not in down:
            yield f"{dialect} gets {up}, {down}"


def _one_graph(backend: Backend, created: Mapping[str, str], work: Path) -> Iterator[str]:
    """What is wrong with the graphs when new files are stored; they are taken away again."""
    folders = {(backend.root / path).parent for path in created}
    before = {folder: _heads(folder, work) for folder in folders}
    for path, text in created.items():
        (backend.root / path).write_text(text, encoding="utf-8")
    for folder in folders:
        after = _heads(folder, work)
        if len(after) != len(before[folder]) or after == before[folder]:
            yield f"{folder.name} had the heads {before[folder]}, has {after}"
    for path in created:
        (backend.root / path).unlink()


def _heads(folder: Path, work: Path) -> set[str]:
    if folder.name == "migrations":
        return set(graphs.django_leaves(folder.parent)["migrations"])
    space = work / "alembic"
    shutil.rmtree(space, ignore_errors=True)
    return graphs.alembic_heads(folder, space)


def together(
    backend: Backend, paths: set[str], before: Counter[tuple[str, str]], work: Path
) -> Iterator[str]:
    """What is wrong after all actions of some files, as `fix --unsafe-fixes` writes them."""
    heads = {folder: _heads(folder, work) for folder in _folders(backend.root)}
    outcomes: list[Outcome] = []
    for job in backend.jobs:
        if job.name in paths:
            text, encoding = read(job)
            outcomes.append(Outcome(job, text, encoding, Repair(text, (), (), FileReport("", ()), ())))
    done = remedied(outcomes, backend.configurations, None, unsafe=True).outcomes
    for outcome in done:
        compile(outcome.repair.text, outcome.job.name, "exec")
        outcome.job.path.write_text(outcome.repair.text, encoding="utf-8", newline="")
        for new in outcome.repair.creates:
            compile(new.text, new.path, "exec")
            path = backend.root / new.path
            if path.exists():
                yield f"{new.path} is written twice"
            path.write_text(new.text, encoding="utf-8")
    after = Backend.of(backend.root)
    yield from (f"brings {one}" for one in counted(after) - before)
    for folder, old in heads.items():
        if len(_heads(folder, work)) != len(old):
            yield f"{folder} had the heads {old}, has {_heads(folder, work)}"


def _folders(root: Path) -> list[Path]:
    """The folders with migrations."""
    alembic = graphs.revision_folders(root)
    return [*alembic, *(root / folder for folder in graphs.django_leaves(root))]
