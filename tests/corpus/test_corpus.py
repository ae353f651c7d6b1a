"""Six real backends: blocks are exact, nothing crashes or is passed over, and the noise stays what it is."""

from __future__ import annotations

import ast
import json
import os
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest
from tests.corpus.conftest import HERE, packages
from tests.corpus.trees import Counts, compare

from backend_architect.cli.options import chosen
from backend_architect.cli.run import Checked, check_file, job_of, run
from backend_architect.engine.kinds import HEAD, is_generated
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.project.files import Found

SNAPSHOT = HERE / "findings.json"


@pytest.fixture(scope="session")
def found(corpus: Path) -> Found:
    """All files, as `check` finds them."""
    configurations = Configurations(load_cards, isolated=True)
    return find_files([corpus / package for package in packages()], configurations)


@pytest.fixture(scope="session")
def checked(found: Found) -> list[Checked]:
    """What `check` says about each of them."""
    all_rules = chosen(["all"], [], ())
    return run(check_file, [job_of(file, all_rules) for file in found.files], found.size, None)


def test_blocks_alone_give_what_the_whole_file_gives(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(path for package in packages() for path in (corpus / package).rglob("*.py"))
    total = Counts()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for counts in pool.map(compare, paths, chunksize=32):
            total.add(counts)
    with capsys.disabled():
        print(
            f"\n{total.files} files (and {total.unread} that do not parse), {total.blocks} blocks, "
            f"{total.members} of them members of classes, {total.nodes} nodes"
        )
    assert not total.differences, "\n".join(total.differences[:20])
    assert total.members > 20_000


def test_every_file_is_checked_but_for_generated_ones(
    corpus: Path, found: Found, checked: list[Checked]
) -> None:
    on_disk = {path for package in packages() for path in (corpus / package).rglob("*") if path.is_file()}
    left_out = on_disk - {file.path for file in found.files}
    assert not found.problems
    assert not [path for path in left_out if not is_generated(path.name, path.read_bytes()[:HEAD])]
    assert len(left_out) < len(on_disk) / 50
    assert not [one.report.path for one in checked if one.crashed]
    assert sum(one.report.lines for one in checked) > 500_000


def test_only_what_the_parser_refuses_is_a_problem(found: Found, checked: list[Checked]) -> None:
    for file, one in zip(found.files, checked, strict=True):
        if file.path.suffix == ".py":
            assert bool(one.report.problems) == _is_refused(file.path), one.report.problems or file.path
        else:
            assert not one.report.problems


def test_findings_are_those_of_the_snapshot(corpus: Path, found: Found, checked: list[Checked]) -> None:
    """On purpose the snapshot knows no line numbers, messages or columns; advice is only counted."""
    reports = [
        (file.path, finding)
        for file, one in zip(found.files, checked, strict=True)
        for finding in one.report.findings
    ]
    rows = [
        _row(corpus, path, finding.rule, finding.span.line)
        for path, finding in reports
        if finding.severity in {"error", "warning"}
    ]
    counts = _counts([(path.relative_to(corpus).parts[0], finding.rule) for path, finding in reports])
    now = {"counts": counts, "findings": sorted(rows, key=lambda row: tuple(row.values()))}
    written = corpus / SNAPSHOT.name
    written.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    before = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert now == before, f"read the difference; if it is meant: cp {written} {SNAPSHOT}"


def _is_refused(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return True
    return False


def _row(corpus: Path, path: Path, rule: str, line: int) -> dict[str, str]:
    package, *rest = path.relative_to(corpus).parts
    text = path.read_text(encoding="utf-8").split("\n")[line].strip()
    fingerprint = sha256(text.encode()).hexdigest()[:12]
    return {"package": package, "path": "/".join(rest), "rule": rule, "line": fingerprint}


def _counts(found: list[tuple[str, str]]) -> dict[str, Any]:
    """How many findings each rule has in each package."""
    return {
        package: dict(sorted(Counter(rule for where, rule in found if where == package).items()))
        for package in packages()
    }
