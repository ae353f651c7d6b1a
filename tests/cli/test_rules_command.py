"""The coverage of the persona, and the files of a new rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cards.fences import NO_FIX, applied, fences_of

from backend_architect.cli.rule_stubs import KINDS
from backend_architect.detectors import generic
from backend_architect.detectors.registry import rule_of
from backend_architect.engine.check import check_text
from backend_architect.engine.rules import Detector, Rule, RuleTable
from backend_architect.engine.settings import Settings
from backend_architect.knowledge.cards import Card, load_cards
from backend_architect.knowledge.persona import item_ids
from backend_architect.knowledge.reading import read_card
from backend_architect.project.user_cards import FOLDER, load_user_cards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

DETECTORS = "server/backend_architect/detectors"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What makes a folder a checkout of this project; the working directory is below it."""
    (tmp_path / DETECTORS / "api").mkdir(parents=True)
    (tmp_path / DETECTORS / "api" / "__init__.py").touch()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "persona.yaml").touch()
    monkeypatch.chdir(tmp_path / "rules")
    return tmp_path


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that is no checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestPersona:
    def test_every_item_is_there_with_its_rules(self, call: Run):
        sections = json.loads(call("rules", "--persona", "--format", "json").stdout)
        items = {item["id"]: item for section in sections for item in section["items"]}
        assert list(items) == list(item_ids())
        assert "sql-built-from-strings" in items["security-by-default/use-parameterized-queries"]["rules"]
        assert items["node-js-express/use-connection-pooling-for-databases"]["boundary"]
        assert items["security-by-default/use-parameterized-queries"]["boundary"] is None

    @pytest.mark.parametrize("columns", [80, 120, 300])
    def test_for_people(self, call: Run, columns: int):
        text = call("rules", "--persona", env={"COLUMNS": str(columns)}).stdout
        assert max(map(len, text.splitlines())) <= max(min(columns, 120), 95)
        (line,) = [line for line in text.splitlines() if line.startswith("  use-parameterized-queries ")]
        assert line.split()[1].rstrip(",.") in load_cards()
        served, of, reachable = (text.splitlines()[-1].split()[place] for place in (0, 1, 2))
        assert of == "of"
        assert 0 < int(served) <= int(reachable) < len(item_ids())


class TestRulesOfTheProject:
    @pytest.mark.usefixtures("outside")
    def test_they_are_listed(self, call: Run):
        assert call("rules", "new", "mail-sent-at-once").exit_code == 0
        listed = [rule["id"] for rule in json.loads(call("rules", "--format", "json").stdout)]
        assert listed == sorted([*load_cards(), "mail-sent-at-once"])
        assert "mail-sent-at-once" not in call("rules", "--isolated").stdout


def rule(card: Card, folder: Path) -> Rule:
    """The rule of a card whose detector, if it has one, is in a folder."""
    if card.detect["kind"] in generic.DETECTORS:
        return rule_of(card)
    file = folder / card.family / f"{card.id.replace('-', '_')}.py"
    content: dict[str, Detector] = {}
    exec(compile(file.read_text(), file, "exec"), content)
    return Rule(card.id, card.family, card.severity, content["detect"])


class TestNew:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_files_work(self, call: Run, checkout: Path, kind: str):
        result = call("rules", "new", "api/mail-sent-at-once", "--kind", kind)
        assert result.exit_code == 0
        file = checkout / "rules" / "api" / "mail-sent-at-once.md"
        card = read_card(file, file.read_text())
        (flagged,), (fixed,), (fine,) = (fences_of(card, name) for name in ("Flagged", "Fixed", "Fine"))
        table = RuleTable((rule(card, checkout / DETECTORS),))
        (finding,) = check_text("a.py", flagged.text, Settings(), table).findings
        assert (finding.span.line,) == flagged.marked
        assert finding.fix is not None
        assert applied(finding.fix.edits, flagged.text) == fixed.text
        assert not check_text("a.py", fixed.text + fine.text, Settings(), table).findings
        assert set(card.persona) <= set(item_ids())
        assert flagged.title != NO_FIX
        detectors = [path for path in (checkout / DETECTORS / "api").iterdir() if path.name != "__init__.py"]
        assert len(detectors) == (kind == "python")
        assert "api/mail-sent-at-once.md: created" in result.stdout

    def test_a_family_without_rules_becomes_a_package(self, call: Run, checkout: Path):
        assert call("rules", "new", "versioning/mail-sent-at-once").exit_code == 0
        assert (checkout / DETECTORS / "versioning" / "__init__.py").read_text() == (
            '"""Rules of the family versioning."""\n'
        )

    @pytest.mark.parametrize(
        ("name", "folder"), [("mail-sent-at-once", ""), ("mails/mail-sent-at-once", "mails")]
    )
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "python"])
    def test_for_a_project(self, call: Run, outside: Path, name: str, folder: str, kind: str):
        result = call("rules", "new", name, "--kind", kind)
        assert result.exit_code == 0
        assert (outside / FOLDER / (folder or "custom") / "mail-sent-at-once.md").is_file()
        user = load_user_cards(outside, list)
        assert [card.family for card in user.cards] == [folder or "custom"]
        assert user.problems == ()

    def test_in_a_checkout_for_the_checkout(self, call: Run, checkout: Path):
        assert call("rules", "new", "mail-sent-at-once", "--user").exit_code == 0
        assert (checkout / "rules" / FOLDER).is_dir() or (checkout / FOLDER).is_dir()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ("mail-sent-at-once",),
                "write the family before the rule, with a slash; there are api, database,",
            ),
            (("apj/mail-sent-at-once",), "unknown family 'apj'; did you mean 'api'?"),
            (("api/mail",), "'mail' cannot name a rule; write two words or more that complete 'allow ...'"),
            (
                ("api/MailSentAt_once",),
                "'MailSentAt_once' cannot name a rule; did you mean 'mail-sent-at-once'?",
            ),
            (("api/http-call-without-timeout",), "'http-call-without-timeout' is taken by "),
            (("api/mail-sent-at-once", "--kind", "call"), "'call' is not one of "),
            (
                ("mail-sent-at-once", "--user", "--kind", "python"),
                "rules of a project run no code of their own",
            ),
            (("my mails/mail-sent-at-once", "--user"), "'my mails' cannot name a family"),
            (("../../a/mail-sent-at-once", "--user"), "'../../a' cannot name a family"),
        ],
    )
    def test_bad_names_are_refused_with_a_remedy(self, call: Run, checkout: Path, arguments, message: str):
        result = call("rules", "new", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr
        assert sorted(path.name for path in checkout.rglob("*") if path.is_file()) == [
            "__init__.py",
            "persona.yaml",
        ]

    def test_nothing_is_overwritten(self, call: Run, checkout: Path):
        taken = checkout / DETECTORS / "api" / "mail_sent_at_once.py"
        taken.touch()
        result = call("rules", "new", "api/mail-sent-at-once")
        assert result.exit_code == 2
        assert "mail_sent_at_once.py exists already; choose another name or delete it" in result.stderr
        assert not (checkout / "rules" / "api").exists()
