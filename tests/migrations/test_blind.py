"""Cases that were written before anybody looked at what the rules do, so that they fit none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from blind.cases import cases
from runners import heard

if TYPE_CHECKING:
    from blind.cases import Case

RULES: Final = {
    "backfill": "backfill-with-schema-change",
    "check": "check-validated-at-once",
    "concurrently-in-transaction": "concurrently-in-transaction",
    "detach": "detach-blocking",
    "drop": "drop-in-use",
    "drop-index": "drop-index-blocking",
    "exclude": "unique-constraint-builds-index",
    "fk": "foreign-key-validated-at-once",
    "heads": "multiple-heads",
    "index": "index-without-concurrently",
    "no-downgrade": "migration-without-downgrade",
    "not-null": "not-null-on-existing-column",
    "refresh": "refresh-blocking",
    "reindex": "reindex-blocking",
    "rename": "rename-in-place",
    "required-column": "required-column-without-default",
    "rewrite": "table-rewritten-in-place",
    "truncate-cascade": "truncate-cascade",
    "type-change": "type-change-rewrites-table",
    "unique": "unique-constraint-builds-index",
    "validate-together": "validate-in-same-transaction",
    "volatile-default": "column-default-rewrites-table",
}
"""The rule that a kind of problem is to be found by."""

DISAGREEMENTS: Final = {
    "dj-runpython-direct-import": "no rule looks at the imports of migrations",
    "sql-rename-schema": "schemas are not followed as tables are",
    "sql-drop-schema": "schemas are not followed as tables are",
}
"""Cases in which the rules say something else, and why that stays so for now."""


def _params(*, problems: bool) -> list[object]:
    return [
        pytest.param(
            case,
            id=case.id,
            marks=[pytest.mark.xfail(reason=DISAGREEMENTS[case.id], strict=True)]
            if case.id in DISAGREEMENTS
            else [],
        )
        for case in cases()
        if bool(case.kind) == problems
    ]


@pytest.mark.parametrize("case", _params(problems=True))
def test_a_problem_is_found(case: Case) -> None:
    assert RULES.get(case.kind) in heard(case.files, case.dialect)


@pytest.mark.parametrize("case", _params(problems=False))
def test_what_is_harmless_is_let_pass(case: Case) -> None:
    assert heard(case.files, case.dialect) == []
