"""Cards of snippets are found, read, kept, and complained about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.settings import SNIPPET_FAMILIES
from backend_architect.knowledge import caching
from backend_architect.knowledge.cards import CardError
from backend_architect.knowledge.libraries import distribution
from backend_architect.snippets import cards
from backend_architect.snippets.cards import load_snippets, read_snippet
from backend_architect.snippets.frameworks import FRAMEWORKS
from backend_architect.snippets.models import FrameworkName
from backend_architect.snippets.offering import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = """\
---
prefix: [livez]
since: 0.1.0
persona: [system-reliability/health-checks-and-readiness-probes]
frameworks:
  fastapi:
    where: [empty, module]
    libraries: {fastapi: 0.165.0}
    action:
      title: Write it
      creates:
        a.py: other.py.j2
---
# Title

A sentence.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of one snippet, and a cache of its own."""
    snippet = tmp_path / "snippets" / "health" / "live"
    snippet.mkdir(parents=True)
    (snippet / "card.md").write_text(GOOD)
    (snippet / "fastapi.py.j2").write_text("x = 1\n")
    (snippet / "other.py.j2").write_text("y = 1\n")
    monkeypatch.setattr(cards, "snippets_folder", lambda: tmp_path / "snippets")
    monkeypatch.setattr(caching, "caches", lambda: tmp_path / "cache")
    load_snippets.cache_clear()
    yield snippet
    load_snippets.cache_clear()


def test_a_snippet_says_what_its_card_says(folder: Path):
    (snippet,) = load_snippets().values()
    assert (snippet.id, snippet.family, snippet.name, snippet.title) == (
        "health/live",
        "health",
        "live",
        "Title",
    )
    (variant,) = snippet.variants
    assert (variant.template, variant.language) == ("health/live/fastapi.py.j2", "python")
    assert variant.files == ("code",)
    assert variant.action is not None
    assert variant.action.creates == (("a.py", "health/live/other.py.j2"),)


def test_the_cache_gives_the_same_until_a_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = load_snippets()
    load_snippets.cache_clear()
    monkeypatch.setattr(cards, "read_snippet", lambda *_: pytest.fail("read again"))
    assert load_snippets() == first
    monkeypatch.undo()
    monkeypatch.setattr(cards, "snippets_folder", lambda: folder.parents[1])
    (folder / "card.md").write_text(GOOD.replace("# Title", "# Another title"))
    load_snippets.cache_clear()
    assert [one.title for one in load_snippets().values()] == ["Another title"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("prefix: [livez]\n", "", "2: 'prefix' is missing; add it"),
        ("prefix:", "prefixes:", "2: unknown field 'prefixes'; did you mean 'prefix'?"),
        (
            "  fastapi:\n",
            "  fastapy:\n",
            "6: 'frameworks.fastapy' cannot be 'fastapy'; did you mean 'fastapi'?",
        ),
        ("where:", "were:", "7: unknown field 'frameworks.fastapi.were'; did you mean 'where'?"),
        (
            "[empty, module]",
            "[modul]",
            "7: 'frameworks.fastapi.where' cannot be 'modul'; did you mean 'module'?",
        ),
        ("other.py.j2", "absent.py.j2", "6: 'absent.py.j2' is no template beside the card"),
        ("      title: Write it\n", "", "9: 'frameworks.fastapi.action.title' is missing; add it"),
    ],
)
def test_complaints_name_the_line_and_the_field(folder: Path, old: str, new: str, complaint: str):
    text = GOOD.replace(old, new)
    (folder / "card.md").write_text(text)
    with pytest.raises(CardError) as caught:
        read_snippet(folder / "card.md", text)
    assert str(caught.value).partition("card.md:")[2].startswith(complaint)


def test_a_framework_has_one_template(folder: Path):
    (folder / "fastapi.py.j2").unlink()
    with pytest.raises(
        CardError, match=r"the template of 'fastapi' is one file, 'fastapi\.py\.j2' or 'fastapi\.sql\.j2'"
    ):
        load_snippets()


def test_families_are_known_to_the_settings():
    assert {one.family for one in load_snippets().values()} <= set(SNIPPET_FAMILIES)


def test_frameworks_are_called_like_their_distributions():
    assert set(FrameworkName.__args__) == set(FRAMEWORKS)
    modules = {name: one.module for name, one in FRAMEWORKS.items() if one.module}
    assert {name: distribution(module) for name, module in modules.items()} == {
        name: name for name in modules
    }


def test_a_snippet_is_found_by_its_name_alone():
    assert (
        find("liveness", load_snippets()).id
        == find("health/liveness", load_snippets()).id
        == "health/liveness"
    )
    with pytest.raises(KeyError, match="did you mean 'liveness'"):
        find("livenes", load_snippets())
