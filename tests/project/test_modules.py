"""What names stand for that come from other files of the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.engine.settings import Settings
from backend_architect.project.modules import Modules
from backend_architect.python.values import Instance, Literal, Symbol, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


class Files:
    """A project, and which of its files were read."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        self.read: list[str] = []
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")

    def ask(self, file: str, path: str):
        """What a path stands for in a file."""
        return self.modules.answer(self.root / file, path)

    @property
    def modules(self) -> Modules:
        def read(path: Path) -> bytes | None:
            self.read.append(path.relative_to(self.root).as_posix())
            return path.read_bytes() if path.exists() else None

        return Modules(self.root, read)


SESSION = Instance("sqlalchemy.orm.Session")
DB = """
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

engine = create_engine("postgresql://db/shop")
SessionLocal = sessionmaker(bind=engine)
session = SessionLocal()
URL = "postgresql://db/shop"


def get_db() -> Session:
    return SessionLocal()


class Store:
    def __init__(self):
        self.session = SessionLocal()

    def load(self) -> Session: ...


class Base(Session): ...
"""


def project(tmp_path: Path) -> Files:
    return Files(
        tmp_path,
        {"shop/__init__.py": "", "shop/db.py": DB, "shop/api/__init__.py": "", "shop/api/users.py": ""},
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("shop.db.session", SESSION),
        ("..db.session", SESSION),
        ("shop.db.URL", Text(("postgresql://db/shop",))),
        ("shop.db.get_db", Symbol("shop.db.get_db")),
        ("shop.db.get_db()", SESSION),
        ("shop.db.Store", Symbol("shop.db.Store")),
        ("shop.db.Store()", Instance("shop.db.Store")),
        ("shop.db.Store.session", SESSION),
        ("shop.db.Store.load()", SESSION),
        ("shop.db.Base.execute", Symbol("sqlalchemy.orm.Session.execute")),
        ("shop.db", Symbol("shop.db")),
        ("..db", Symbol("shop.db")),
        ("shop.db.nothing", None),
        ("shop.nothing.session", None),
        ("elsewhere.session", None),
    ],
)
def test_what_a_path_stands_for(tmp_path: Path, path: str, value: object) -> None:
    assert project(tmp_path).ask("shop/api/users.py", path) == value


MAKERS = """
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from typing import Self

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from .db import SessionLocal


class Database(SQLAlchemy): ...


class Unit:
    session: Session

    def __enter__(self):
        return self.session


class Client:
    async def __aenter__(self) -> Self:
        return self

    @property
    def session(self):
        return SessionLocal()


db = Database()
scoped = scoped_session(sessionmaker())


@lru_cache(maxsize=1)
def cached():
    return SessionLocal()


@contextmanager
def in_transaction():
    with SessionLocal() as session:
        yield session


@asynccontextmanager
async def connected():
    async with Client() as client:
        yield client
"""
USES = {
    "db.session": Instance("sqlalchemy.orm.scoped_session"),
    "scoped()": SESSION,
    "cached()": SESSION,
    "Unit().session": SESSION,
    "Client().session": SESSION,
}
ENTERED = {
    "Unit()": SESSION,
    "in_transaction()": SESSION,
    "connected()": Instance("shop.makers.Client"),
    "Client()": Instance("shop.makers.Client"),
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [*USES.items(), *((f"ENTER {made}", value) for made, value in ENTERED.items())],
)
def test_what_is_made_in_another_file(tmp_path: Path, expression: str, value: object) -> None:
    files = project(tmp_path)
    (tmp_path / "shop/makers.py").write_text(MAKERS, encoding="utf-8")
    made = expression.removeprefix("ENTER ")
    use = f"with {made} as x:\n    pass\n" if made != expression else f"x = {made}\n"
    (tmp_path / "shop/uses.py").write_text(f"from shop.makers import *\n{use}", encoding="utf-8")
    assert files.ask("shop/api/users.py", "shop.uses.x") == value


def test_what_a_package_hands_on(tmp_path: Path) -> None:
    files = Files(
        tmp_path,
        {
            "shop/__init__.py": "from .db import get_db, Store as Shelf\nfrom .more import *\n",
            "shop/db.py": DB,
            "shop/more.py": "import sqlite3\nconnection = sqlite3.connect('shop.db')\n",
        },
    )
    assert files.ask("main.py", "shop.get_db") == Symbol("shop.db.get_db")
    assert files.ask("main.py", "shop.Shelf") == Symbol("shop.db.Store")
    assert files.ask("main.py", "shop.connection") == Instance("sqlite3.Connection")


def test_a_name_that_a_package_binds_hides_its_module(tmp_path: Path) -> None:
    files = Files(
        tmp_path,
        {
            "shop/__init__.py": "from .app import app\n",
            "shop/app.py": "from flask import Flask\napp = Flask(__name__)\n",
        },
    )
    assert files.ask("main.py", "shop.app") == Instance("flask.Flask")
    assert files.ask("main.py", "shop.app.app") == Instance("flask.Flask")


def test_imports_start_at_the_folder_above_the_package(tmp_path: Path) -> None:
    files = Files(
        tmp_path,
        {
            "backend/app/__init__.py": "",
            "backend/app/db.py": DB,
            "backend/app/main.py": "",
            "src/lib/__init__.py": "",
            "src/lib/db.py": DB,
            "plain/settings.py": "URL = 'x'\n",
            "plain/web/views.py": "",
        },
    )
    assert files.ask("backend/app/main.py", "app.db.session") == SESSION
    assert files.ask("backend/app/main.py", "db.session") is None, "implicit relative imports are history"
    assert files.ask("tests.py", "lib.db.session") == SESSION
    assert files.ask("plain/web/views.py", "settings.URL") == Text(("x",))
    assert files.ask("plain/web/views.py", "..settings.URL") == Text(("x",))


def test_modules_that_import_each_other_come_to_an_end(tmp_path: Path) -> None:
    files = Files(tmp_path, {"a.py": "from b import x\ny = x\n", "b.py": "from a import y\nx = y\nz = 1\n"})
    assert not isinstance(files.ask("main.py", "a.y"), Instance)
    assert files.ask("main.py", "b.z") == Literal(1)


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    files = Files(tmp_path, {"broken.py": "def (", "fine.py": "x = 1\n"})
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    assert files.ask("main.py", "broken.x") is None
    assert files.ask("main.py", "binary.x") is None
    assert files.ask("main.py", "fine.x") is not None


def test_django_settings_are_those_that_the_entry_point_chooses(tmp_path: Path) -> None:
    files = Files(
        tmp_path,
        {
            "manage.py": "environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.production')\n",
            "shop/__init__.py": "",
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": "MEDIA_ROOT = '/srv/media'\n",
            "shop/settings/production.py": "from .base import *\nTIMEOUT = 3\n",
        },
    )
    assert files.ask("shop/views.py", "django.conf.settings.MEDIA_ROOT") == Text(("/srv/media",))
    assert files.ask("shop/views.py", "django.conf.settings.NOTHING") is None


def test_each_file_is_read_once(tmp_path: Path) -> None:
    files = project(tmp_path)
    modules = files.modules
    for path in ("shop.db.session", "shop.db.URL", "shop.db.get_db()"):
        modules.answer(tmp_path / "shop/api/users.py", path)
    assert files.read.count("shop/db.py") == 1


VIEWS = """
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from shop.db import Base, SessionDep, get_db


def by_default(db=Depends(get_db)):
    db.execute("SELECT 1")


def by_annotation(db: Annotated[Session, Depends(get_db)]):
    db.execute("SELECT 1")


def by_alias(db: SessionDep):
    db.execute("SELECT 1")


class Store(Base):
    def load(self):
        self.execute("SELECT 1")
"""


def test_dependencies_annotations_and_bases_lead_to_other_files(tmp_path: Path) -> None:
    alias = "\n\nfrom typing import Annotated\nfrom fastapi import Depends\n"
    files = Files(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/db.py": DB + alias + "SessionDep = Annotated[Session, Depends(get_db)]\n",
            "shop/views.py": VIEWS,
        },
    )
    assert callees(files, "shop/views.py") == dict.fromkeys(
        ["by_default", "by_annotation", "by_alias", "load"], "sqlalchemy.orm.Session.execute"
    )


def callees(files: Files, name: str) -> dict[str, str | None]:
    """What the calls of methods in a file stand for, as a rule sees them, by the function they stand in."""
    seen: dict[str, str | None] = {}

    @detector(on=ast.Call)
    def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
        if isinstance(call.func, ast.Attribute):
            seen[getattr(at.function, "name", "")] = at.path(call.func)
        return iter(())

    rules = RuleTable((Rule("calls", "security", "hint", detect),))
    text = (files.root / name).read_text(encoding="utf-8")
    check_text(name, text, Settings(), rules, files.modules.elsewhere(files.root / name))
    return seen


RESULTS = """
import sqlite3
from contextlib import contextmanager


def connect():
    connection = sqlite3.connect("shop.db")
    return connection


def maybe():
    if connect():
        return connect()
    return None


def either(really):
    return connect() if really else "nothing"


def session():
    db = connect()
    try:
        yield db
    finally:
        db.close()


class Store:
    @property
    def connection(self):
        return connect()
"""

CONNECTION = Instance("sqlite3.Connection")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("db.connect()", CONNECTION),
        ("db.maybe()", CONNECTION),
        ("db.session()", CONNECTION),
        ("db.Store.connection", CONNECTION),
        ("db.either()", Unknown()),
    ],
)
def test_functions_that_do_not_say_what_they_give(tmp_path: Path, path: str, value: object) -> None:
    assert Files(tmp_path, {"db.py": RESULTS}).ask("main.py", path) == value


def test_the_version_of_a_library_is_the_one_that_is_pinned(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("PyJWT==1.7.1\n", encoding="utf-8")
    files = Files(tmp_path, {"views.py": "import jwt\n"})
    seen: list[tuple[int, ...] | None] = []

    @detector(on=ast.Import)
    def detect(_: ast.Import, at: Place) -> Iterator[Finding]:
        seen.extend([at.version("jwt"), at.version("requests")])
        return iter(())

    rules = RuleTable((Rule("versions", "security", "hint", detect),))
    elsewhere = files.modules.elsewhere(tmp_path / "views.py")
    check_text("views.py", "import jwt\n", Settings(), rules, elsewhere)
    assert seen == [(1, 7, 1), None]


def test_modules_that_take_everything_from_themselves_or_each_other_come_to_an_end(tmp_path: Path):
    files = Files(
        tmp_path,
        {
            "whoosh.py": "from whoosh.fields import *\n",  # a script with the name of a library
            "a.py": "from b.x import *\n",
            "b.py": "from a.y import *\n",
        },
    )
    assert files.ask("whoosh.py", "whoosh.fields.Schema") is None
    assert files.ask("a.py", "b.x.thing") is None
