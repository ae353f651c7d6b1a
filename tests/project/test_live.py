"""A project beside the editor: after any edits it says what a fresh look at the same texts says."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backend_architect.detectors.registry import all_rules
from backend_architect.engine.settings import Settings
from backend_architect.project.editor import EditorSettings
from backend_architect.project.fact_store import FactStore
from backend_architect.project.index import Reader
from backend_architect.project.messages import (
    Cancel,
    Changed,
    Describe,
    Described,
    Draw,
    Found,
    Look,
    Problem,
    Progress,
    Reconfigured,
)
from backend_architect.project.modules import Modules
from backend_architect.project.picture import Picture, found_in

if TYPE_CHECKING:
    from backend_architect.engine.findings import Finding

FILES = {
    "db/001_orders.sql": (
        "CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, created_at timestamptz);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL,\n"
        "  created_at timestamptz NOT NULL, note text);\n"
    ),
    "db/002_keys.sql": (
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE;\n"
    ),
    "shop/models.py": (
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\n"
        'class Customer(Base):\n    __tablename__ = "customers"\n\n'
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "    email: Mapped[str] = mapped_column(index=True)\n"
    ),
    "shop/tables.py": 'TABLE = "orders"\n',
    "shop/orders.py": (
        "import psycopg\nfrom shop.tables import TABLE\n\n\n"
        "def of(db: psycopg.Connection, one: int) -> object:\n"
        '    return db.execute(f"SELECT id FROM {TABLE} WHERE customer_id = %s", (one,))\n'
    ),
    "shop/customers.py": (
        "import psycopg\n\n\n"
        "def forget(db: psycopg.Connection, one: int) -> None:\n"
        '    db.execute("DELETE FROM customers WHERE id = %s", (one,))\n\n\n'
        "def by_mail(db: psycopg.Connection, mail: str) -> object:\n"
        '    return db.execute("SELECT id FROM customers WHERE email = %s", (mail,))\n'
    ),
}
LINES = {
    ".sql": [
        "CREATE INDEX orders_customer ON orders (customer_id);\n",
        "CREATE INDEX orders_customer_2 ON orders (customer_id);\n",
        "CREATE INDEX customers_email ON customers (email, created_at);\n",
        "ALTER TABLE orders DROP COLUMN note;\n",
        "CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id), text text);\n",
        "CREATE VIEW recent AS SELECT id, customer_id FROM orders;\n",
        "ALTER TABLE orders RENAME TO purchases;\n",
        "SELECT id FROM orders ORDER BY created_at DESC LIMIT 5;\n",
        "CREATE TABLE broken (id\n",
        "\n",
    ],
    ".py": [
        "\n",
        "# a comment\n",
        'TABLE = "customers"\n',
        "    age: Mapped[int] = mapped_column(index=True)\n",
        'QUERY = "SELECT id FROM recent WHERE customer_id = 3"\n',
        'LATEST = "SELECT id FROM orders ORDER BY created_at DESC LIMIT 5"\n',
        "class\n",
    ],
}


class Beside:
    """The process beside the editor, without the process."""

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root = root
        self.sent: list[object] = []
        self.reader = Reader(self.sent.append, cache)
        self.versions = 0
        self.texts: dict[str, str] = {}

    def open(self, name: str) -> None:
        self.change(name, (self.root / name).read_text(encoding="utf-8"))
        self.reader.handle(Look(self.root, self.root / name))

    def change(self, name: str, text: str) -> None:
        self.versions += 1
        self.texts[name] = text
        self.reader.handle(Changed(self.root / name, text, self.versions))

    def settle(self) -> None:
        while self.reader.step():
            pass

    def found(self, name: str) -> tuple[Finding, ...]:
        """What was said last of the text as it is."""
        file = self.root / name
        return next(
            one.findings for one in reversed(self.sent) if isinstance(one, Found) and one.file == file
        )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    (folder / "backend-architect.toml").write_text('select = ["all"]\n', encoding="utf-8")
    return folder


@pytest.fixture
def beside(root: Path) -> Beside:
    return Beside(root)


def fresh(root: Path, texts: dict[str, str]) -> dict[str, list[Finding]]:
    """What a look at files says that knows nothing from before; these texts count and not those stored."""
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in {".py", ".sql"}}

    def read(name: str) -> str | None:
        stored = root / name
        return texts.get(name, stored.read_text(encoding="utf-8") if stored.is_file() else None)

    modules = Modules(root, lambda file: (read(file.relative_to(root).as_posix()) or "").encode())
    picture = Picture(read, Settings(), lambda name: modules.elsewhere(root / name), FactStore(None))
    names = sorted(there)
    picture.expect(names)
    for name in names:
        picture.declare(name)
    for name in names:
        picture.ask(name)
    rules = [rule for rule in all_rules() if rule.detector.of_project]
    found, problems = found_in(picture.project(), rules)
    assert not problems
    return found


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [one.rule for one in findings]


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_in_several_files(beside: Beside, root: Path, seed: int) -> None:
    rng = random.Random(seed)
    for name in FILES:
        beside.open(name)
    for count in range(60):
        name = rng.choice(list(FILES))
        lines = beside.texts[name].splitlines(keepends=True)
        at = rng.randint(0, len(lines))
        if lines and rng.random() < 0.45:
            del lines[at : at + 1]
        else:
            lines.insert(at, rng.choice(LINES[Path(name).suffix]))
        beside.change(name, "".join(lines))
        if rng.random() < 0.1:
            beside.change(name, FILES[name])
        for _ in range(rng.randint(0, 3)):
            beside.reader.step()
        if count % 6 == 5:
            beside.settle()
            expected = fresh(root, beside.texts)
            for one in FILES:
                assert beside.found(one) == tuple(expected.get(one, ())), one
    assert not [one for one in beside.sent if isinstance(one, Problem)]


def test_files_that_come_and_go(beside: Beside, root: Path) -> None:
    beside.open("shop/orders.py")
    beside.settle()
    assert rules(beside.found("shop/orders.py")) == ["filter-without-index"]
    index = root / "db" / "003_index.sql"
    for text, expected in (
        ("CREATE INDEX orders_customer ON orders (customer_id);\n", []),
        (None, ["filter-without-index"]),
    ):
        if text is None:
            index.unlink()
        else:
            index.write_text(text, encoding="utf-8")
        beside.reader.handle(Changed(index))
        beside.settle()
        assert rules(beside.found("shop/orders.py")) == expected


def test_many_events_at_once_are_looked_at_once(beside: Beside, root: Path) -> None:
    beside.open("shop/orders.py")
    beside.settle()
    said = len([one for one in beside.sent if isinstance(one, Found)])
    for number in range(50):
        file = root / "db" / f"1{number:02}.sql"
        file.write_text(f"CREATE INDEX i{number} ON orders (customer_id);\n", encoding="utf-8")
        beside.reader.handle(Changed(file))
    beside.settle()
    assert rules(beside.found("shop/orders.py")) == []
    assert len([one for one in beside.sent if isinstance(one, Found)]) == said + 1


def test_reading_can_be_cancelled_and_begun_again(beside: Beside, root: Path) -> None:
    beside.open("shop/orders.py")
    for _ in range(3):
        beside.reader.step()
    beside.reader.handle(Cancel(root))
    beside.settle()
    assert [one.stage for one in beside.sent if isinstance(one, Progress)][-1] == "end"
    assert not [one for one in beside.sent if isinstance(one, Found)]
    beside.reader.handle(Reconfigured(EditorSettings()))
    beside.reader.handle(Look(root, root / "shop/orders.py"))
    beside.settle()
    assert rules(beside.found("shop/orders.py")) == ["filter-without-index"]


def test_what_cannot_be_read_harms_nothing_else(beside: Beside, root: Path) -> None:
    (root / "db" / "000_broken.sql").write_text("CREATE TABLE (;\nALTER TABLE orders ADD\n", encoding="utf-8")
    (root / "shop" / "latin.py").write_bytes(b"x = '\xe4'\n")
    versions = root / "alembic" / "versions"
    versions.mkdir(parents=True)
    for one, other in (("a", "b"), ("b", "a")):
        (versions / f"{one}.py").write_text(
            f'from alembic import op\n\nrevision = "{one}"\ndown_revision = "{other}"\n\n\n'
            f'def upgrade():\n    op.drop_table("t_{one}")\n',
            encoding="utf-8",
        )
    beside.open("shop/orders.py")
    beside.settle()
    assert rules(beside.found("shop/orders.py")) == ["filter-without-index"]
    assert not [one for one in beside.sent if isinstance(one, Problem)]


@pytest.mark.parametrize("first", [True, False])
def test_a_cache_changes_no_answer(root: Path, tmp_path: Path, first: bool) -> None:
    for turn in range(1 if first else 2):
        beside = Beside(root, tmp_path / "cache")
        for name in FILES:
            beside.open(name)
        if turn:
            beside.change("shop/tables.py", 'TABLE = "customers"\n')
        beside.settle()
        expected = fresh(root, beside.texts)
        assert {name: beside.found(name) for name in FILES} == {
            name: tuple(expected.get(name, ())) for name in FILES
        }


def test_places_are_described(beside: Beside, root: Path) -> None:
    beside.open("shop/orders.py")
    beside.settle()

    def said(name: str, line: int, word: str) -> str:
        beside.reader.handle(Describe(7, root, root / name, line, word))
        answer = beside.sent[-1]
        assert isinstance(answer, Described)
        assert answer.number == 7
        return answer.text

    assert "### customers · db/001_orders.sql:1" in said("shop/models.py", 7, "Customer")
    assert "- shop/customers.py:9" in said("shop/models.py", 7, "Customer")
    assert "### orders" in said("db/002_keys.sql", 0, "orders")
    assert "(customer_id) to customers (id) on delete cascade" in said("shop/orders.py", 5, "customer_id")
    assert said("shop/orders.py", 0, "psycopg") == ""
    beside.reader.handle(Draw(8, root, "mermaid"))
    assert beside.sent[-1].text.startswith("erDiagram")
    beside.reader.handle(Draw(9, root, "page"))
    drawn = json.loads(beside.sent[-1].text)
    assert drawn["title"] == root.name
    assert {table["name"] for table in drawn["schemas"][0]["tables"]} == {"customers", "orders"}


def test_a_diagram_needs_no_open_file(root: Path, beside: Beside) -> None:
    beside.reader.handle(Draw(1, root, "mermaid"))
    assert "orders" in beside.sent[-1].text


def test_rules_that_no_open_file_hears_are_not_run(root: Path, beside: Beside) -> None:
    (root / "backend-architect.toml").write_text('select = ["duplicate-index"]\n', encoding="utf-8")
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        beside.open(name)
        beside.settle()
        assert set(rules(beside.found(name))) <= {"duplicate-index"}
