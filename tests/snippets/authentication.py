"""A project whose package `auth` is what snippets write, with its application running."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url
from tests.snippets.running import imported, text_of
from tests.snippets.variants import project

from backend_architect.cli.repair import apply_edits
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

    import pytest
    from sqlalchemy import Engine

MODULES = {
    "access_tokens": "access-token",
    "api_keys": "api-key",
    "audit": "security-audit-log",
    "csrf": "csrf",
    "login": "login",
    "login_limits": "login-rate-limit",
    "oauth2_login": "oauth2-login",
    "password_change": "password-change",
    "password_reset": "password-reset",
    "passwords": "password-hashing",
    "refresh_tokens": "refresh-rotation",
    "register": "register",
    "roles": "roles",
    "session_cookie": "session-cookie",
}
"""The modules of the package, by the names under which they import each other, and their snippets."""

DATABASE = {
    "sync": (
        "from sqlalchemy import NullPool, create_engine\nfrom sqlalchemy.orm import sessionmaker\n\n"
        "sessions = sessionmaker(create_engine({url!r}, poolclass=NullPool))\n"
    ),
    "async": (
        "from sqlalchemy import NullPool\n"
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n\n"
        "sessions = async_sessionmaker(create_async_engine({url!r}, poolclass=NullPool))\n"
    ),
}

MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="reader")

    def __str__(self) -> str:
        return self.email
"""

MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PASSWORD = "correct horse battery staple"
EMAIL = "ada@example.org"
KEYS = {"new": "n" * 64, "old": "o" * 64}


def settings(session: str) -> dict[str, str]:
    """The environment of the project."""
    return {
        "ACCESS_TOKEN_ISSUER": "https://id.example.org",
        "ACCESS_TOKEN_AUDIENCE": "shop",
        "ACCESS_TOKEN_KEYS": json.dumps(KEYS),
        "ACCESS_TOKEN_KEY_ID": "new",
        "LOGIN_LIMIT_STORAGE": "async+memory://" if session == "async" else "memory://",
        "CSRF_KEY": "c" * 64,
        "PASSWORD_RESET_PAGE": "https://shop.example.org/new-password",
        "PASSWORD_RESET_SENDER": "shop@example.org",
        "PASSWORD_RESET_SMTP_HOST": "mail.example.org",
        "PASSWORD_RESET_SMTP_USER": "shop",
        "PASSWORD_RESET_SMTP_PASSWORD": "mail-secret",
    }


@dataclass
class Shop:
    """The project, running."""

    session: str
    engine: Engine
    """To look into its database from outside."""
    app: FastAPI
    client: TestClient
    user: int = 0
    """The key of the first user, once there is one."""

    def module(self, name: str) -> ModuleType:
        """One of the modules that a snippet wrote."""
        return importlib.import_module(f"shop.auth.{name}")

    def add_user(self, **columns: Any) -> int:
        """A user with a password, past all endpoints; the key."""
        models = importlib.import_module("shop.models")
        hasher = self.module("passwords").password_hasher
        values = {"email": EMAIL, "password_hash": hasher.hash(PASSWORD), "role": "reader"} | columns
        with self.engine.begin() as connection:
            table = models.User.__table__
            return connection.execute(table.insert().values(values)).inserted_primary_key[0]

    def expose(self, path: str, dependency: Any, *methods: str) -> None:
        """Add a route that answers with the words of what a dependency gives."""

        def answer(given: Any = Depends(dependency)) -> str:  # noqa: B008 - annotations name no local things
            return str(given)

        self.app.add_api_route(path, answer, methods=list(methods or ["GET"]))

    def in_transaction(self, do: Callable[[Any], Any]) -> Any:
        """What a function of a snippet gives that is called with a session of the project."""
        sessions = importlib.import_module("shop.database").sessions

        async def awaiting() -> Any:
            async with sessions.begin() as database:
                given = do(database)
                return await given if inspect.isawaitable(given) else given

        if self.session == "async":
            return asyncio.run(awaiting())
        with sessions.begin() as database:
            return do(database)

    def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> Any:
        """The answer to an attempt."""
        return self.client.post("/auth/login", json={"email": email, "password": password})

    def refresh(self, token: str) -> Any:
        """The answer to a refresh token."""
        return self.client.post("/auth/refresh", json={"refresh_token": token})


def acted(name: str, session: str = "sync") -> dict[str, str]:
    """The files of a small project after the action of a snippet, without those of its database."""
    variant = load_snippets()[name].variant("fastapi")
    assert variant is not None
    assert variant.action is not None
    application, *others = project("fastapi", session)
    mark = type(application)("application", "app", "fastapi", 2, 3, 0, "shop.main", "shop/main.py")
    around = Surroundings(landmarks=(mark, *others))
    changes = act(variant, variant.action, around, {"shop/main.py": MAIN}.get)
    texts = {"shop/__init__.py": "", "shop/main.py": apply_edits(MAIN, changes.edits["shop/main.py"])}
    return texts | {one.path: one.text for one in changes.creates}


@contextmanager
def shop(
    folder: Path,
    patch: pytest.MonkeyPatch,
    session: str,
    *names: str,
    url: str | None = None,
    environment: Mapping[str, str] | None = None,
    written: Mapping[str, str] | None = None,
) -> Iterator[Shop]:
    """The project with some of the modules; what has routes is in the application.

    Args:
        folder: an empty one.
        patch: sets the environment.
        session: sync or async.
        names: the modules.
        url: of an empty database; without one it is a file of SQLite.
        environment: settings besides the usual ones.
        written: files that an action wrote.
    """
    for name, value in (settings(session) | dict(environment or {})).items():
        patch.setenv(name, value)
    at = make_url(url or f"sqlite:///{folder / 'shop.db'}")
    driver = "sqlite+aiosqlite" if at.drivername == "sqlite" and session == "async" else at.drivername
    mine = at.set(drivername=driver).render_as_string(hide_password=False)
    around = Surroundings(landmarks=project("fastapi", session))
    files = {f"shop/auth/{one}.py": text_of(f"auth/{MODULES[one]}", "fastapi", around) for one in names}
    files |= {"shop/__init__.py": "", "shop/auth/__init__.py": "", "shop/main.py": MAIN}
    files |= dict(written or {})
    files |= {"shop/database.py": DATABASE[session].format(url=mine), "shop/models.py": MODELS}
    with imported(folder, files, "shop.models") as models:
        app = importlib.import_module("shop.main").app
        for name in names:
            module = importlib.import_module(f"shop.auth.{name}")
            if hasattr(module, "router"):
                app.include_router(module.router)
        engine = create_engine(at)
        models.Base.metadata.create_all(engine)
        with TestClient(app, base_url="https://testserver") as client:
            yield Shop(session, engine, app, client)
        engine.dispose()
