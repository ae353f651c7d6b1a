"""What is said about Python that this interpreter does not read."""

from __future__ import annotations

import sys

import pytest

from backend_architect.engine.document import Document
from backend_architect.python.syntax import PythonSyntax
from backend_architect.python.unread import problems_of


def problem(text: str) -> str:
    return " ".join(problems_of("shop/orders.py", Document(PythonSyntax(), text)))


def test_python_2_is_not_taken_for_a_newer_python() -> None:
    text = "try:\n    total = 1\nexcept ValueError, error:\n    total = 0\n"
    if sys.version_info >= (3, 14):
        assert not problem(text)
    else:
        assert "not valid Python" in problem(text)
        assert "newer" not in problem(text)


@pytest.mark.parametrize("names", ["ValueError, TypeError", "socket.timeout, socket.error"])
def test_a_newer_python_is_named(names: str) -> None:
    text = f"try:\n    total = 1\nexcept {names}:\n    total = 0\n"
    assert ("written for a newer Python" in problem(text)) == (sys.version_info < (3, 14))


@pytest.mark.parametrize("text", ["x = " + "(" * 2_000 + ")" * 2_000, "x = " + "[" * 2_000, "x = '\0'"])
def test_no_python_reads_what_is_too_deep_or_binary(text: str) -> None:
    assert "not valid Python" in problem(text)
