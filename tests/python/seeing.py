"""Looks at the arguments of calls of `see` in a text, as a detector does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeVar

from backend_architect.engine.analysis import Analysis
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.python.language import PythonLanguage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

T = TypeVar("T")


def seen(text: str, look: Callable[[ast.Call, Place], T]) -> list[T]:
    """What `look` gives for each call of `see`, or of a method `see`, in the order in which they stand."""
    results: list[tuple[int, T]] = []

    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "see":
            results.append((call.lineno, look(call, at)))
        return iter(())

    rule = Rule("seen", "api", "hint", detector(on=ast.Call)(detect))
    analysis = Analysis(PythonLanguage("postgres"), text, RuleTable((rule,)))
    analysis.refresh()
    assert not list(analysis.failures())
    return [result for _, result in results]
