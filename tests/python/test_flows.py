"""Small programs: request data on its way to where it does harm, or made harmless before it gets there.

Each file of `flows/` begins with what all of its programs import. Behind a line that begins with `===` stands
the name of a program, and in it each sink that request data reaches is marked with its kind: `# hit shell`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.analysis import Analysis
from backend_architect.engine.check import check_text
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.engine.settings import Settings
from backend_architect.engine.text import SourceText
from backend_architect.python.flows.data import KINDS
from backend_architect.python.language import PythonLanguage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

FOLDER = Path(__file__).with_name("flows")
MARK = re.compile(r"# hit ([a-z ]+)$")
MISSES = {
    "guards: a flag that a loop sets": "that two variables belong together is not known where ways meet",
}
"""Programs that are judged wrong, and why."""


def programs() -> Iterator[tuple[str, str]]:
    for file in sorted(FOLDER.glob("*.txt")):
        prelude, *parts = file.read_text(encoding="utf-8").split("=== ")
        for part in parts:
            name, _, program = part.partition("\n")
            yield f"{file.stem}: {name}", f"{prelude}\n{program}"


def cases() -> list[object]:
    return [
        pytest.param(
            text,
            id=name,
            marks=pytest.mark.xfail(reason=MISSES[name], strict=True) if name in MISSES else (),
        )
        for name, text in programs()
    ]


def reached(text: str) -> set[tuple[int, str]]:
    """The lines and the kinds of the sinks that request data reaches."""
    found: set[tuple[int, str]] = set()

    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        first = at.view.parsed.shift
        assert first >= 0
        for kind in KINDS:
            found.update((_line(at, call), kind) for _ in at.sinks(call, kind))
        return iter(())

    rule = Rule("seen", "security", "hint", detector(on=ast.Call)(detect))
    analysis = Analysis(PythonLanguage("postgres"), text, RuleTable((rule,)))
    starts = {id(block.content): start for start, block in analysis.document.blocks()}

    def _line(at: Place, call: ast.Call) -> int:
        return starts[id(at.view.parsed)] + call.lineno - at.view.parsed.shift

    analysis.refresh()
    assert not list(analysis.failures())
    return found


def marked(text: str) -> set[tuple[int, str]]:
    """The same, as the marks say."""
    return {
        (number, kind)
        for number, line in enumerate(text.splitlines(), 1)
        if (mark := MARK.search(line))
        for kind in mark[1].split()
    }


@pytest.mark.parametrize("text", cases())
def test_request_data_reaches_what_it_is_said_to_reach(text: str) -> None:
    ast.parse(text)
    assert reached(text) == marked(text)


def test_there_are_enough_programs_and_many_of_them_are_harmless() -> None:
    texts = [text for _, text in programs()]
    harmless = [text for text in texts if not marked(text)]
    assert len(texts) >= 300
    assert len(harmless) * 5 >= len(texts) * 2


HANDLER = """
from flask import Flask, request
import os

app = Flask(__name__)


def command(text):
    return "echo " + text


def other(text):
    return text


@app.get("/")
def view():
    os.system(command(request.args["q"]))
"""


def test_who_calls_a_helper_is_asked_again_when_its_body_changes() -> None:
    asked: list[int] = []

    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        asked.append(call.lineno)
        for use in at.sinks(call, "shell"):
            yield at.finding(use.argument, use.source.text)

    rule = Rule("seen", "security", "hint", detector(on=ast.Call)(detect))
    analysis = Analysis(PythonLanguage("postgres"), HANDLER, RuleTable((rule,)))

    def messages_after(old: str, new: str) -> list[str]:
        text = analysis.document.text
        start = text.index(old)
        analysis.document.edit(SourceText(text).span(start, start + len(old)), new)
        asked.clear()
        analysis.refresh()
        return [finding.message for _, _, findings in analysis.findings() for finding in findings]

    assert messages_after("def view():", "def view():") == ["`request.args`"]
    assert messages_after('"echo " + text', '"echo %d" % int(text)') == []
    assert messages_after("return text", "return text + text") == []
    assert not asked, "nobody who is asked reads that function"
    assert messages_after('"echo %d" % int(text)', "other(text)") == ["`request.args`"]
    assert messages_after("return text + text", "return len(text)") == []


def test_a_method_of_an_unknown_text_gives_no_constant() -> None:
    text = (
        "import sqlite3\n\n\ndef find(db: sqlite3.Connection, name: str):\n"
        "    return db.execute(f\"SELECT id FROM users WHERE name = '{name.strip()}'\")\n"
    )
    settings = Settings(select=frozenset({"sql-built-from-strings"}))
    assert len(check_text("shop/find.py", text, settings).findings) == 1
