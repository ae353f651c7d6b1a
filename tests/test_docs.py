"""The documentation says what there is, all of it, and nothing else."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from backend_architect.cli.main import COMMANDS, cli
from backend_architect.engine.check import check_text
from backend_architect.engine.findings import SEVERITIES
from backend_architect.engine.settings import Settings
from backend_architect.engine.settings_table import parse_settings
from backend_architect.knowledge.cards import load_cards

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SHOP = ROOT / "tests" / "shop"
CARDS = load_cards()
PAGES = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "rules/README.md",
    "snippets/README.md",
    "editors/neovim/README.md",
    "editors/vscode/README.md",
]


def fences(language: str) -> list[str]:
    """The fenced blocks of the README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def options(name: str) -> set[str]:
    """The long options of a command, and of the commands below it."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    below = command.commands.values() if isinstance(command, click.Group) else ()
    params = [option for one in (command, *below) for option in one.params]
    names = {name for option in params for name in (*option.opts, *option.secondary_opts)}
    return {name for name in names if name.startswith("--")}


def shop(*arguments: str) -> str:
    """What a command writes to standard output when it is called in the sample service."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(SHOP)
        return CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout


class TestReadme:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_names_the_command_and_its_options(self, command: str):
        assert f"`{command}`" in README or f"backend-architect {command}" in README
        missing = {option for option in options(command) if option not in README}
        assert not missing

    def test_names_no_options_that_do_not_exist(self):
        known = {"--install-extension"}.union(*(options(command) for command in COMMANDS))
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known

    def test_the_example_of_settings_has_all_keys_and_no_others(self):
        (text,) = [fence for fence in fences("toml") if "tool.backend-architect" in fence]
        assert parse_settings(text, "pyproject.toml", CARDS) is not None
        keys = tomllib.loads(text)["tool"]["backend-architect"]
        assert {key.replace("-", "_") for key in keys} == set(Settings.__dataclass_fields__) - {"cards"}

    def test_the_default_in_the_example_is_the_default(self):
        assert f'dialect = "{Settings().dialect}"  ' in README

    def test_the_table_of_families_is_that_of_the_cards(self):
        written = README.split("<!-- families -->\n")[1].split("<!-- end of families -->")[0]
        assert written == families()

    def test_the_page_of_rules_is_that_of_the_cards(self):
        page = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")
        real = CliRunner().invoke(cli, ["rules", "--isolated", "--format", "markdown"]).stdout
        assert page == real, "backend-architect rules --format markdown > rules/README.md"

    @pytest.mark.parametrize("language", ["python", "sql"])
    def test_the_examples_of_ignoring_ignore(self, language: str):
        (text,) = [fence for fence in fences(language) if "ignore[" in fence]
        head = "import requests\n" if language == "python" else ""
        name = {"python": "app/rates.py", "sql": "nightly.sql"}[language]
        assert not check_text(name, head + text, Settings()).findings
        silent = check_text(name, head + re.sub(r"(#|--) backend-architect.*", "", text), Settings())
        assert silent.findings, "the example proves nothing: there is no finding to ignore"

    @pytest.mark.parametrize("sample", fences("console"), ids=lambda text: text.partition("\n")[0])
    def test_samples_of_output_are_real(self, sample: str):
        call, _, written = sample.partition("\n")
        program, *arguments = shlex.split(call.removeprefix("$ "))
        assert program == "backend-architect"
        real = shop(*arguments)
        places = [real.find(part.strip("\n")) for part in written.split("\n\n") if part != "..."]
        assert -1 not in places, real
        assert all(before < after for before, after in pairwise(places)), "the order is another one"

    def test_the_sample_of_json_is_real(self):
        (text,) = fences("json")
        assert json.loads(text) in json.loads(shop("check", "--format", "json"))

    def test_says_how_many_rules_there_are(self):
        assert f"{len(CARDS)} rules so far" in README

    def test_most_rules_have_a_fix(self):
        assert sum(card.fix is not None for card in CARDS.values()) * 2 > len(CARDS)

    def test_names_the_targets_of_make(self):
        targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
        assert set(re.findall(r"\bmake ([a-z-]+)\b", README + MAKEFILE)) <= targets | {"sees"}
        assert {target for target in targets if f"make {target}" not in README} <= {"clean"}

    def test_names_the_version_of_the_extension(self):
        version = json.loads((ROOT / "editors/vscode/package.json").read_text())["version"]
        assert f"backend-architect-{version}.vsix" in README


def families() -> str:
    """A table of the families: how many rules each has, how many can repair, and the most severe ones."""
    rows = ["| family | rules | with a fix | among them |", "| --- | --- | --- | --- |"]
    for family in sorted({card.family for card in CARDS.values()}):
        cards = [card for card in CARDS.values() if card.family == family]
        fixes = sum(card.fix is not None for card in cards)
        first = sorted(cards, key=lambda card: (SEVERITIES.index(card.severity), card.id))[:4]
        links = ", ".join(f"[{card.id}](rules/{card.family}/{card.id}.md)" for card in first)
        rows.append(f"| {family} | {len(cards)} | {fixes} | {links} |")
    return "\n".join(rows) + "\n"


class TestChangelog:
    @pytest.mark.parametrize("name", [*COMMANDS, *CARDS])
    def test_names_all_commands_and_rules(self, name: str):
        assert f"`{name}`" in CHANGELOG or f"`backend-architect {name}`" in CHANGELOG

    def test_knows_the_version(self):
        project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert project["version"] in CHANGELOG


class TestLinks:
    @pytest.mark.parametrize("page", PAGES)
    def test_what_is_linked_is_there(self, page: str):
        text = (ROOT / page).read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)\s]+)\)", text)
        files = {target.partition("#")[0] for target in targets if "://" not in target}
        missing = {file for file in files if file and not ((ROOT / page).parent / file).exists()}
        assert not missing

    @pytest.mark.parametrize("page", PAGES)
    def test_headings_that_are_linked_are_there(self, page: str):
        text = (ROOT / page).read_text(encoding="utf-8")
        headings = {
            re.sub(r"[^\w -]", "", line).strip().lower()
            for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        anchors = {heading.replace(" ", "-") for heading in headings}
        assert set(re.findall(r"\]\(#([^)\s]+)\)", text)) <= anchors


class TestConstraints:
    def test_are_names_and_versions(self):
        lines = (ROOT / "constraints.txt").read_text().splitlines()
        pins = [line for line in lines if not line.startswith("#")]
        assert pins
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", pin) for pin in pins)

    def test_pin_everything_that_the_project_asks_for(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
        wanted += [name for group in project["dependency-groups"].values() for name in group]
        pinned = {_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines()}
        assert {_name(requirement) for requirement in wanted} <= pinned


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")
