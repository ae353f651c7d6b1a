"""Cards are found, read, cached, and complained about."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from backend_architect.knowledge import caching
from backend_architect.knowledge import cards as cards_module
from backend_architect.knowledge.cards import CardError, load_cards
from backend_architect.knowledge.models import Sink
from backend_architect.knowledge.reading import read_card
from backend_architect.python.flows.data import KINDS

GOOD = """\
---
severity: warning
confidence: high
since: 0.1.0
persona: [design-for-failure/assume-every-component-can-fail]
cwe: [1088]
same-as:
  - S113
detect:
  kind: call-without-keyword
  calls: [requests.get]
  keyword: timeout
fix:
  kind: add-keyword
  keyword: timeout
  value: "10"
  safety: unsafe
  reason: It may raise.
---
# A title

A sentence that is
alone. Another one.

## Why
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one card, and a cache of its own."""
    card = tmp_path / "rules" / "reliability" / "good.md"
    card.parent.mkdir(parents=True)
    card.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(cards_module, "rules_folder", lambda: tmp_path / "rules")
    monkeypatch.setattr(caching, "caches", lambda: tmp_path / "cache")
    return tmp_path


def _cache(folders: Path) -> Path:
    """The only file of the cache."""
    (file,) = (folders / "cache").iterdir()
    return file


def _complaint(text: str) -> str:
    with pytest.raises(CardError) as caught:
        read_card(Path("rules/reliability/good.md"), text)
    assert str(caught.value).startswith("rules")
    return str(caught.value).partition("good.md:")[2]


def test_ids_and_families_come_from_the_path() -> None:
    cards = load_cards()
    assert list(cards) == sorted(cards)
    for name, card in cards.items():
        assert name == card.id
        assert Path(card.path).parts[-2:] == (card.family, f"{card.id}.md")
        assert card.url.endswith(f"/blob/main/rules/{card.family}/{card.id}.md")
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", card.id)


def test_a_card_says_what_its_text_says() -> None:
    card = read_card(Path("rules/reliability/good.md"), GOOD)
    assert (card.id, card.family, card.title) == ("good", "reliability", "A title")
    assert card.summary == "A sentence that is alone."
    assert card.body.startswith("# A title")
    assert card.sets == ("preview",)
    assert card.not_in == ()
    assert card.same_as == ("S113",)
    assert card.detect == {
        "kind": "call-without-keyword",
        "calls": ["requests.get"],
        "keyword": "timeout",
        "position": None,
    }
    assert card.fix is not None
    assert card.fix["reason"] == "It may raise."
    assert hash(card) == hash(read_card(Path("rules/reliability/good.md"), GOOD))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("severity: warning", "severty: warning", "2: unknown field 'severty'; did you mean 'severity'?"),
        ("severity: warning", "severity: warn", "2: 'severity' cannot be 'warn'; did you mean 'warning'?"),
        ("severity: warning\n", "", "2: 'severity' is missing; add it"),
        ("since: 0.1.0", "since: 0.1", "4: 'since' cannot be 0.1; input should be a valid string"),
        ("since: 0.1.0", "since: v1", "4: 'since' cannot be 'v1'; it must be a version, as in 0.1.0"),
        ("cwe: [1088]", "cwe: [x]", "6: 'cwe' cannot be 'x'; input should be a valid integer"),
        ("- S113", "- 113", "8: 'same-as' cannot be 113; input should be a valid string"),
        ("- S113", "- s113", "8: 'same-as' cannot be 's113'; it must be the code of another linter's rule"),
        ("since: 0.1.0", "since: 0.1.0\nset: [recomended]", "5: 'set' cannot be 'recomended'; did you mean"),
        (
            "since: 0.1.0",
            "since: 0.1.0\nnot_in: [tests]",
            "5: unknown field 'not_in'; did you mean 'not-in'?",
        ),
        (
            "since: 0.1.0",
            "since: 0.1.0\nnot-in: [test]",
            "5: 'not-in' cannot be 'test'; did you mean 'tests'?",
        ),
        ("since: 0.1.0", "since: 0.1.0\nset: security", "5: 'set' cannot be 'security'; input should be"),
        (
            "persona: [",
            "persona: [x, ",
            "5: 'persona' cannot be 'x'; it must be a section and an item, as in",
        ),
        ("  kind: call-", "  kind: cal-", "10: 'detect.kind' cannot be 'cal-without-keyword'; did you mean"),
        ("  kind: call-without-keyword\n", "", "9: 'detect.kind' is missing; add it"),
        ("  calls: [req", "  call: [req", "11: unknown field 'detect.call'; did you mean 'calls'?"),
        ("[requests.get]", "[get]", "11: 'detect.calls' cannot be 'get'; it must be the dotted name"),
        ("[requests.get]", "{librry: timeouts}", "11: unknown field 'detect.calls.librry'; did"),
        (
            "[requests.get]",
            "requests",
            "11: 'detect.calls' cannot be 'requests'; input should be a valid list",
        ),
        ("[requests.get]", "{library: timeout}", "11: 'detect.calls.library' cannot be 'timeout'; did you"),
        ("  reason:", "  raeson:", "18: unknown field 'fix.raeson'; did you mean 'reason'?"),
        ("  safety: unsafe\n", "", "13: 'fix.safety' is missing; add it"),
        ("  safety: unsafe", "  safety: usafe", "17: 'fix.safety' cannot be 'usafe'; did you mean 'unsafe'?"),
        ("since: 0.1.0", "since: 0.1.0\nsince: 0.2.0", "5: 'since' is given twice; keep one"),
        ("cwe: [1088]", "cwe: [1088", "7: not valid YAML:"),
        ("---\n# A", "# A", "1: a card begins with its front matter between two lines of '---'"),
        ("# A title\n", "A title\n", "20: after the front matter comes '# Title'"),
        ("alone. Another one.", "alone", "20: after the front matter comes '# Title'"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_remedy(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    assert _complaint(GOOD.replace(old, new, 1)).startswith(complaint)


def test_cards_know_the_kinds_of_sinks() -> None:
    assert set(get_args(Sink)) == KINDS


def test_front_matter_that_is_no_table() -> None:
    assert _complaint("---\n- a\n---\n# T\n\nS.\n").startswith("2: the front matter is a list of fields")
    assert _complaint("---\n\n---\n# T\n\nS.\n").startswith("2: the front matter is a list of fields")


def test_two_cards_cannot_share_an_id(folders: Path) -> None:
    other = folders / "rules" / "security" / "good.md"
    other.parent.mkdir()
    other.write_text(GOOD, encoding="utf-8")
    with pytest.raises(CardError, match="'good' is taken by"):
        load_cards()


def test_the_cache_gives_the_same_cards(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = load_cards()
    monkeypatch.setattr(cards_module, "_read", lambda _files: pytest.fail("the cache was not used"))
    assert load_cards() == fresh
    assert _cache(folders).is_file()


def test_a_changed_or_new_card_is_seen(folders: Path) -> None:
    load_cards()
    card = folders / "rules" / "reliability" / "good.md"
    card.write_text(GOOD.replace("A title", "B title"), encoding="utf-8")
    os.utime(card, (1, 1))
    assert load_cards()["good"].title == "B title"
    card.with_name("better.md").write_text(GOOD, encoding="utf-8")
    assert list(load_cards()) == ["better", "good"]
    card.unlink()
    assert list(load_cards()) == ["better"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b"null", b'{"state": 1}', b'{"content": [1]}']
)
def test_a_corrupt_cache_is_ignored(folders: Path, content: bytes) -> None:
    fresh = load_cards()
    cache = _cache(folders)
    cache.write_bytes(content)
    assert load_cards() == fresh
    assert json.loads(cache.read_bytes())["content"]


@pytest.mark.parametrize("cards", [[{}], [{"id": 1}], ["good"], {"good": 1}, 7])
def test_a_cache_of_another_shape_is_ignored(folders: Path, cards: object) -> None:
    fresh = load_cards()
    cache = _cache(folders)
    cache.write_text(json.dumps({**json.loads(cache.read_bytes()), "content": cards}), encoding="utf-8")
    assert load_cards() == fresh


def test_an_unwritable_cache_costs_nothing_but_time(folders: Path) -> None:
    (folders / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert load_cards() == load_cards()


def test_no_place_for_a_cache(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "caches", lambda: None)
    assert list(load_cards()) == ["good"]


def test_the_second_start_up_imports_no_readers(tmp_path: Path) -> None:
    code = (
        "import sys; from backend_architect.knowledge import libraries; libraries.paths('sql');"
        "from backend_architect.knowledge.cards import load_cards; cards = load_cards();"
        "print(len(cards), [name for name in ('pydantic', 'tomllib', 'yaml') if name in sys.modules])"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()
        for _ in range(2)
    ]
    count = len(load_cards())
    assert outputs == [f"{count} ['pydantic', 'tomllib', 'yaml']", f"{count} []"]
