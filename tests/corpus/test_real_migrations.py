"""The rules about migrations on twelve real backends: nothing crashes, nothing is said twice, repairs hold.

As many repairs of a package as `MIGRATION_REPAIRS` says: six, or forty for a full proof, which takes minutes.
"""

from __future__ import annotations

import ast
import os
import random
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from tests.corpus.conftest import migrated

from backend_architect.cli.project import PROJECT_RULES
from backend_architect.engine.language import nowhere
from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.settings import ALL, Settings
from backend_architect.engine.text import apply_edits
from backend_architect.project.fact_store import FactStore
from backend_architect.project.picture import Picture, found_in, heard_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from backend_architect.engine.findings import Finding

MOST = int(os.environ.get("MIGRATION_REPAIRS", "6"))
RULES = [rule for rule in PROJECT_RULES if rule.detector.of_migrations]
SETTINGS = Settings(select=frozenset({ALL}))
LARGEST = 1 << 20
"""Bytes of a file that is read."""

ANYWHERE = {"migration-without-lock-timeout", "migration-without-downgrade"}
"""Rules about a migration as a whole, which stand at one of its lines."""

TRULY_TWO = {
    # An operation that changes several things at once: each has its own lock, and its own way out.
    frozenset({"index-without-concurrently", "required-column-without-default"}),
    frozenset({"not-null-on-existing-column", "unique-constraint-builds-index"}),
    frozenset({"not-null-on-existing-column", "type-change-rewrites-table"}),
    frozenset({"foreign-key-validated-at-once", "type-change-rewrites-table"}),
    frozenset({"drop-index-blocking", "rename-in-place"}),
    # What a change does to code, and that it locks the table once more than needed.
    frozenset({"drop-in-use", "several-alters-of-one-table"}),
    # Two statements on one line.
    frozenset({"drop-index-blocking", "index-without-concurrently"}),
}
"""Pairs of rules that both have something to say about a line."""

FOLLOWS = {"migration-without-lock-timeout", "several-alters-of-one-table"}
"""Rules that speak of the next statement when the one before is another."""


@dataclass(repr=False)
class Backend:
    """A package whose texts are held in memory, so that repairs can be tried."""

    texts: dict[str, str]
    picture: Picture

    @classmethod
    def of(cls, root: Path) -> Backend:
        texts = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(root.rglob("*"))
            if path.suffix in {".py", ".sql"} and path.stat().st_size < LARGEST
        }
        picture = Picture(texts.get, SETTINGS, lambda _: nowhere, FactStore(None))
        picture.expect(texts)
        for path in texts:
            picture.declare(path)
        return cls(texts, picture)

    def found(self) -> list[tuple[str, Finding]]:
        found, problems = found_in(self.picture.project(), RULES)
        assert not problems
        heard = {path: heard_in(path, SETTINGS, self.texts.get) for path in found}
        return [(path, one) for path, some in found.items() for one in some if one.rule in heard[path]]

    def write(self, texts: Mapping[str, str | None]) -> None:
        """Let the project have other texts; None takes a file away."""
        for path, text in texts.items():
            if text is None:
                del self.texts[path]
            else:
                self.texts[path] = text
        self.picture.expect(self.texts)
        for path in texts:
            self.picture.declare(path)
        self.picture.declare_dependent()


@pytest.mark.parametrize("package", migrated())
def test_rules_and_repairs(package: str, migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warnings.simplefilter("ignore")  # "\d" warns at every parse
    backend = Backend.of(migrations / package)
    found = backend.found()
    assert found
    assert not list(twice(found))
    before = _counted(found)
    offered = [(path, finding) for path, finding in found if finding.remedy is not None]
    failures: list[str] = []
    refused: Counter[str] = Counter()
    sample = random.Random(package).sample(offered, min(MOST, len(offered)))
    for path, finding in sample:
        where = f"{path}:{finding.span.line + 1}: {finding.rule}"
        try:
            failures += [f"{where}: {what}" for what in repaired(backend, finding, before)]
        except UnwritableError as error:
            refused[f"{finding.rule}: {error}"] += 1
    with capsys.disabled():
        print(f"\n{package}: {len(found)} findings, {len(sample)} repairs, {refused.total()} refused")
    assert not failures, "\n".join(failures)


def twice(found: list[tuple[str, Finding]]) -> Iterator[str]:
    """Lines of which two rules say what is one problem."""
    at: dict[tuple[str, int], list[Finding]] = {}
    for path, finding in found:
        at.setdefault((path, finding.span.line), []).append(finding)
    for (path, line), findings in at.items():
        for one, other in combinations(findings, 2):
            pair = frozenset({one.rule, other.rule})
            # A statement in a loop is about one table after the other.
            same = len(pair) == 1 and one.message != other.message
            if not (same or pair & ANYWHERE or pair in TRULY_TWO):
                yield f"{path}:{line + 1}: {one.message}; {other.message}"


def repaired(backend: Backend, finding: Finding, before: Counter[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with a repair; the project is as it was afterwards."""
    assert finding.remedy is not None
    changes = finding.remedy.plan.changes(backend.picture.project())
    old = {path: backend.texts[path] for path in changes.edits}
    new = {path: apply_edits(text, changes.edits[path]) for path, text in old.items()}
    created = {one.path: one.text for one in changes.creates}
    yield from (f"{path} is there already" for path in created if path in backend.texts)
    for path, text in (new | created).items():
        if path.endswith(".py") and not _parses(text):
            yield f"{path} does not parse"
            return
    backend.write(new | created)
    after = _counted(backend.found())
    said = finding.rule, finding.message
    # Of a third ALTER TABLE the same is said once the first two are one.
    if after[said] >= before[said] and finding.rule != "several-alters-of-one-table":
        yield "is found again"
    yield from (f"brings {one}" for one in after - before if one[0] not in FOLLOWS)
    backend.write(old | dict.fromkeys(created))


def _counted(found: list[tuple[str, Finding]]) -> Counter[tuple[str, str]]:
    return Counter((finding.rule, finding.message) for _, finding in found)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
