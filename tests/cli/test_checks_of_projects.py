"""`check` and the rules about whole projects: which files they read, and of which they speak."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from backend_architect.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULE = "filter-without-index"
SCHEMA = (
    "CREATE TABLE orders (\n    id bigint PRIMARY KEY,\n    customer_id bigint NOT NULL,\n"
    "    created_at timestamptz NOT NULL\n);\n"
)
ORDERS = (
    "import psycopg\n\n\ndef of(db: psycopg.Connection, one: int) -> object:\n"
    '    return db.execute("SELECT id FROM orders WHERE customer_id = %s", (one,))\n'
)
EACH = (
    "import psycopg\n\n\ndef of(db: psycopg.Connection, all_of: list[int]) -> None:\n    for one in all_of:\n"
    '        db.execute("SELECT created_at FROM orders WHERE customer_id = %s", (one,))\n'
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("schema.sql", SCHEMA), ("shop/orders.py", ORDERS)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings(tmp_path, f'select = ["{RULE}", "unused-suppression"]\n')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder: Path, text: str) -> None:
    (folder / "backend-architect.toml").write_text(text, encoding="utf-8")


def check(*arguments: str, given: str | None = None) -> list[dict[str, Any]]:
    done = CliRunner().invoke(cli, ["check", "--format", "json", *arguments], input=given)
    assert not done.stderr, done.stderr
    assert done.exit_code in {0, 1}, done.output
    return json.loads(done.stdout)


def places(found: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(one["rule"], one["path"], one["start"]["line"]) for one in found]


def test_files_that_are_not_named_are_read_and_not_spoken_of(project: Path) -> None:
    (project / "shop" / "each.py").write_text(EACH, encoding="utf-8")
    (one,) = check("shop/each.py")
    assert (one["path"], one["start"]["line"], one["severity"]) == ("shop/each.py", 6, "warning")
    assert one["related"] == [
        {"path": "shop/orders.py", "line": 5, "message": "a query that the index serves"},
        {"path": "schema.sql", "line": 1, "message": "`orders` has 1 index"},
    ]
    assert check("shop/orders.py") == []
    assert places(check()) == [(RULE, "shop/each.py", 6)]


def test_paths_are_those_from_here(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "shop")
    (one,) = check()
    assert one["path"] == "orders.py"
    assert one["related"][0]["path"] == "../schema.sql"


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (("--ignore", RULE), 0),
        (("--select", "security"), 0),
        (("--select", "preview"), 1),
        (("--isolated",), 0),
        (("--isolated", "--select", RULE), 1),
        (("--jobs", "2"), 1),
        (("--no-cache",), 1),
    ],
)
def test_options_hold(options: tuple[str, ...], number: int) -> None:
    assert len(check(*options)) == number


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        (f'[severity]\n{RULE} = "error"\n', ["error"]),
        (f'[severity]\n{RULE} = "off"\n', []),
        (f'[per-file-ignores]\n"shop/*" = ["{RULE}"]\n', []),
        (f'[per-file-severity]\n"shop/*" = {{ {RULE} = "hint" }}\n', ["hint"]),
        ('exclude = ["schema.sql"]\n', []),
    ],
)
def test_settings_hold(project: Path, text: str, severities: list[str]) -> None:
    settings(project, f'select = ["{RULE}"]\n{text}')
    assert [one["severity"] for one in check()] == severities


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace("    return", f"    # backend-architect: ignore[{RULE}]\n    return"), []),
        (lambda text: f"# backend-architect: ignore-file[{RULE}]\n{text}", []),
        (
            lambda text: text.replace("import", f"# backend-architect: ignore[{RULE}]\nimport"),
            [("unused-suppression", "shop/orders.py", 1), (RULE, "shop/orders.py", 6)],
        ),
    ],
)
def test_comments_hold(
    project: Path, change: Callable[[str], str], expected: list[tuple[str, str, int]]
) -> None:
    (project / "shop" / "orders.py").write_text(change(ORDERS), encoding="utf-8")
    assert places(check()) == expected


def test_comments_of_sql_hold(project: Path) -> None:
    query = "SELECT id FROM orders WHERE customer_id = 3;"
    (project / "shop" / "orders.py").unlink()
    (project / "q.sql").write_text(f"{query}\n", encoding="utf-8")
    assert places(check()) == [(RULE, "q.sql", 1)]
    (project / "q.sql").write_text(f"{query} -- backend-architect: ignore[{RULE}]\n", encoding="utf-8")
    assert check() == []


def test_a_baseline_accepts(project: Path) -> None:
    assert CliRunner().invoke(cli, ["baseline", "create"]).exit_code == 0
    assert check() == []
    assert places(check("--no-baseline")) == [(RULE, "shop/orders.py", 5)]
    (project / "shop" / "each.py").write_text(EACH, encoding="utf-8")
    assert places(check()) == [(RULE, "shop/each.py", 6)]


def test_standard_input_counts_and_not_what_is_stored() -> None:
    given = SCHEMA + "CREATE INDEX i ON orders (customer_id);\n"
    assert check("-", "--stdin-filename", "schema.sql", given=given) == []
    shifted = check("-", "--stdin-filename", "shop/orders.py", given="\n" + ORDERS)
    assert places(shifted) == [(RULE, "shop/orders.py", 6)]


def test_another_configuration_is_another_project(project: Path) -> None:
    (project / "other").mkdir()
    settings(project / "other", f'select = ["{RULE}"]\n')
    (project / "other" / "orders.py").write_text(ORDERS, encoding="utf-8")
    assert places(check()) == [(RULE, "shop/orders.py", 5)]


def test_a_second_run_says_the_same_and_hears_of_changes(project: Path) -> None:
    (project / "shop" / "tables.py").write_text('NAME = "orders"\n', encoding="utf-8")
    text = ORDERS.replace("import psycopg", "import psycopg\nfrom shop.tables import NAME").replace(
        '"SELECT id FROM orders', 'f"SELECT id FROM {NAME}'
    )
    (project / "shop" / "orders.py").write_text(text, encoding="utf-8")
    first = check()
    assert places(first) == [(RULE, "shop/orders.py", 6)]
    assert check() == first == check("--no-cache")
    (project / "shop" / "tables.py").write_text('NAME = "invoices"\n', encoding="utf-8")
    assert check() == []


def test_a_file_that_cannot_be_read_harms_nothing_else(project: Path) -> None:
    (project / "shop" / "latin.py").write_bytes(b"x = '\xe4'\n")
    (project / "broken.sql").write_text("CREATE TABLE (\n", encoding="utf-8")
    assert places(check("shop/orders.py")) == [(RULE, "shop/orders.py", 5)]


def test_related_places_in_formats_for_people_and_forges() -> None:
    shown = CliRunner().invoke(cli, ["check", "--format", "text"]).stdout
    assert "  = `orders` has 1 index: schema.sql:1\n" in shown
    sarif = json.loads(CliRunner().invoke(cli, ["check", "--format", "sarif"]).stdout)
    (related,) = sarif["runs"][0]["results"][0]["relatedLocations"]
    assert related["message"] == {"text": "`orders` has 1 index"}
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "schema.sql"
    assert related["physicalLocation"]["region"] == {"startLine": 1}
