"""The programs about the shops, what is found in them, and what the remedies make of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cards.fences import PROJECT_RULES, applied, project_of

from backend_architect.project.picture import found_in

if TYPE_CHECKING:
    from backend_architect.engine.findings import Finding
    from backend_architect.engine.project import Project

PROGRAMS = Path(__file__).with_name("programs")
SHARED = ("models", "helpers")
RULES = [rule for rule in PROJECT_RULES if rule.id in {"query-in-loop", "lazy-load-in-async-session"}]

WITHOUT_FIX = "_without_fix"
"""The end of the names of programs that nothing repairs."""


@dataclass(frozen=True)
class Programs:
    """The functions of a file, each of which is a program."""

    kind: str
    """With what they are run."""
    folder: str
    name: str

    def __str__(self) -> str:
        return f"{self.folder}-{self.name}"

    @property
    def path(self) -> str:
        return f"shop/{self.name}.py"

    def texts(self) -> dict[str, str]:
        files = ((name, PROGRAMS / self.folder / f"{name}.py") for name in (*SHARED, self.name))
        return {f"shop/{name}.py": file.read_text(encoding="utf-8") for name, file in files if file.exists()}


FOUND = [
    Programs("sqlalchemy", "alchemy", "found"),
    Programs("async", "alchemy", "found_async"),
    Programs("sqlalchemy", "sqlmodel", "found"),
    Programs("django", "django", "found"),
]
SILENT = [
    Programs("sqlalchemy", "alchemy", "silent"),
    Programs("async", "alchemy", "silent_async"),
    Programs("sqlalchemy", "sqlmodel", "silent"),
    Programs("django", "django", "silent"),
]


def findings_in(project: Project) -> dict[str, list[Finding]]:
    """What the two rules say, by the paths of the files."""
    found, problems = found_in(project, RULES)
    assert not problems, problems
    return found


@cache
def findings_of(programs: Programs) -> dict[str, list[Finding]]:
    """The findings in each function of a file."""
    texts = programs.texts()
    functions = [
        node
        for node in ast.parse(texts[programs.path]).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = findings_in(project_of(texts))
    assert set(found) <= {programs.path}, "a finding stands where the loop is"
    listed = found.get(programs.path, [])
    return {
        node.name: [one for one in listed if node.lineno <= one.span.line + 1 <= (node.end_lineno or 0)]
        for node in functions
    }


@cache
def repaired(programs: Programs) -> dict[str, str]:
    """The files after all remedies, taken one after another."""
    texts = programs.texts()
    for _ in range(100):
        project = project_of(texts)
        remedies = [one.remedy for some in findings_in(project).values() for one in some if one.remedy]
        if not remedies:
            return texts
        for path, edits in remedies[0].plan.changes(project).edits.items():
            texts[path] = applied(edits, texts[path])
    raise AssertionError("the remedies find no end")
