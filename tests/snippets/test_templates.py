"""What holds for every snippet; a new folder below `snippets` is tested without a change here."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions
from tests.snippets.reading import read
from tests.snippets.variants import Case, cases

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import ALL, Settings
from backend_architect.knowledge.persona import item_ids, load_persona
from backend_architect.snippets.cards import CARD, Snippet, load_snippets
from backend_architect.snippets.pieces import pieces

SNIPPETS = list(load_snippets().values())
EVERY_RULE = Settings(select=frozenset({ALL}))
SECTIONS = ["What it gives", "What you must decide", "What it does not do", "References"]

RUFF = (
    *("check", "--isolated", "--output-format", "json", "--target-version", "py311", "--line-length", "110"),
    *("--select", "A,ASYNC,B,BLE,C4,D,DJ,E,F,FA,FAST,FURB,I,N,PERF,PIE,PT,RET,RUF,S,SIM,T20,UP,W"),
    *("--config", 'lint.pydocstyle.convention = "google"'),
    *("--ignore", "D100"),
    *("--config", 'builtins = ["app", "router"]'),
    *("--config", 'lint.isort.known-first-party = ["shop"]'),
    *("--config", 'lint.per-file-ignores = { "**/test_*.py" = ["S101"] }'),
)
"""Routes are declared on objects that stand in the file already. The layout of lines is left out, because
the lengths of names are those of the project."""

UNREAD = re.compile(
    r"SET |RESET |DO |CALL |ALTER TYPE |CREATE POLICY |CREATE OR REPLACE FUNCTION .+ RETURNS trigger |"
    r"ALTER TABLE \S+ (VALIDATE CONSTRAINT |ATTACH PARTITION |(ENABLE|FORCE) ROW |"
    r"ADD CONSTRAINT .+ USING INDEX |.+ DROP IDENTITY )",
    re.DOTALL,
)
"""The statements that sqlglot has no tree for, whatever is in them; tests/servers runs them."""

IN_MIGRATIONS = {"RUF012"}
"""What the conventions of Django and Alembic ask for."""


def named(case: Case) -> str:
    return case.name


def by_id(snippet: Snippet) -> str:
    return snippet.id


@pytest.mark.parametrize("case", cases(), ids=named)
class TestTemplate:
    def test_the_snippet_says_what_the_plain_text_says(self, case: Case):
        assert read(case.rendered.snippet).text == case.rendered.plain

    def test_tab_stops_are_numbered_in_the_order_of_the_text(self, case: Case):
        numbers = list(dict.fromkeys(one for one in read(case.rendered.snippet).stops if one))
        assert numbers == list(range(1, len(numbers) + 1))

    def test_it_parses(self, case: Case):
        if case.path.endswith(".sql"):
            statements = sqlglot.parse(case.rendered.plain, dialect="postgres")
            assert statements
            assert all(statement is not None for statement in statements)
        else:
            ast.parse(case.rendered.plain)

    def test_no_rule_finds_anything(self, case: Case):
        report = check_text(case.path, case.rendered.plain, EVERY_RULE)
        assert [(one.rule, one.span.line + 1, one.message) for one in report.findings] == []
        assert report.problems == ()

    def test_it_is_tidy(self, case: Case):
        text = case.rendered.plain
        assert "\t" not in text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert [line for line in text.splitlines() if line != line.rstrip()] == []

    def test_its_first_line_says_what_it_was_checked_with(self, case: Case):
        if case.template == case.variant.template:
            first = case.rendered.plain.partition("\n")[0]
            assert first.startswith(("# ", "-- "))
            assert case.variant.checked in first

    def test_its_parts_put_together_are_the_whole(self, case: Case):
        if case.path.endswith(".py"):
            parts = pieces(case.rendered)
            assert statements("\n".join([*parts.imports, parts.body.plain])) == statements(
                case.rendered.plain
            )


def statements(text: str) -> tuple[set[str], list[str]]:
    """The names that a text imports, and its other statements."""
    body = ast.parse(text).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        f"{getattr(node, 'module', '')} {alias.name} {alias.asname}"
        for node in imports
        for alias in node.names
    }
    return names, [ast.dump(node) for node in body if node not in imports]


def test_ruff_finds_nothing(tmp_path: Path):
    names: dict[str, Case] = {}
    for number, case in enumerate(one for one in cases() if one.path.endswith(".py")):
        stem = case.path.rpartition("/")[2]
        file = tmp_path / f"case{number}" / stem
        file.parent.mkdir()
        file.write_text(case.rendered.plain, encoding="utf-8")
        names[str(file)] = case
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *RUFF, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [
        (names[one["filename"]].name, one["location"]["row"], one["code"], one["message"])
        for one in json.loads(done.stdout)
        if one["code"] not in IN_MIGRATIONS or "migrations" not in names[one["filename"]].path
    ]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("snippet", SNIPPETS, ids=by_id)
class TestCard:
    def test_the_libraries_are_those_of_the_tests(self, snippet: Snippet):
        written = {name: number for one in snippet.variants for name, number in one.libraries}
        assert written == {name: version(name) for name in written}

    def test_it_serves_items_that_exist_and_are_within_bounds(self, snippet: Snippet):
        bounded = {item.id for section in load_persona() for item in section.items if item.boundary}
        assert set(snippet.persona) <= set(item_ids()) - bounded

    def test_it_says_what_it_gives_and_what_not(self, snippet: Snippet):
        assert re.findall(r"^## (.+)$", snippet.body, re.MULTILINE) == SECTIONS

    def test_every_template_beside_it_is_used(self, snippet: Snippet):
        folder = Path(snippet.path).parent
        there = {f"{snippet.id}/{file.name}" for file in folder.iterdir() if file.name != CARD}
        used = {one.template for one in snippet.variants}
        for variant in snippet.variants:
            if variant.action is not None:
                used |= {template for _, template in (*variant.action.creates, *variant.action.edits)}
        unread = list(used)
        while unread:
            text = (folder.parents[1] / unread.pop()).read_text(encoding="utf-8")
            included = set(re.findall(r'\[@ include "([^"]+)" @\]', text)) - used
            unread += included
            used |= included
        assert there <= used


def test_sql_is_read_by_sqlglot_and_not_passed_over():
    unread = [
        case.name
        for case in cases()
        if case.path.endswith(".sql")
        for statement in sqlglot.parse(case.rendered.plain, dialect="postgres")
        if isinstance(statement, expressions.Command)
        and not UNREAD.match(statement.sql("postgres", comments=False).lstrip())
    ]
    assert unread == []
