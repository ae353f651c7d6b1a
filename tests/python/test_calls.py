"""Arguments are added in the layout of the call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from tests.python.seeing import seen

from backend_architect.fixes.calls import add_keyword, append_argument

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place


def applied(text: str, edit: Edit | None) -> str | None:
    if edit is None:
        return None
    lines = text.splitlines(keepends=True)
    span = edit.span
    start = sum(map(len, lines[: span.line])) + span.column
    end = sum(map(len, lines[: span.end_line])) + span.end_column
    return text[:start] + edit.text + text[end:]


def appended(text: str) -> str | None:
    def look(call: ast.Call, at: Place) -> str | None:
        return applied(text, append_argument(call, "new", at))

    return seen(text, look)[0]


LAYOUTS = {
    "see()": "see(new)",
    "see( )": "see( new)",
    "see(a)": "see(a, new)",
    "see(a,)": "see(a, new)",
    "see(a, b=1)": "see(a, b=1, new)",
    "see((a))": "see((a), new)",
    "see(a, ((b)))": "see(a, ((b)), new)",
    "see(*a, **b)": "see(*a, **b, new)",
    "see('é', a)": "see('é', a, new)",
    "see(f(a))": "see(f(a), new)",
    "see([x for x in a])": "see([x for x in a], new)",
    "see(\n    a,\n    b,\n)": "see(\n    a,\n    b,\n    new,\n)",
    "see(\r\n    a,\r\n)": "see(\r\n    a,\r\n    new,\r\n)",
    "see(\n    a,  # why, (really)\n)": "see(\n    a,  # why, (really)\n    new,\n)",
    "see(\n    a, b)": "see(\n    a, b, new)",
    "see(a,\n    b)": "see(a,\n    b, new)",
    "see(\n    a  # why\n)": "see(\n    a,  # why\n    new\n)",
    "see(\n    a\n)": "see(\n    a,\n    new\n)",
    "see(x for x in a)": None,
    "see((x for x in a))": "see((x for x in a), new)",
}


@pytest.mark.parametrize("text", LAYOUTS, ids=ascii)
def test_append(text: str):
    fixed = appended(text)
    assert fixed == LAYOUTS[text]
    if fixed is not None:
        given = ast.parse(fixed.replace("new", "**new")).body[0].value
        before = ast.parse(text).body[0].value
        assert len(given.args) + len(given.keywords) == len(before.args) + len(before.keywords) + 1


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("see(a)", "see(a, k=1)"),
        ("see(k=None)", "see(k=1)"),
        ("see(k=(\n    None\n), a=2)", "see(k=(\n    1\n), a=2)"),
        ("see('é', k=None)", "see('é', k=1)"),
    ],
)
def test_keyword(text: str, fixed: str):
    assert seen(text, lambda call, at: applied(text, add_keyword(call, "k", "1", at))) == [fixed]
