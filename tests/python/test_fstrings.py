"""F-strings of Python 3.12 are read by every interpreter, and all their nodes keep their places."""

from __future__ import annotations

import ast

import pytest

from backend_architect.python.fstrings import read_newer
from backend_architect.python.syntax import Unreadable, parse, parsed


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("f'{', '.join(x)} of'", "f'{\", \".join(x)} of'"),
        ("f'{e['uid']}{e[\"a\"]!r:>{w['k']}}'", 'f\'{e["uid"]}{e["a"]!r:>{w["k"]}}\''),
        ("f'{x['a']=}'", None),
        ("a = f'é{d['ü']}' + str(é)", "a = f'é{d[\"ü\"]}' + str(é)"),
        ("f'{{' f'{{{d['k']}}}' '{'", "f'{{' f'{{{d[\"k\"]}}}' '{'"),
        ("x = 'f\"{' # f'{'\ny = f'{z['a'] if z != 'b' else {'c': 1}['c']}'", None),
        ("f'{f'{f'{1}'}'}'", None),
        ("f'{'\\n'.join(f'{n:>{'9'}}' for n in y)}'", None),
        ("f'''{d['''k''']}\n{d[\n'''l'''\n]}'''\nz", None),
    ],
)
def test_reads_newer_fstrings(newer: str, older: str | None) -> None:
    tree = parse(newer)
    assert isinstance(tree, ast.Module)
    joined = read_newer(newer, parsed)
    assert joined is not None
    assert ast.unparse(joined) == ast.unparse(tree)
    if older is not None:
        assert ast.dump(joined, include_attributes=True) == ast.dump(
            ast.parse(older), include_attributes=True
        )


@pytest.mark.parametrize("text", ["f'{'", "f'{x'", "f'{a['b'}'", "def f(:\n  f'{a['b']}'", "f'{x!}'", "f'a"])
def test_leaves_errors_alone(text: str) -> None:
    assert isinstance(parse(text), Unreadable)
