"""Functions that a fix adds to a module."""

from __future__ import annotations

import pytest

from backend_architect.cli.repair import apply_edits
from backend_architect.engine.text import split_lines
from backend_architect.fixes.definitions import add_definitions

NEW = "def new():\n    return 1\n"
PLACES = {
    "in front of the first function": "import os\n\n\n|def old():\n    pass\n",
    "in front of its decorators": "|@first\n@second\ndef old():\n    pass\n",
    "in front of its comment": "x = 1\n\n|# why\n# so\ndef old():\n    pass\n",
    "in front of a class": "import os\n\n\n|class Old:\n    def old(self):\n        pass\n",
    "in front of what defines under a condition": "import os\n\n|if os:\n    def old():\n        pass\n",
    "behind what defines nothing": "if x:\n    import os\n\nx = [1]\n\n\n|def old():\n    pass\n",
    "in front of the first that can be read": "|def old():\n    pass\n\n\ndef (broken\n",
    "at the end of a module without any": "import os\n|",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("where", PLACES)
def test_a_function_is_added(where: str, newline: str) -> None:
    before, _, behind = PLACES[where].replace("\n", newline).partition("|")
    text = before + behind
    expected = f"{before}{NEW}\n\n".replace("\r\n", "\n").replace("\n", newline) + behind
    assert apply_edits(text, add_definitions(split_lines(text), [NEW])) == expected
