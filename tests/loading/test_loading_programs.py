"""What is found in programs; `tests/servers/test_eager_loading.py` runs the same ones."""

from __future__ import annotations

import ast

import pytest
from tests.cards.fences import project_of
from tests.loading.shops import FOUND, SILENT, WITHOUT_FIX, Programs, findings_in, findings_of, repaired


@pytest.mark.parametrize("programs", FOUND, ids=str)
def test_each_has_a_finding(programs: Programs) -> None:
    rule = "lazy-load-in-async-session" if programs.kind == "async" else "query-in-loop"
    found = findings_of(programs)
    assert [name for name, some in found.items() if not some] == []
    assert {one.rule for some in found.values() for one in some} == {rule}


@pytest.mark.parametrize("programs", SILENT, ids=str)
def test_the_others_have_none(programs: Programs) -> None:
    assert {name: some for name, some in findings_of(programs).items() if some} == {}


@pytest.mark.parametrize("programs", FOUND, ids=str)
def test_what_can_be_repaired_is_silent_then(programs: Programs) -> None:
    texts = repaired(programs)
    left = {one.span.line + 1 for one in findings_in(project_of(texts)).get(programs.path, [])}
    functions = [one for one in ast.parse(texts[programs.path]).body if hasattr(one, "name")]
    named = {one.name for one in functions for line in left if one.lineno <= line <= one.end_lineno}
    assert named == {one.name for one in functions if one.name.endswith(WITHOUT_FIX)}


def test_there_are_enough_of_them() -> None:
    assert sum(len(findings_of(one)) for one in FOUND) >= 40
    assert sum(len(findings_of(one)) for one in SILENT) >= 40
