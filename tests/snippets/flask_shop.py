"""An application of Flask that is made of snippets, as people would put them together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.snippets.running import imported, text_of
from tests.snippets.variants import project

from backend_architect.snippets.context import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from flask.testing import FlaskClient

SNIPPETS = {
    "passwords": "password-hashing",
    "registering": "register",
    "entering": "login",
    "access_tokens": "access-token",
    "refresh": "refresh-rotation",
    "changing": "password-change",
    "resetting": "password-reset",
    "roles": "roles",
    "keys": "api-key",
    "limiting": "login-rate-limit",
    "cookies": "session-cookie",
    "forgery": "csrf",
    "headers": "security-headers",
    "origins": "cors",
}
"""The snippet in each module."""

MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="member")
"""

DATABASE = """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine({url!r})
sessions = sessionmaker(engine)
"""

MAIN = """\
from flask import Flask, g

from shop import (
    access_tokens, changing, cookies, database, entering, forgery, headers, keys, limiting, models, origins,
    passwords, refresh, registering, resetting, roles,
)

app = Flask(__name__)
for blueprint in (
    registering.registration, entering.auth, refresh.refreshing, changing.account, resetting.resetting,
    forgery.csrf_token,
):
    app.register_blueprint(blueprint)
app.config.update(SECRET_KEY={secret!r}, COMMON_PASSWORDS=frozenset({{"correct horse battery"}}))
app.config.update(LOGIN_LIMIT_STORE="memory://", CORS_ALLOWED_ORIGINS=["https://friend.example"])
cookies.protect_sessions(app)
headers.send_security_headers(app)
origins.allow_origins(app)


@app.get("/api/token-only")
@access_tokens.token_required
def token_only():
    return {{"user": g.user_id}}


@app.delete("/api/orders")
@access_tokens.token_required
@roles.permission_required("orders:write")
def delete_orders():
    return "", 204


@app.get("/api/keys-only")
@keys.api_key_required("orders:read")
def keys_only():
    return {{"user": g.user_id}}


@app.post("/pin")
@limiting.limit_logins("name")
def pin():
    return {{"error": "wrong"}}, 401


@app.get("/begin/<int:user_id>")
def begin(user_id):
    with database.sessions() as session:
        cookies.begin_session(user_id, session.get(models.User, user_id).password_hash)
    return ""


@app.get("/me")
def me():
    return {{"user": g.get("user_id")}}


models.Base.metadata.create_all(database.engine)
"""


def key_pair() -> tuple[str, str]:
    """A private key and its public one, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return private, public


@contextmanager
def flask_shop(folder: Path, url: str) -> Iterator[ModuleType]:
    """The package of an application whose tables are in a database."""
    landmarks = project("flask", "sync")
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/database.py": DATABASE.format(url=url),
        "shop/main.py": MAIN.format(secret="not that of any service"),
    }
    for name, snippet in SNIPPETS.items():
        around = Surroundings(f"shop/{name}.py", f"shop.{name}", landmarks)
        files[f"shop/{name}.py"] = text_of(f"auth/{snippet}", "flask", around)
    private, public = key_pair()
    with imported(folder, files, "shop.main") as main:
        main.app.config.update(
            JWT_ISSUER="https://shop.example",
            JWT_AUDIENCE="shop",
            JWT_KEY_ID="one",
            JWT_PRIVATE_KEY=private,
            JWT_PUBLIC_KEYS={"one": public},
        )
        yield main
        main.database.engine.dispose()


def browser(main: ModuleType, address: str = "192.0.2.1") -> FlaskClient:
    """A client over HTTPS."""
    client = main.app.test_client()
    client.environ_base |= {"REMOTE_ADDR": address, "wsgi.url_scheme": "https"}
    return client
