"""What an edit makes the rules look at again, and what is kept while a text does not parse."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from backend_architect.engine.analysis import Analysis
from backend_architect.engine.check import check_text, reporter_for, rules_for, start
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.engine.settings import Settings
from backend_architect.engine.text import SourceText
from backend_architect.lsp.documents import OpenDocument
from backend_architect.lsp.positions import Encoding
from backend_architect.python.language import PythonLanguage
from backend_architect.python.values import Instance, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from backend_architect.engine.findings import Finding, Span
    from backend_architect.python.place import Place

TIMEOUT = "http-call-without-timeout"


class Watcher:
    """An analysis with one rule, which notes what each call of `see` is given, and when it looks."""

    def __init__(self, text: str) -> None:
        self.seen: list[str] = []
        rule = Rule("seen", "api", "hint", detector(on=ast.Call)(self._detect))
        self.analysis = Analysis(PythonLanguage("postgres"), text, RuleTable((rule,)))
        self.analysis.refresh()

    def _detect(self, call: ast.Call, at: Place) -> Iterator[Finding]:
        if isinstance(call.func, ast.Name) and call.func.id == "see":
            value = at.resolve(call.args[0])
            known = value.constant if isinstance(value, Text) else getattr(value, "path", None)
            shown = value.type if isinstance(value, Instance) else str(known)
            self.seen.append(f"{ast.unparse(call.args[0])}: {shown}")
            yield at.finding(call, shown)

    def edit(self, old: str, new: str) -> list[str]:
        """What the rule looks at after the first place with a text was changed."""
        source = SourceText(self.analysis.document.text)
        at = source.text.index(old)
        self.analysis.document.edit(source.span(at, at + len(old)), new)
        self.seen.clear()
        self.analysis.refresh()
        return sorted(self.seen)

    def messages(self) -> list[tuple[int, str]]:
        """The lines of all findings, and what they say."""
        return [
            (start + one.span.line, one.message)
            for start, _, findings in self.analysis.findings()
            for one in findings
        ]


MODULE = """\
import requests as r
from app import settings

NAME = "shop"
URL = "https://" + NAME


class Client:
    def __init__(self):
        self.http = r.Session()

    def get(self):
        see(self.http)


def one():
    see(r)


def two():
    see(NAME)


def three():
    see(URL)


def four():
    x = 1
"""


class TestNames:
    def test_of_other_blocks(self):
        assert sorted(Watcher(MODULE).seen) == [
            "NAME: shop",
            "URL: https://shop",
            "r: requests",
            "self.http: requests.Session",
        ]

    def test_an_edit_looks_at_its_block_only(self):
        assert Watcher(MODULE).edit("x = 1", "see(r)") == ["r: requests"]
        assert Watcher(MODULE).edit("x = 1", "x = 2") == []
        assert Watcher(MODULE).edit("\n\n\ndef four", "\n\n\n\n# moved\n\ndef four") == []

    def test_another_import_concerns_its_readers(self):
        assert Watcher(MODULE).edit("requests as r", "httpx as r") == ["r: httpx", "self.http: httpx.Session"]
        assert Watcher(MODULE).edit("from app import settings", "from app import config") == []

    def test_a_lost_import_concerns_its_readers(self):
        assert Watcher(MODULE).edit("requests as r", "requests as q") == ["r: None", "self.http: None"]

    def test_another_constant_concerns_all_that_rests_on_it(self):
        assert Watcher(MODULE).edit('"shop"', '"bank"') == ["NAME: bank", "URL: https://bank"]
        assert Watcher(MODULE).edit('"https://"', '"http://"') == ["URL: http://shop"]

    def test_a_second_binding_makes_a_name_unknown(self):
        assert Watcher(MODULE).edit("NAME =", "NAME = 1\nNAME =") == ["NAME: None", "URL: None"]

    def test_the_same_said_otherwise_concerns_nobody(self):
        assert Watcher(MODULE).edit('NAME = "shop"', "NAME = 'shop'  # a comment") == []
        assert Watcher(MODULE).edit('NAME = "shop"', "\nNAME = (\n    'shop'\n)") == []


def large(methods: int = 20) -> str:
    filling = "".join(f"    def m{number}(self):\n        return {number}\n\n" for number in range(methods))
    init = "    def __init__(self):\n        self.http = requests.Session()\n\n"
    return (
        f"import requests\n\n\nclass Shop(Base):\n{init}{filling}"
        "    def get(self):\n        see(self.http)\n\n    def put(self):\n        see(self.put)\n"
    )


class TestMembers:
    def test_know_the_attributes_of_the_others(self):
        assert "self.http: requests.Session" in Watcher(large()).seen

    def test_another_attribute_concerns_its_readers(self):
        watcher = Watcher(large())
        assert watcher.edit("requests.Session", "requests.Other") == ["self.http: requests.Other"]
        assert watcher.edit("return 7", "return 8") == []

    def test_another_name_of_the_class_concerns_its_members(self):
        watcher = Watcher(large())
        assert [one.partition(":")[0] for one in watcher.edit("Shop", "Store")] == ["self.http", "self.put"]
        assert next(message for _, message in watcher.messages()) == "requests.Session"

    def test_the_same_class_below_the_limit_says_the_same(self):
        assert sorted(Watcher(large(1)).seen) == sorted(Watcher(large()).seen)


class TestBroken:
    def test_findings_stay_and_move(self):
        watcher = Watcher(MODULE)
        before = watcher.messages()
        assert watcher.edit("see(NAME)", "see(NAME))") == []
        assert watcher.messages() == before
        assert watcher.edit("import requests as r", "\n\nimport requests as r") == []
        assert watcher.messages() == [(line + 2, message) for line, message in before]

    def test_findings_of_deleted_lines_go(self):
        watcher = Watcher(MODULE)
        watcher.edit("    see(NAME)\n\n\ndef three():\n    see(URL)\n", "    (\n")
        assert "https://shop" not in [message for _, message in watcher.messages()]

    def test_names_stay_bound(self):
        watcher = Watcher(MODULE)
        assert watcher.edit("import requests as r", "import requests as r(") == []
        assert watcher.edit('NAME = "shop"', 'NAME = "shop') == []
        assert "requests.Session" in [message for _, message in watcher.messages()]

    def test_other_blocks_are_looked_at(self):
        watcher = Watcher(MODULE)
        watcher.edit("see(NAME)", "see(NAME))")
        assert watcher.edit("x = 1", "see(NAME)") == ["NAME: shop"]

    def test_healing_gives_what_a_fresh_look_gives(self):
        watcher = Watcher(MODULE)
        watcher.edit("see(NAME)", "see(NAME))")
        watcher.edit("see(NAME))", "see(URL)")
        assert watcher.messages() == Watcher(watcher.analysis.document.text).messages()

    def test_undoing_gives_the_last_good_state(self):
        watcher = Watcher(MODULE)
        facts, before = watcher.analysis.facts(), watcher.messages()
        for piece in ('"""', "(", "'", "else:\n", "\x00", "@", "class "):
            watcher.edit("NAME = ", f"{piece}NAME = ")
            watcher.edit(f"{piece}NAME = ", "NAME = ")
            watcher.analysis.settle()
            assert (watcher.analysis.facts(), watcher.messages()) == (facts, before)

    def test_settling_heals_what_one_edit_cannot(self):
        watcher = Watcher(MODULE)
        watcher.edit("def one", 'x = """\ndef one')
        watcher.edit("def four", '"""\n\n\ndef four')
        watcher.analysis.settle()
        assert watcher.messages() == Watcher(watcher.analysis.document.text).messages()
        assert not watcher.analysis.settle()

    def test_the_name_of_a_class_with_a_broken_head_is_kept(self):
        watcher = Watcher(large())
        watcher.edit("class Shop(Base):", "class Shop(Base:")
        assert watcher.edit("return 7", "see(self.http)") == ["self.http: requests.Session"]


PIECES = ["import requests", "requests.get(u)", "def f():", "    x = 1", '"""', "(", ")", "", "# c"]
LINES = st.lists(st.sampled_from(PIECES).map("{}\n".format), max_size=12)


@settings(max_examples=150, deadline=None)
@given(LINES, st.lists(LINES, max_size=4))
def test_whole_new_texts_give_what_a_fresh_look_gives(first: list[str], others: list[list[str]]):
    rules, path = rules_for("a.py", Settings()), "a.py"

    def analysis(lines: list[str]) -> Analysis:
        return start("python", path, "".join(lines), Settings(), rules)

    reporter = reporter_for("python", path, Settings(), rules)
    document = OpenDocument("file:///a.py", 1, "python", analysis(first), reporter, Encoding("utf-8"))
    for version, lines in enumerate(others, 2):
        document.change(version, [types.TextDocumentContentChangeWholeDocument("".join(lines))])
        document.refresh()
        document.analysis.settle()
        fresh = analysis(lines)
        assert document.analysis.document.text == fresh.document.text
        if not fresh.document.broken:
            assert list(found(document.analysis)) == list(found(fresh))


def found(analysis: Analysis) -> Iterator[tuple[str, Span]]:
    """All findings, at their places."""
    for first, _, findings in analysis.findings():
        yield from ((one.rule, one.span.moved(first)) for one in findings)


def test_a_failure_before_the_rules_costs_one_block_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: PythonLanguage, *_: object) -> Iterator[object]:
        raise ValueError("odd")
        yield

    text = "import requests\n\nrequests.get(1)\n"
    monkeypatch.setattr(PythonLanguage, "subjects", fail)
    report = check_text("app/a.py", text, Settings())
    assert report.findings == ()
    assert any("sql-in-strings" in problem and "odd" in problem for problem in report.problems)
