"""Elements are put into lists and tuples in their layout."""

from __future__ import annotations

import ast

import pytest

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.displays import add_element
from backend_architect.indexing.python_file import PythonFile

LONG = "a" * 40


def added(text: str, *, ahead: bool = False) -> str:
    file = PythonFile("a.py", text)
    (statement,) = file.body
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.List | ast.Tuple)
    return apply_edits(text, add_element(statement.value, lambda _: "new", file, ahead=ahead))


BEHIND = {
    "x = []\n": "x = [\n    new,\n]\n",
    "x = ()\n": "x = (\n    new,\n)\n",
    "x = [a]\n": "x = [a, new]\n",
    "x = (a,)\n": "x = (a, new)\n",
    "x = [(a), b]  # why\n": "x = [(a), b, new]  # why\n",
    "x = [\n    a,\n]\n": "x = [\n    a,\n    new,\n]\n",
    "x = [\n    a,  # why, b\n    # c\n]\n": "x = [\n    a,  # why, b\n    new,\n    # c\n]\n",
    "x = [a, (b)]\n": "x = [a, (b), new]\n",
    "x = [\n    a  # why\n]\n": "x = [\n    a,  # why\n    new\n]\n",
    "x = [\r\n    f(\r\n        a\r\n    ),\r\n]\r\n": (
        "x = [\r\n    f(\r\n        a\r\n    ),\r\n    new,\r\n]\r\n"
    ),
    f"x = [{LONG}, {LONG}]\n": f"x = [\n    {LONG},\n    {LONG},\n    new,\n]\n",
    "x = [f(\n    a\n)]\n": "x = [\n    f(\n        a\n    ),\n    new,\n]\n",
    "x = [a,\n     b, c]\n": "x = [\n    a,\n    b,\n    c,\n    new,\n]\n",
}
AHEAD = {
    "x = (a, {})\n": "x = (a, new, {})\n",
    "x = ({},)\n": "x = (new, {},)\n",
    "x = (\n    a,\n    # why\n    {},\n)\n": "x = (\n    a,\n    # why\n    new,\n    {},\n)\n",
    f"x = ({LONG}, {LONG}, {{}})\n": f"x = (\n    {LONG},\n    {LONG},\n    new,\n    {{}},\n)\n",
}


@pytest.mark.parametrize("text", BEHIND, ids=ascii)
def test_behind_the_last(text: str):
    assert added(text) == BEHIND[text]


@pytest.mark.parametrize("text", AHEAD, ids=ascii)
def test_ahead_of_the_last(text: str):
    assert added(text, ahead=True) == AHEAD[text]


@pytest.mark.parametrize(
    "text",
    [
        "x = a, b\n",
        "x = [\n    # none\n]\n",
        "x = [a,  # why\n     b, c]\n",
        f"x = [(a), {LONG}, {LONG}]\n",
        'x = [f("""\n"""), a]\n',
        "x = [\n    (a)  # why\n]\n",
    ],
    ids=ascii,
)
def test_it_is_not_split_where_that_is_not_certain(text: str):
    with pytest.raises(UnwritableError):
        added(text)


@pytest.mark.parametrize(
    "text", ["x = (a, ({}))\n", "x = (\n    a,\n    (\n        {}\n    ),\n)\n"], ids=ascii
)
def test_nothing_gets_into_other_parentheses(text: str):
    with pytest.raises(UnwritableError, match="parentheses"):
        added(text, ahead=True)
