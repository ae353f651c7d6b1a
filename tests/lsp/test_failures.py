"""What goes wrong inside of the server stays small, and is told once."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import SHOW_MESSAGE, Client, edit

from backend_architect.engine import check
from backend_architect.engine.analysis import Analysis
from backend_architect.engine.rules import Rule, detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

TEXT = "import requests\nrequests.get('u')\nfails = 1\n"
NEWER = {(3, 11): "type X = int\n", (3, 12): "class A[T = int]:\n    pass\n"}
"""Statements that the next Python reads."""


@detector(on=ast.Name)
def _fails(node: ast.Name, at: Place) -> Iterator[Finding]:
    if node.id == "fails":
        yield at.finding(node, "about to fail")
        raise LookupError("a mistake in a rule")


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a server of its own."""
    with Client.inside() as client:
        client.start()
        yield client


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, client: Client) -> Client:
    """A client of a server with one rule more, which raises."""
    rules = (*check.all_rules(), Rule("failing-rule", "api", "error", _fails))
    monkeypatch.setattr(check, "all_rules", lambda: rules)
    return client


def test_a_rule_that_raises_loses_its_findings_only(failing: Client, uri: str):
    failing.open(uri, TEXT)
    assert [one["code"] for one in failing.published(uri)["diagnostics"]] == ["http-call-without-timeout"]
    failing.change(uri, 2, edit(0, 0, 0, "\n"))
    assert [one["range"]["start"]["line"] for one in failing.published(uri, 2)["diagnostics"]] == [2]


def test_the_person_is_told_once(failing: Client, uri: str):
    failing.open(uri, TEXT)
    message = failing.await_notification(SHOW_MESSAGE)
    assert message["type"] == 2
    assert "failing-rule" in message["message"]
    assert "LookupError: a mistake in a rule" in message["message"]
    failing.change(uri, 2, edit(2, 9, 9, "0"))
    failing.open(f"{uri}.py", TEXT)
    failing.catch_up()
    assert failing.count(SHOW_MESSAGE) == 1


def test_an_analysis_that_fails_stops_nothing(client: Client, uri: str, monkeypatch: pytest.MonkeyPatch):
    client.open(uri, TEXT)
    client.open(f"{uri}.py", TEXT)
    client.published(uri)
    refresh = Analysis.refresh

    def fail(self: Analysis) -> None:
        if "fails = 2" in self.document.text:
            raise LookupError("a mistake in the engine")
        refresh(self)

    monkeypatch.setattr(Analysis, "refresh", fail)
    client.change(uri, 2, edit(2, 8, 9, "2"))
    client.change(f"{uri}.py", 2, edit(0, 0, 0, "\n"))
    assert len(client.published(f"{uri}.py", 2)["diagnostics"]) == 1
    client.change(uri, 3, edit(2, 8, 9, "3"))
    assert len(client.published(uri, 3)["diagnostics"]) == 1
    assert client.count(SHOW_MESSAGE) == 0


def test_a_handler_that_fails_does_not_pop_up(client: Client, uri: str, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise LookupError("a mistake in the host")

    monkeypatch.setattr("backend_architect.lsp.host.start", fail)
    client.open(uri, TEXT)
    assert client.hover(uri, 1, 3) is None
    assert client.count(SHOW_MESSAGE) == 0


@pytest.mark.skipif(sys.version_info[:2] not in NEWER, reason="nobody knows a newer Python")
class TestNewerPython:
    TEXT = NEWER.get(sys.version_info[:2], "")

    def test_is_named_once(self, client: Client, uri: str):
        client.open(uri, f"{TEXT}\n{self.TEXT}")
        client.open(f"{uri}.py", self.TEXT)
        message = client.await_notification(SHOW_MESSAGE)
        assert message["type"] == 3
        version = ".".join(map(str, sys.version_info[:2]))
        assert f"service.py:5: written for a newer Python than {version}" in message["message"]
        client.open(f"{uri}.last.py", "x = (\n")
        client.published(f"{uri}.last.py")
        assert client.count(SHOW_MESSAGE) == 1

    def test_is_looked_for_beside_the_typing(self, client: Client, uri: str, monkeypatch: pytest.MonkeyPatch):
        import threading  # noqa: PLC0415 - only here

        asked, answer = threading.Event(), threading.Event()

        def is_newer(_: object) -> bool:
            asked.set()
            return answer.wait(20)

        monkeypatch.setattr("backend_architect.lsp.host.is_newer", is_newer)
        client.open(uri, f"{TEXT}\n{self.TEXT}")
        assert asked.wait(20)
        client.change(uri, 2, edit(0, 0, 0, "\n"))
        assert len(client.published(uri, 2)["diagnostics"]) == 1
        answer.set()
        assert "newer Python" in client.await_notification(SHOW_MESSAGE)["message"]

    def test_is_not_looked_for_while_somebody_types(
        self, client: Client, uri: str, monkeypatch: pytest.MonkeyPatch
    ):
        asked: list[object] = []
        monkeypatch.setattr("backend_architect.lsp.host.is_newer", asked.append)
        client.open(uri, TEXT)
        client.change(uri, 2, edit(2, 0, 0, "x = (\n"))
        client.published(uri, 2)
        client.change(uri, 3, edit(2, 0, 0, "", end_line=3))
        client.published(uri, 3)
        assert asked == []
