"""What names and expressions stand for."""

from __future__ import annotations

import pytest
from tests.python.seeing import seen

from backend_architect.python.values import Instance, Literal, Symbol, Text

SESSION = "requests.Session"

CASES = {
    "import": ("import requests\nsee(requests.get)\n", Symbol("requests.get")),
    "alias": ("import requests as r\nsee(r.get)\n", Symbol("requests.get")),
    "from": ("from requests import get as g\nsee(g)\n", Symbol("requests.get")),
    "dotted": ("import urllib.request\nsee(urllib.request.urlopen)\n", Symbol("urllib.request.urlopen")),
    "relative": ("from .db import engine\nsee(engine)\n", Symbol(".db.engine")),
    "in a function": ("def f():\n    import requests\n    see(requests.get)\n", Symbol("requests.get")),
    "instance": ("import requests\ns = requests.Session()\nsee(s)\n", Instance(SESSION)),
    "method": ("import requests\ns = requests.Session()\nsee(s.get)\n", Symbol(f"{SESSION}.get")),
    "with": ("import requests\nwith requests.Session() as s:\n    see(s)\n", Instance(SESSION)),
    "walrus": ("import requests\nif s := requests.Session():\n    see(s)\n", Instance(SESSION)),
    "parameter": ("import requests\ndef f(s: requests.Session):\n    see(s)\n", Instance(SESSION)),
    "optional": (
        "import requests\ndef f(s: requests.Session | None):\n    see(s)\n",
        Instance(SESSION),
    ),
    "text": ('import requests\ndef f(s: "requests.Session"):\n    see(s)\n', Instance(SESSION)),
    "returned": ("import requests\ndef g() -> requests.Session: ...\nsee(g())\n", Instance(SESSION)),
    "self": (
        (
            "import requests\nclass A:\n    def __init__(self):\n        self.s = requests.Session()\n"
            "    def f(self):\n        see(self.s)\n"
        ),
        Instance(SESSION),
    ),
    "inherited": (
        (
            "import requests\nclass A:\n    def __init__(self):\n        self.s = requests.Session()\n"
            "class B(A):\n    def f(self):\n        see(self.s)\n"
        ),
        Instance(SESSION),
    ),
    "attribute of a class": (
        "import requests\nclass A:\n    s = requests.Session()\nsee(A.s)\n",
        Instance(SESSION),
    ),
    "constant": ("X = 1\nsee(X)\n", Literal(1)),
    "string": ("X = 'a'\nY = X + 'b'\nsee(Y)\n", Text(("a", "b"))),
    "builtin": ("see(open)\n", Symbol("builtins.open")),
    "own function": ("def g(): ...\nsee(g)\n", Symbol(":g")),
    "global": (
        "import requests\ns = None\ndef f():\n    global s\n    s = requests.Session()\nsee(s)\n",
        Instance(SESSION),
    ),
    "final": ("from typing import Final\nX: Final = 1\nsee(X)\n", Literal(1)),
    "declared": (
        "import requests\ns: requests.Session | None = None\ns = other()\nsee(s)\n",
        Instance(SESSION),
    ),
    "given or made": (
        (
            "import requests\nclass A:\n    def __init__(self, s=None):\n"
            "        self.s = s or requests.Session()\n    def f(self):\n        see(self.s)\n"
        ),
        Instance(SESSION),
    ),
    "made unless given": (
        "import requests\ndef f(s=None):\n    t = requests.Session() if s is None else s\n    see(t)\n",
        Instance(SESSION),
    ),
    "closing": (
        "import contextlib, requests\nwith contextlib.closing(requests.Session()) as s:\n    see(s)\n",
        Instance(SESSION),
    ),
    "entered in a stack": (
        (
            "import contextlib, requests\nwith contextlib.ExitStack() as stack:\n"
            "    see(stack.enter_context(requests.Session()))\n"
        ),
        Instance(SESSION),
    ),
    "cast": ("import requests\nfrom typing import cast\nsee(cast(requests.Session, x))\n", Instance(SESSION)),
    "cast to a text": (
        "import requests\nfrom typing import cast\nsee(cast('requests.Session', x))\n",
        Instance(SESSION),
    ),
    "super": (
        ("import requests\nclass A(requests.Session):\n    def get(self, url):\n        see(super().get)\n"),
        Symbol(f"{SESSION}.get"),
    ),
    "entered": (
        (
            "import requests\nclass A:\n    def __enter__(self):\n        return requests.Session()\n"
            "with A() as s:\n    see(s)\n"
        ),
        Instance(SESSION),
    ),
    "entered itself": (
        (
            "from typing import Self\nclass A:\n    async def __aenter__(self) -> Self: ...\n"
            "async def f():\n    async with A() as s:\n        see(s)\n"
        ),
        Instance(":A"),
    ),
    "entered without a word": ("class A: ...\nwith A() as s:\n    see(s)\n", Instance(":A")),
    "generic": (
        (
            "from sqlalchemy.orm import sessionmaker, Session\n"
            "def f(make: sessionmaker[Session]):\n    see(make())\n"
        ),
        Instance("sqlalchemy.orm.Session"),
    ),
    "generic made": (
        (
            "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker\n"
            "make = async_sessionmaker[AsyncSession](engine)\nsee(make())\n"
        ),
        Instance("sqlalchemy.ext.asyncio.AsyncSession"),
    ),
    "a class that is given": (
        "from flask_appbuilder.utils.legacy import get_sqla_class as g\ndb = g()()\nsee(db.session)\n",
        Instance("sqlalchemy.orm.scoped_session"),
    ),
    "one of two functions": (
        (
            "import requests\ntry:\n    from requests import session as make\n"
            "except ImportError:\n    def make():\n        return requests.Session()\nsee(make())\n"
        ),
        Instance(SESSION),
    ),
    "anything, by its annotation": (
        "import requests\nfrom typing import Any\ndef g() -> Any:\n    return requests.Session()\nsee(g())\n",
        Instance(SESSION),
    ),
}
UNKNOWN = {
    "one of two": "import requests, httpx\nsee((a and requests.Session()) or httpx.Client())\n",
    "super of two": (
        "import requests\nclass A(requests.Session, Other):\n    def get(self, url):\n        see(super())\n"
    ),
    "a list": "def f(x: list[int]):\n    see(x)\n",
    "unbound": "see(nothing)\n",
    "parameter without a type": "import requests\ndef f(requests):\n    see(requests.get)\n",
    "bound twice": "import requests\ns = requests.Session()\ns = other()\nsee(s)\n",
    "shadowed": "import requests\ndef f():\n    requests = other()\n    see(requests.get)\n",
    "circle": "a = b\nb = a\nsee(a)\n",
    "call of a circle": "def f():\n    x = x()\n    see(x)\n",
    "star": "from requests import *\nsee(get)\n",
    "element": "import requests\nfor s in sessions:\n    see(s)\n",
}


@pytest.mark.parametrize("case", CASES)
def test_known(case: str):
    text, expected = CASES[case]
    assert seen(text, lambda call, at: at.resolve(call.args[0])) == [expected]


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown(case: str):
    (value,) = seen(UNKNOWN[case], lambda call, at: at.resolve(call.args[0]))
    assert not isinstance(value, Symbol | Instance | Literal | Text)
