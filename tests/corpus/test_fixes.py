"""Every fix and refactoring that is offered on six real backends: what it leaves is as good as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpus.conftest import packages
from tests.corpus.fixing import Tried, jobs_below, try_fixes, try_refactorings

from backend_architect.cli.run import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_fixes_leave_code_that_is_as_good_as_before(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    total = Tried()
    jobs, size = jobs_below([corpus / package for package in packages()])
    for tried in run(try_fixes, jobs, size, None):
        total.add(tried)
    with capsys.disabled():
        print(f"\n{total}")
    assert not total.failures, "\n".join(total.failures)
    assert total.fixes.total() > 500
    assert total.together.total() > 500


def test_refactorings_leave_code_that_is_as_good_as_before(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    total = Tried()
    jobs, size = jobs_below([corpus / package for package in packages()])
    for tried in run(try_refactorings, jobs, size, None):
        total.add(tried)
    with capsys.disabled():
        print(f"\n{total}")
    assert not total.failures, "\n".join(total.failures)
    assert total.fixes.total() > 30
