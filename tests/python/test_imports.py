"""Imports are added where they belong."""

from __future__ import annotations

import pytest

from backend_architect.cli.repair import apply_edits
from backend_architect.engine.text import split_lines
from backend_architect.fixes.imports import add_imports

CASES = {
    "empty": ("", "import asyncio\n"),
    "code": ("x = 1\n", "import asyncio\n\nx = 1\n"),
    "docstring": ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nimport asyncio\n\nx = 1\n'),
    "docstring only": ('"""Doc."""\n', '"""Doc."""\n\nimport asyncio\n'),
    "docstring without line end": ('"""Doc."""', '"""Doc."""\n\nimport asyncio\n'),
    "shebang": (
        "#!/usr/bin/env python\n# coding: utf-8\nx = 1\n",
        "#!/usr/bin/env python\n# coding: utf-8\nimport asyncio\n\nx = 1\n",
    ),
    "future": (
        "from __future__ import annotations\n\nx = 1\n",
        "from __future__ import annotations\n\nimport asyncio\n\nx = 1\n",
    ),
    "standard library": ("import abc\nimport json\n", "import abc\nimport asyncio\nimport json\n"),
    "behind all": ("import abc\n\nx = 1\n", "import abc\nimport asyncio\n\nx = 1\n"),
    "no line end": ("import abc", "import abc\nimport asyncio\n"),
    "before others": ("import httpx\n", "import asyncio\n\nimport httpx\n"),
    "before the project": ("from . import db\n", "import asyncio\n\nfrom . import db\n"),
    "between": (
        "from __future__ import annotations\n\nimport httpx\n",
        "from __future__ import annotations\n\nimport asyncio\n\nimport httpx\n",
    ),
    "several lines": (
        "import abc\nfrom json import (\n    dumps,\n    loads,\n)\n",
        "import abc\nimport asyncio\nfrom json import (\n    dumps,\n    loads,\n)\n",
    ),
    "present": ("import asyncio\n", "import asyncio\n"),
    "broken below": ("import abc\n\ndef f(:\n", "import abc\nimport asyncio\n\ndef f(:\n"),
    "CRLF": ("import abc\r\nx = 1\r\n", "import abc\r\nimport asyncio\r\nx = 1\r\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_import(case: str):
    text, expected = CASES[case]
    fixed = apply_edits(text, add_imports(split_lines(text), ["import asyncio"]))
    assert fixed == expected


@pytest.mark.parametrize(
    ("text", "statement", "expected"),
    [
        ("from a import b\n", "from a import b", "from a import b\n"),
        ("from a import b, c\n", "from a import c", "from a import b, c\n"),
        ("from a import b as c\n", "from a import b", "from a import b as c\nfrom a import b\n"),
        ("from a import b, d\n", "from a import c, e", "from a import b, c, d, e\n"),
        ("from a import B, c, D\n", "from a import d2", "from a import B, c, D, d2\n"),
        ("from a import c\n", "from a import a, b", "from a import a, b, c\n"),
        (
            "from .a import (\n    b,\n)\n",
            "from a import c",
            "from a import c\n\nfrom .a import (\n    b,\n)\n",
        ),
        (
            "from a import (\n    b,\n    d,\n)\n",
            "from a import c, e",
            "from a import (\n    b,\n    c,\n    d,\n    e,\n)\n",
        ),
        (
            "from a import (\r\n\tb,\r\n)\r\n",
            "from a import a",
            "from a import (\r\n\ta,\r\n\tb,\r\n)\r\n",
        ),
        ("import asyncio as a\n", "import asyncio", "import asyncio as a\nimport asyncio\n"),
        ("import a, asyncio\n", "import asyncio", "import a, asyncio\n"),
        (
            "import abc\n\ntry:\n    import httpx\nexcept ImportError:\n    abc.give_up()\n",
            "import httpx",
            "import abc\n\ntry:\n    import httpx\nexcept ImportError:\n    abc.give_up()\n",
        ),
    ],
)
def test_what_is_there_is_not_added(text: str, statement: str, expected: str):
    fixed = apply_edits(text, add_imports(split_lines(text), [statement]))
    assert fixed == expected
