"""What `fix` does with repairs that reach over the files of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from backend_architect.cli.main import cli

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    basket_id bigint NOT NULL,
    note text NOT NULL
);
"""
MODELS = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column()
    basket_id: Mapped[int] = mapped_column()
    note: Mapped[str]
"""
QUERY = """import psycopg


def orders_of(db: psycopg.Connection, customer: int) -> list[tuple[int]]:
    return db.execute("SELECT id FROM orders WHERE customer_id = %s", (customer,)).fetchall()
"""
RULE = "filter-without-index"
NEW = "migrations/0002_add_ix_orders_customer_id.up.sql"
INDEX = (
    "-- If this fails, drop the INVALID index that it leaves before the next try,\n"
    "-- because IF NOT EXISTS would keep that one.\n"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_orders_customer_id ON orders (customer_id);\n"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models whose migrations are written in SQL, in the working directory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.chdir(tmp_path)
    files = {
        "backend-architect.toml": f'select = ["{RULE}"]\n',
        "migrations/0001_orders.up.sql": TABLE,
        "migrations/0001_orders.down.sql": "DROP TABLE orders;\n",
        "shop/models.py": MODELS,
        "shop/orders.py": QUERY,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def fix(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["fix", *arguments])


def check() -> Result:
    return CliRunner().invoke(cli, ["check", "--no-cache"])


def test_model_and_migration_are_written_and_nothing_is_left(project: Path):
    result = fix("--unsafe-fixes", "shop/orders.py")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        "shop/orders.py: Add the index to `Order` and a new migration (SQL)\n"
        f"{NEW}: created\n"
        f"{NEW.replace('.up.', '.down.')}: created\n"
        "shop/models.py: edited along\n"
        "Fixed 1 finding in 2 files\n"
    )
    assert (project / NEW).read_text() == INDEX
    models = (project / "shop" / "models.py").read_text()
    assert models == MODELS.replace(
        "customer_id: Mapped[int] = mapped_column()", "customer_id: Mapped[int] = mapped_column(index=True)"
    )
    assert check().stdout.startswith("No findings")


def test_without_leave_for_what_is_unsafe_nothing_is_written(project: Path):
    result = fix()
    assert result.stdout == (
        "Fixed 0 findings in 0 files; 1 left, 1 of them with an unsafe fix (--unsafe-fixes)\n"
    )
    assert not (project / NEW).exists()


def test_the_diff_has_all_files(project: Path):
    result = fix("--unsafe-fixes", "--diff")
    added = "".join(f"+{line}" for line in INDEX.splitlines(keepends=True))
    assert f"--- /dev/null\n+++ b/{NEW}\n@@ -0,0 +1,3 @@\n{added}" in result.stdout
    assert "--- a/shop/models.py\n+++ b/shop/models.py\n" in result.stdout
    assert "+    customer_id: Mapped[int] = mapped_column(index=True)\n" in result.stdout
    assert not (project / NEW).exists()


def test_each_migration_follows_the_one_before(project: Path):
    other = QUERY.replace("customer", "basket")
    (project / "shop" / "baskets.py").write_text(other)
    result = fix("--unsafe-fixes")
    assert result.exit_code == 0, result.stderr
    made = sorted(path.name for path in (project / "migrations").glob("*.up.sql"))
    assert made == [
        "0001_orders.up.sql",
        "0002_add_ix_orders_basket_id.up.sql",
        "0003_add_ix_orders_customer_id.up.sql",
    ]
    assert (project / "shop" / "models.py").read_text().count("index=True") == 2
    assert check().stdout.startswith("No findings")


def test_what_a_comment_silences_stays(project: Path):
    quiet = QUERY.replace("    return", f"    # backend-architect: ignore[{RULE}]\n    return")
    (project / "shop" / "orders.py").write_text(quiet)
    assert fix("--unsafe-fixes").stdout == "Fixed 0 findings in 0 files\n"


def test_what_cannot_be_written_is_said_with_its_place(project: Path):
    dynamic = MODELS.replace(
        '    __tablename__ = "orders"\n', '    __tablename__ = "orders"\n    __table_args__ = arguments()\n'
    ).replace("class Base(", "from shop.arguments import arguments\n\n\nclass Base(")
    (project / "shop" / "models.py").write_text(dynamic.replace("mapped_column()\n", "column_of(int)\n"))
    result = fix("--unsafe-fixes")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"shop/orders.py:5: {RULE}: not fixed; ")
    assert not (project / NEW).exists()


def test_a_new_file_of_python_may_speak_of_queries(project: Path):
    for name in ("0001_orders.up.sql", "0001_orders.down.sql"):
        (project / "migrations" / name).unlink()
    revision = """revision = "a1b2c3d4e5f6"
down_revision = None

import sqlalchemy as sa
from alembic import op


def upgrade():
    op.create_table("query", sa.Column("id", sa.Integer()), sa.Column("customer_id", sa.Integer()))


def downgrade():
    op.drop_table("query")
"""
    (project / "migrations" / "a1b2c3d4e5f6_query.py").write_text(revision, encoding="utf-8")
    for name in ("shop/models.py", "shop/orders.py"):
        text = (project / name).read_text(encoding="utf-8")
        (project / name).write_text(text.replace("orders", "query"), encoding="utf-8")
    result = fix("--unsafe-fixes", "shop/orders.py")
    assert result.exit_code == 0, result.stderr
    assert len(list((project / "migrations").glob("*_add_index_ix_query_customer_id.py"))) == 1


def test_what_is_left_to_the_person_is_said_and_is_no_failure(project: Path):
    # node-pg-migrate runs each file in a transaction, in which no index is made concurrently.
    for file in (project / "migrations").iterdir():
        file.unlink()
    text = f"-- Up Migration\n{TABLE}\n-- Down Migration\nDROP TABLE orders;\n"
    (project / "migrations" / "1700000000000_orders.sql").write_text(text)
    result = fix("--unsafe-fixes")
    assert "node-pg-migrate" in result.stderr
    assert result.exit_code == 0
    assert result.stdout.endswith("Fixed 1 finding in 2 files\n")


APPLICATION = """from fastapi import FastAPI

app = FastAPI()


@app.get("/orders")
def orders() -> list[int]:
    return []
"""
HEALTH = "missing-health-endpoint"


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application without a database and without probes, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "backend-architect.toml").write_text(f'select = ["{HEALTH}"]\n')
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "main.py").write_text(APPLICATION)
    return tmp_path


@pytest.mark.parametrize("arguments", [(), ("--rule", HEALTH, "shop/main.py")])
def test_a_snippet_is_written_for_a_finding(application: Path, arguments: tuple[str, ...]):
    result = fix("--unsafe-fixes", *arguments)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        "shop/main.py: Add liveness and readiness probes\n"
        "shop/health.py: created\n"
        "tests/test_health.py: created\n"
        "Fixed 1 finding in 1 file\n"
    )
    main = (application / "shop" / "main.py").read_text()
    assert "from shop.health import router as health_router\n" in main
    assert "app = FastAPI()\napp.include_router(health_router)\n" in main
    assert "/readyz" in (application / "shop" / "health.py").read_text()
    assert check().stdout.startswith("No findings")


def test_a_snippet_takes_no_file_away(application: Path):
    (application / "shop" / "health.py").write_text("mine = True\n")
    result = fix("--unsafe-fixes")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"shop/main.py:3: {HEALTH}: not fixed; shop/health.py exists already")
    assert (application / "shop" / "main.py").read_text() == APPLICATION
    assert (application / "shop" / "health.py").read_text() == "mine = True\n"
    assert not (application / "tests").exists()


def test_a_login_is_limited_and_what_is_left_to_do_is_said(application: Path):
    login = (
        "from flask import Flask, request\nfrom werkzeug.security import check_password_hash\n\n"
        'app = Flask(__name__)\n\n\n@app.post("/login")\ndef login():\n'
        '    return {"ok": check_password_hash(hash_of(request.form["email"]), request.form["password"])}\n'
    )
    (application / "backend-architect.toml").write_text('select = ["login-without-rate-limit"]\n')
    (application / "shop" / "main.py").write_text(login)
    result = fix("--unsafe-fixes")
    assert "shop/login_limits.py: created\nFixed 1 finding in 1 file\n" in result.stdout
    assert result.stderr.startswith("Set LOGIN_LIMIT_STORE in the configuration of the application")
    main = (application / "shop" / "main.py").read_text()
    assert "from shop.login_limits import count_attempt\n" in main
    assert 'def login():\n    wait = count_attempt(request.form["email"])\n    if wait:\n' in main
    assert check().stdout.startswith("No findings")
