"""The rules that a project brings along: what they may say, and what becomes of those that say else."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings, SettingsError
from backend_architect.knowledge import caching
from backend_architect.project.configuration import Configuration, Configurations
from backend_architect.project.user_cards import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

RULES = ("http-call-without-timeout", "sql-built-from-strings")

CARD = """\
---
severity: error
detect:
  kind: call-of
  calls: [shop.mail.send]
  message: "`{call}` sends at once"
---
# Mail that is sent at once

This mail cannot be taken back.
"""

CODE = "import shop.mail\n\nshop.mail.send('hello')\n"


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(caching, "caches", lambda: tmp_path / "cache")


def write(root: Path, name: str = "mail-sent-at-once", text: str = CARD) -> Path:
    file = root / FOLDER / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def configuration(root: Path, *, isolated: bool = False) -> Configuration:
    return Configurations(lambda: RULES, isolated=isolated).of(root, root)


def problems(root: Path) -> tuple[str, ...]:
    return configuration(root).problems


def found(settings: Settings) -> list[tuple[str, str, str]]:
    findings = check_text("app/orders.py", CODE, settings).findings
    return [(finding.rule, finding.severity, finding.message) for finding in findings]


FINDING = ("mail-sent-at-once", "error", "`shop.mail.send` sends at once")


class TestGoodCards:
    def test_they_are_heard_without_being_selected(self, tmp_path: Path):
        write(tmp_path)
        settings = configuration(tmp_path).settings
        assert found(settings) == [FINDING]
        assert found(Settings()) == []
        assert problems(tmp_path) == ()

    def test_they_hold_below_the_folder_that_has_them(self, tmp_path: Path):
        write(tmp_path / "shop")
        (tmp_path / "shop" / "app").mkdir()
        assert configuration(tmp_path / "shop" / "app").settings.cards
        assert not configuration(tmp_path).settings.cards

    def test_the_folder_is_their_family(self, tmp_path: Path):
        write(tmp_path)
        write(tmp_path, "payments/charge-without-key")
        write(tmp_path, "payments/cards/card-in-log")
        cards = configuration(tmp_path).settings.cards
        assert [(card.family, card.id) for card in cards] == [
            ("cards", "card-in-log"),
            ("payments", "charge-without-key"),
            ("custom", "mail-sent-at-once"),
        ]
        assert all(card.url.startswith("file:///") for card in cards)

    def test_settings_name_them_and_their_families(self, tmp_path: Path):
        write(tmp_path, "payments/mail-sent-at-once")
        file = tmp_path / "backend-architect.toml"
        file.write_text('ignore = ["payments"]\n')
        assert found(configuration(tmp_path).settings) == []
        file.write_text('[severity]\nmail-sent-at-once = "hint"\n')
        assert [severity for _, severity, _ in found(configuration(tmp_path).settings)] == ["hint"]
        file.write_text('ignore = ["mail-sent-at-onse"]\n')
        with pytest.raises(SettingsError, match="did you mean 'mail-sent-at-once'"):
            configuration(tmp_path)

    def test_settings_with_them_can_be_compared_hashed_and_sent(self, tmp_path: Path):
        write(tmp_path)
        settings = configuration(tmp_path).settings
        sent = pickle.loads(pickle.dumps(settings))
        assert (sent, hash(sent)) == (settings, hash(settings))
        assert found(sent) == [FINDING]

    def test_isolated_reads_none(self, tmp_path: Path):
        write(tmp_path)
        assert configuration(tmp_path, isolated=True).settings == Settings()

    def test_a_readme_is_none(self, tmp_path: Path):
        write(tmp_path, "README", "# Our rules\n")
        assert problems(tmp_path) == ()

    def test_the_second_start_imports_neither_pydantic_nor_yaml(self, tmp_path: Path):
        write(tmp_path)
        program = (
            "import sys\nfrom pathlib import Path\n"
            "from backend_architect.knowledge import caching\n"
            "caching.caches = lambda: Path.cwd() / 'cache'\n"
            "from backend_architect.project.configuration import Configurations\n"
            "print(len(Configurations(lambda: ()).of(Path.cwd(), Path.cwd()).settings.cards))\n"
            "print(*sorted({'pydantic', 'yaml'} & set(sys.modules)))"
        )
        outputs = [
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
            for _ in range(2)
        ]
        assert outputs == ["1\npydantic yaml\n", "1\n\n"]


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, levels)]
    return "---\n" + "\n".join(lines) + "\n---\n# T\n\nS.\n"


class TestBrokenCards:
    def test_the_others_are_heard(self, tmp_path: Path):
        write(tmp_path)
        write(tmp_path, "bad-card", CARD.replace("severity", "severty"))
        assert found(configuration(tmp_path).settings) == [FINDING]
        assert problems(tmp_path) == (
            f"{FOLDER}/bad-card.md:2: unknown field 'severty'; did you mean 'severity'?",
        )
        assert problems(tmp_path), "a problem is told again after the next start"

    def test_settings_may_name_a_card_that_is_being_mended(self, tmp_path: Path):
        write(tmp_path, text="")
        (tmp_path / "backend-architect.toml").write_text('[severity]\nmail-sent-at-once = "hint"\n')
        assert len(problems(tmp_path)) == 1

    def test_they_run_no_code(self, tmp_path: Path):
        start, end = CARD.index("  kind"), CARD.index("---\n# ")
        write(tmp_path, text=f"{CARD[:start]}  kind: python\n{CARD[end:]}")
        (problem,) = problems(tmp_path)
        assert problem.startswith(
            f"{FOLDER}/mail-sent-at-once.md:3: 'detect.kind' cannot be 'python' here; a project cannot bring "
            "code that runs in the editor; the kind is one of call-without-keyword, "
        )

    def test_they_replace_no_rule(self, tmp_path: Path):
        write(tmp_path, "http-call-without-timeout")
        assert configuration(tmp_path).settings.cards == ()
        (problem,) = problems(tmp_path)
        assert problem.endswith(
            "'http-call-without-timeout' is taken by a rule that everybody has; rename the card"
        )

    def test_one_of_two_with_the_same_name_counts(self, tmp_path: Path):
        write(tmp_path, "a/mail-sent-at-once")
        write(tmp_path, "b/mail-sent-at-once")
        assert [card.family for card in configuration(tmp_path).settings.cards] == ["a"]
        assert "'mail-sent-at-once' is taken by .backend-architect/rules/a/" in problems(tmp_path)[0]

    @pytest.mark.parametrize(
        "name", ["mail", "Mail-Sent", "a b", "all/mail-sent-now", "preview/mail-sent-now"]
    )
    def test_names_are_those_of_rules_and_families(self, tmp_path: Path, name: str):
        write(tmp_path, name)
        (problem,) = problems(tmp_path)
        assert problem.endswith("rules and their folders have names like 'payments/charge-without-key'")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "1: a card begins with its front matter between two lines of '---'"),
            (bomb(40), "3: '*a0' stands for something else; write that"),
            ("---\n[a, b]: 1\n---\n# T\n\nS.\n", "2: the name of a field is a word"),
            ("---\nsince: 2020-13-45\n---\n# T\n\nS.\n", "2: not valid YAML: month must be in 1..12"),
            (
                "---\na: !!python/object/apply:os.system [ls]\n---\n# T\n\nS.\n",
                "2: not valid YAML: could not",
            ),
            (f"---\ncwe: [{'9' * 5000}]\n---\n# T\n\nS.\n", "2: not valid YAML: Exceeds the limit"),
            (f"---\nset: {'[' * 99_999}\n---\n# T\n\nS.\n", "2: nested deeper than any field of a card"),
            (f"---\nset: {'[' * 500 + ']' * 500}\n---\n# T\n\nS.\n", "2: 'set' cannot be "),
            (f"---\nset: {'{a: ' * 50_000}\n---\n# T\n\nS.\n", "2: nested deeper than any field of a card"),
            ("---\nseverity: \x07\n---\n# T\n\nS.\n", "2: not valid YAML: "),
            ("---\n? \n---\n# T\n\nS.\n", "2: "),
            ("x" * (1 << 18) + "x", "1: larger than 256 KiB, which no card should be"),
        ],
        ids=lambda text: text[:20],
    )
    def test_whatever_is_in_them(self, tmp_path: Path, text: str, message: str):
        write(tmp_path, text=text)
        (problem,) = problems(tmp_path)
        assert problem.startswith(f"{FOLDER}/mail-sent-at-once.md:{message}")
        assert len(problem) < 300

    def test_other_encodings(self, tmp_path: Path):
        write(tmp_path).write_bytes(CARD.encode("utf-16"))
        assert problems(tmp_path)[0].endswith("1: not UTF-8, as cards have to be")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_what_is_no_file(self, tmp_path: Path):
        card = write(tmp_path)
        secret = tmp_path / "secret.md"
        secret.write_text(CARD)
        card.with_name("linked-card.md").symlink_to(secret)
        card.with_name("dangling-card.md").symlink_to(tmp_path / "nowhere")
        os.mkfifo(card.with_name("endless-card.md"))
        assert [card.id for card in configuration(tmp_path).settings.cards] == ["mail-sent-at-once"]
        assert len(problems(tmp_path)) == 3
        assert all("1: not a file of its own" in problem for problem in problems(tmp_path))

    def test_folders_outside_are_not_entered(self, tmp_path: Path):
        write(tmp_path / "elsewhere")
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / ".backend-architect").symlink_to(tmp_path / "elsewhere" / ".backend-architect")
        assert configuration(tmp_path / "shop").settings.cards == ()

    def test_there_may_be_too_many(self, tmp_path: Path):
        for number in range(501):
            write(tmp_path, f"card-{number:03}", "")
        assert problems(tmp_path)[-1] == f"{FOLDER}: more than 500 cards; the others are not read"
        assert len(problems(tmp_path)) == 501
