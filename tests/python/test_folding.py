"""The text that a string expression builds; a hole is shown as its source between angle brackets."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from tests.python.seeing import seen

from backend_architect.python.folded import Chunk

if TYPE_CHECKING:
    from backend_architect.python.place import Place


def shown(call: ast.Call, at: Place) -> str | None:
    folded = at.fold(call.args[0])
    if folded is None:
        return None
    parts = (p.text if isinstance(p, Chunk) else f"<{ast.unparse(p.node)}>" for p in folded.parts)
    return "".join(parts) + "?" * folded.ambiguous


def folded(*lines: str) -> str | None:
    """What the last line, an expression in a function, builds after the lines above it."""
    *above, last = lines
    body = "".join(f"    {line}\n" for line in [*above, f"see({last})"])
    (result,) = seen(f"TABLE = 'users'\nLIMIT = 5\ndef f(x, y):\n{body}", shown)
    return result


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a' 'b'", "ab"),
        ("'a' + x", "a<x>"),
        ("x + 'a' + y", "<x>a<y>"),
        ("'a' + TABLE", "ausers"),
        ("f'a{x}b{TABLE}{LIMIT}'", "a<x>busers5"),
        ("f'{x!r}{{}}{y:>{LIMIT}}'", "<x>{}<y>"),
        ("f'{x}' 'b' f'{y}'", "<x>b<y>"),
        ("'%s and %d %%' % (x, y)", "<x> and <y> %"),
        ("'%(a)s' % {'a': x}", "<x>"),
        ("'%s' % TABLE", "users"),
        ("'{} {}'.format(x, TABLE)", "<x> users"),
        ("'{1}{0}{a}{{}}'.format(x, y, a=LIMIT)", "<y><x>5{}"),
        ("', '.join(['a', x, 'b'])", "a, <x>, b"),
        ("','.join('?' for _ in x)", "?"),
        ("' a '.strip()", " a "),
        ("'a' if x else 'b'", "a"),
        ("'a' + x if x else 'b'", "a<x>?"),
        ("x", None),
        ("x + y", None),
        ("g('a')", None),
        ("b'a'", None),
        ("'a\\x62\\n\\N{BULLET}'", "ab\n•"),
        (" + ".join(["'a'"] * 200), "a" * 200),
    ],
)
def test_expression(expression: str, expected: str | None):
    assert folded(expression) == expected


def test_names():
    assert folded("q = 'a'", "q += x", "q += 'b'", "q") == "a<x>b"
    assert folded("q = 'a'", "p = q + x", "q = 'b'", "p") == "a<x>"
    assert folded("q = 'a'", "if x: q = 'a' + y", "q") == "a<y>?"
    assert folded("for t in ('a', 'b'): pass", "'drop ' + t") == "drop a"
    assert folded("q = q + 'a'", "q") in {None, "<q>a"}
