"""What settings are by default, under which names values end up, and what is in dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from seeing import seen

from backend_architect.python.bearing import names_borne
from backend_architect.python.configuration import where_unset
from backend_architect.python.entries import entries_of
from backend_architect.python.place import NO_CONSTANT

if TYPE_CHECKING:
    import ast

    from backend_architect.python.place import Place


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("os.environ.get('DEBUG', 'True') == 'True'", True),
        ("os.environ.get('DEBUG', 'False') == 'True'", False),
        ("os.getenv('DEBUG')", None),
        ("os.getenv('DEBUG', 'yes').lower() in ('1', 'yes')", True),
        ("os.getenv('DEBUG', '') not in ['1']", True),
        ("bool(int(os.environ.get('DEBUG', 1)))", True),
        ("bool(os.environ.get('DEBUG', 'False'))", True),
        ("not os.environ.get('PRODUCTION')", True),
        ("env.bool('DEBUG', default=False)", False),
        ("env.bool('DEBUG', 'no')", False),
        ("config('DEBUG', default='1', cast=bool)", True),
        ("get_bool_from_env('DEBUG', True)", True),
        ("strtobool(os.environ.get('DEBUG', 'on'))", True),
        ("os.environ.get('DEBUG', given)", NO_CONSTANT),
        ("int(os.environ.get('DEBUG', 'x'))", NO_CONSTANT),
        ("mapping.get('DEBUG', True)", NO_CONSTANT),
        ("given", NO_CONSTANT),
    ],
)
def test_where_nothing_is_set(written: str, value: object) -> None:
    imports = "import os\nfrom environ import env\nfrom decouple import config\n"
    text = f"{imports}def f(given, mapping):\n    see({written})\n"
    assert seen(text, lambda call, at: where_unset(call.args[0], at)) == [value]


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("token = see()", ["token"]),
        ("token: str = ''.join(see() for _ in range(3))", ["token"]),
        ("self.token = str(see())", ["token"]),
        ("row['token'] = see()", ["token", "row"]),
        ("token += letters[see()]", ["token"]),
        ("token.append(see())", ["token"]),
        ("save(token=see())", ["token"]),
        ("save({'token': see(), 'other': 1})", ["token"]),
        ("return see()", ["reset_token"]),
        ("code = see()\n    return code", ["code", "reset_token"]),
        ("code = see()\n    return 1", ["code"]),
        ("ask(token, see())", []),
        ("sorted(token, key=see())", []),
        ("if token == see(): pass", []),
    ],
)
def test_names_that_a_value_is_given(statement: str, names: list[str]) -> None:
    text = f"def make_reset_token(self, row, token, letters):\n    {statement}\n"
    assert seen(text, lambda call, at: list(names_borne(call, at))) == [names]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("see({'a': 1, 'b': 2})", {"a", "b"}),
        ("see(dict(a=1, **{'b': 2}))", {"a", "b"}),
        ("see({**{'a': 1}, 'b': 2})", {"a", "b"}),
        ("see({'a': 1} | {'b': 2})", {"a", "b"}),
        ("d = {'a': 1}\n    d['b'] = 2\n    see(d)", {"a", "b"}),
        ("d = {'a': 1}\n    d.update(b=2)\n    see(d.copy())", {"a", "b"}),
        ("d = {'a': 1}\n    d.update({'b': 2})\n    d.setdefault('c', 3)\n    see(d)", {"a", "b", "c"}),
        ("d = {'a': 1}\n    d |= {'b': 2}\n    see(d)", {"a", "b"}),
        ("d = {}\n    print(d)\n    see(d)", frozenset[str]()),
        ("d = {'a': 1}\n    d.update(given)\n    see(d)", None),
        ("d = {'a': 1}\n    d[given] = 1\n    see(d)", None),
        ("d = {'a': 1}\n    complete(d)\n    see(d)", None),
        ("see({**given})", None),
        ("see(given)", None),
        ("d = given\n    see(d)", None),
    ],
)
def test_keys_of_a_dictionary(body: str, keys: set[str] | None) -> None:
    def complete(call: ast.Call, at: Place) -> set[str] | None:
        entries = entries_of(call.args[0], at)
        return set(entries.values) if entries is not None and entries.complete else None

    assert seen(f"def f(given):\n    {body}\n", complete) == [keys]
