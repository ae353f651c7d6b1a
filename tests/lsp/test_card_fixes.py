"""The fixes of all cards, as an editor applies them: offered, resolved, made, and asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cards.fences import Fence, findings, repairs_of
from tests.lsp.client import Client, applied, edits_of, span

from backend_architect.knowledge.cards import Card, load_cards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lsp.client import Message

FIX_ALL = "source.fixAll.backend-architect"
EMOJI = "\N{GRINNING FACE}"

MANY_RULES = """\
import logging
from datetime import datetime

logger = logging.getLogger(__name__)


def read(store, name):
    logger.info(f"{name}: 'EMOJI' {store}")
    logger.info("read %s" % (name,)); logger.debug(f"at {name}")
    try:
        store.load()
    except Exception:
        raise LookupError("no store")


def stamp():
    return datetime.utcnow()
""".replace("EMOJI", EMOJI)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which all rules are on."""
    folder = tmp_path_factory.mktemp("cards")
    (folder / "backend-architect.toml").write_text('select = ["all"]\n')
    return folder


@pytest.fixture(scope="module")
def editor(project: Path) -> Iterator[Client]:
    """A client that has the project open, the same for all examples."""
    with Client.inside() as client:
        client.start("utf-16", project)
        yield client


class Open:
    """A document that is open in the editor, and what is found in it."""

    def __init__(self, client: Client, uri: str, text: str, language: str = "python") -> None:
        self.client, self.uri, self.text, self.version = client, uri, text, 1
        client.open(uri, text, language, self.version)
        self.diagnostics: list[Message] = client.published(uri, self.version)["diagnostics"]

    def rules(self) -> list[str]:
        return [one["code"] for one in self.diagnostics]

    def do(self, action: Message) -> None:
        """Choose an action, and make the changes that it asks for."""
        edits = edits_of(self.client.resolve(action), self.uri, self.version)
        self.text = applied(self.text, edits)
        self.version += 1
        self.client.change(self.uri, self.version, {"text": self.text})
        self.diagnostics = self.client.published(self.uri, self.version)["diagnostics"]

    def fixes(self, rule: str) -> list[Message]:
        """The fixes that are offered where a rule has found something."""
        found = [one["range"] for one in self.diagnostics if one["code"] == rule]
        return [
            action
            for place in found
            for action in self.client.actions(self.uri, place, ["quickfix"])
            if action.get("isPreferred") and action["diagnostics"][0]["code"] == rule
            if action["diagnostics"][0]["range"] == place
        ]


def _repairs() -> list[object]:
    return [
        pytest.param(card, flagged, fixed, id=f"{card.id}-{fixed.number}")
        for card in load_cards().values()
        for flagged, fixed in repairs_of(card)
        if not _takes_several_files(card, flagged)
    ]


def _takes_several_files(card: Card, flagged: Fence) -> bool:
    """Whether a repair needs the project; such ones are made in `test_remedies` and its like."""
    found = findings(flagged.path, flagged.text, flagged.beside)
    return bool(flagged.beside) or any(one.remedy for one in found if one.rule == card.id)


@pytest.mark.parametrize(("card", "flagged", "fixed"), _repairs())
def test_an_example_is_repaired_in_the_editor(
    editor: Client, project: Path, card: Card, flagged: Fence, fixed: Fence
) -> None:
    uri = (project / card.id / flagged.path).as_uri()
    document = Open(editor, uri, flagged.text, flagged.language)
    assert len(document.fixes(card.id)) == document.rules().count(card.id) == len(flagged.marked)
    while fixes := document.fixes(card.id):
        assert document.version <= 20, f"the fixes find no end:\n{document.text}"
        document.do(fixes[0])
    editor.close(uri)
    assert document.text == fixed.text


def test_columns_behind_wide_characters(editor: Client, project: Path) -> None:
    document = Open(editor, (project / "wide.py").as_uri(), MANY_RULES)
    while fixes := document.fixes("log-with-formatting"):
        document.do(fixes[0])
    assert f"logger.info(\"%s: '{EMOJI}' %s\", name, store)" in document.text
    assert 'logger.info("read %s", name); logger.debug("at %s", name)' in document.text


def test_fix_all_makes_what_is_safe_and_leaves_the_rest(editor: Client, project: Path) -> None:
    document = Open(editor, (project / "all.py").as_uri(), MANY_RULES)
    (action,) = editor.actions(document.uri, span(0, 0, 0), [FIX_ALL])
    document.do(action)
    assert document.rules() == ["naive-datetime"], "its fix is not safe"
    assert "return datetime.utcnow()" in document.text
    assert 'raise LookupError("no store") from error' in document.text
    assert document.text.count("logger.") == MANY_RULES.count("logger.")
    assert 'logger.info("read %s", name); logger.debug("at %s", name)' in document.text
    assert editor.actions(document.uri, span(0, 0, 0), [FIX_ALL]) == []


def test_all_of_a_rule_leaves_the_other_rules(editor: Client, project: Path) -> None:
    rule = "log-with-formatting"
    document = Open(editor, (project / "rule.py").as_uri(), MANY_RULES)
    others = [name for name in document.rules() if name != rule]
    place = next(one["range"] for one in document.diagnostics if one["code"] == rule)
    (action,) = [
        action
        for action in editor.actions(document.uri, place)
        if action["title"] == f"Fix all 3 of {rule} in this file"
    ]
    document.do(action)
    assert document.rules() == others
    assert len(others) == 2
