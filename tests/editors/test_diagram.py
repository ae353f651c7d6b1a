"""The page of a diagram in a real browser: by keyboard, in each theme, and with names that are hostile."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor_runs import BIN, HERE, HOME, ROOT, SCREENSHOTS, drive, fresh, required

BUILT = ROOT / "server" / "backend_architect" / "schema" / "diagram.html"
NODE = ROOT / "out" / "node" / "bin" / "node"
THEMES = ("light", "dark", "contrast")

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text UNIQUE);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id));
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders (id));
CREATE TABLE settings (id bigint PRIMARY KEY, parent_id bigint REFERENCES settings (id));
"""
HOSTILE = """
CREATE TABLE "<img src=x onerror=alert(1)>" (
    id bigint PRIMARY KEY, "</script><script>alert(2)</script>" text);
CREATE TABLE "{{diagram}} ""quoted"" &amp; __proto__" (
    id bigint PRIMARY KEY, a_name_without_any_place_to_break_it_that_is_wider_than_a_table_can_be bigint
    REFERENCES "<img src=x onerror=alert(1)>" (id)
);
"""


def many(count: int) -> str:
    """Tables that point to those before them: to the first by many of them, to the one before by some."""
    statements = ["CREATE TABLE users (id bigint PRIMARY KEY, name text);"]
    for number in range(1, count):
        target = "users" if number % 3 else f"table_of_things_{number - 1}" if number > 1 else "users"
        key = f"owner_id bigint REFERENCES {target} (id), " if number % 5 else ""
        columns = f"id bigint PRIMARY KEY, {key}note text, created_at timestamptz NOT NULL"
        statements.append(f"CREATE TABLE table_of_things_{number} ({columns});")
    return "\n".join(statements)


SCHEMAS = {"walk": SHOP, "hostile": HOSTILE, "20": many(20), "150": many(150)}
COUNTS = {"walk": 4, "hostile": 2, "20": 20, "150": 150}


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    folder = fresh("diagram")
    pages: dict[str, str] = {}
    for name, text in SCHEMAS.items():
        project = folder / name
        project.mkdir()
        (project / "schema.sql").write_text(text, encoding="utf-8")
        pages[name] = str(project / "schema.html")
        program = required(BIN / "backend-architect")
        command = [program, "schema", "--format", "html", "--output-file", pages[name]]
        subprocess.run(command, cwd=project, check=True)
    required(HOME / "npm" / "node_modules" / "axe-core")
    plan = {
        "home": str(HOME),
        "chromium": str(required(Path("/usr/bin/chromium"))),
        "screenshots": str(SCREENSHOTS / folder.name),
        "pages": pages,
    }
    return drive([required(NODE), HERE / "diagram.mjs"], plan, folder, seconds=120)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", SCHEMAS)
def test_page_is_whole_and_accessible(seen: dict[str, Any], name: str, theme: str) -> None:
    page = seen[f"{name}-{theme}"]
    assert page["tables"] == COUNTS[name]
    assert page["faults"] == []
    assert page["violations"] == []
    assert page["ring"] == "solid"
    assert page["complaints"] == []
    assert [url.split(":")[0] for url in page["requests"]] == ["file"]


def test_colours_follow_the_theme(seen: dict[str, Any]) -> None:
    papers = {theme: seen[f"20-{theme}"]["paper"] for theme in THEMES}
    assert papers == {"light": "rgb(255, 255, 255)", "dark": "rgb(31, 31, 31)", "contrast": "rgb(0, 0, 0)"}


def test_focus_stays_when_the_tables_are_drawn_anew(seen: dict[str, Any]) -> None:
    before, after = seen["walk-light"]["walks"]
    assert before == after == "customers"


def test_hostile_names_are_texts(seen: dict[str, Any]) -> None:
    assert seen["hostile-light"]["details"] == "<img src=x onerror=alert(1)>"


def test_walk_by_keyboard(seen: dict[str, Any]) -> None:
    walk = seen["walk"]
    assert walk["steps"] == [
        "search",
        "frame",
        "customers",
        "orders",
        "customers",
        "settings",
        "customers",
        "customers",
        "frame",
        "search",
    ]
    assert walk["nearer"]
    assert walk["near"] == ["customers", "items"]
    assert walk["lines"] == 2
    assert walk["heading"] == "customers"
    assert (walk["filtered"], walk["count"]) == (["orders"], "1 of 4 tables")
    assert walk["nothing"] == "No table is named like “ORD-no-such”."
    assert walk["all"] == 4
    assert walk["complaints"] == []


def test_page_is_what_its_sources_build(tmp_path: Path) -> None:
    required(ROOT / "editors" / "diagram" / "node_modules")
    built = tmp_path / "diagram.html"
    subprocess.run(
        [required(NODE), ROOT / "editors" / "diagram" / "build.mjs", built], check=True, timeout=60
    )
    assert built.read_bytes() == BUILT.read_bytes(), "run `make diagram`, and commit what it writes"
