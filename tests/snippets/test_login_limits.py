"""The repair of a login that nothing limits, running, and the handlers for which there is none."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from tests.cards.fences import EVERY_RULE, applied, project_of
from tests.snippets.running import imported

from backend_architect.engine.check import check_text
from backend_architect.engine.remedies import UnwritableError

if TYPE_CHECKING:
    from pathlib import Path

    from backend_architect.engine.findings import Report

RULE = "login-without-rate-limit"

FASTAPI = """\
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Login(BaseModel):
    email: str
    password: str


def verify_password(password: str) -> bool:
    return password == "right"


@app.post("/login")
{kind} login(request: Login):
    \"\"\"Begin a session.\"\"\"
    if not verify_password(request.password):
        raise HTTPException(401)
    return {{"ok": request.email}}


@app.post("/sign-in")
{kind} sign_in(password: Annotated[str, Form()], username: Annotated[str, Form()]):
    if not verify_password(password):
        raise HTTPException(401)
    return {{"ok": username}}
"""

FLASK = """\
from flask import Flask, request
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config["LOGIN_LIMIT_STORE"] = "memory://"
stored = generate_password_hash("right")


@app.post("/login")
def login():
    data = request.get_json(silent=True) or {}
    if not data.get("email") or not check_password_hash(stored, data.get("password", "")):
        return {"error": "wrong"}, 401
    return {"ok": True}


@app.post("/sign-in")
def sign_in():
    email = request.form["email"].strip()
    if not check_password_hash(stored, request.form["password"]):
        return {"error": "wrong"}, 401
    return {"ok": email}
"""


def found(text: str) -> list[Report]:
    report = check_text("shop/main.py", text, EVERY_RULE)
    assert not report.problems
    return [one for one in report.findings if one.rule == RULE]


def repaired(text: str) -> dict[str, str]:
    """The files of the project after the remedies of the rule, one after the other."""
    files = {"shop/__init__.py": "", "shop/main.py": text}
    for _ in range(len(found(text))):
        remedy = found(files["shop/main.py"])[0].remedy
        assert remedy is not None
        changes = remedy.plan.changes(project_of(files))
        files["shop/main.py"] = applied(changes.edits["shop/main.py"], files["shop/main.py"])
        files |= {new.path: new.text for new in changes.creates}
    assert not found(files["shop/main.py"])
    assert sorted(files) == ["shop/__init__.py", "shop/login_limits.py", "shop/main.py"]
    return files


@pytest.mark.parametrize(("kind", "store"), [("def", "memory://"), ("async def", "async+memory://")])
def test_in_fastapi_the_sixth_try_is_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, store: str
):
    monkeypatch.setenv("LOGIN_LIMIT_STORAGE", store)
    files = repaired(FASTAPI.format(kind=kind))
    assert "def login(http_request: Request, request: Login):" in files["shop/main.py"]
    with imported(tmp_path, files, "shop.main") as main, TestClient(main.app) as client:

        def tried(account: str, password: str = "wrong") -> int:
            return client.post("/login", json={"email": account, "password": password}).status_code

        assert [tried("ada@example.org") for _ in range(6)] == [401] * 5 + [429]
        assert tried(" ADA@example.org", "right") == 429
        assert tried("bob@example.org", "right") == 200
        form = {"username": "carl", "password": "wrong"}
        assert [client.post("/sign-in", data=form).status_code for _ in range(6)] == [401] * 5 + [429]
        assert int(client.post("/sign-in", data=form).headers["Retry-After"]) > 0


def test_in_flask_the_sixth_try_is_turned_away(tmp_path: Path):
    with imported(tmp_path, repaired(FLASK), "shop.main") as main:
        client = main.app.test_client()
        for path, way in (("/login", "json"), ("/sign-in", "data")):

            def tried(account: str, password: str = "wrong", path: str = path, way: str = way) -> int:
                fields = {"email": account, "password": password}
                return client.post(path, **{way: fields}).status_code

            account = f"ada{path}"
            assert [tried(account) for _ in range(6)] == [401] * 5 + [429]
            assert tried(account, "right") == 429
            assert tried(f"bob{path}", "right") == 200
        assert int(client.post("/login", json={"email": "ada/login"}).headers["Retry-After"]) > 0
        assert client.post("/login", json={"password": "right"}).status_code == 401


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (FLASK, '"email"', '"name"'),
        (FLASK, 'app.post("/', 'app.route(methods=["GET", "POST"], rule="/'),
        (FLASK, "    data = request", "    if request.is_json:\n        data = request"),
        (FLASK, 'data.get("email") or not', 'data.get("email") or not data["username"] or not'),
        (FLASK, 'not data.get("email") or', 'request.args.get("a") or not data.get("email") or'),
        (FLASK, "app = Flask", "count_attempt = print\napp = Flask"),
        (
            FASTAPI.format(kind="def"),
            '@app.post("/login")',
            '@app.api_route("/login", methods=["GET", "POST"])',
        ),
        (FASTAPI.format(kind="def"), "request.email", "request.name"),
        (FASTAPI.format(kind="def"), "request.email", "request.email(request.password)"),
        (FASTAPI.format(kind="def"), "app = FastAPI", "limit_login = print\napp = FastAPI"),
        (FASTAPI.format(kind="def"), "class Login", "class Request:\n    pass\n\n\nclass Login"),
        (FASTAPI.format(kind="def"), "request: Login", "*, request: Login"),
        (FASTAPI.format(kind="def"), "request.email}", 'request.email, "b": request.username}'),
    ],
)
def test_there_is_none_where_the_account_is_not_certain(text: str, before: str, after: str):
    assert before in text
    assert found(text)[0].remedy is not None
    assert found(text.replace(before, after))[0].remedy is None


def test_there_is_none_for_methods_of_classes():
    function = """\
from fastapi import APIRouter, Depends
from fastapi.security import OAuth2PasswordRequestForm
from fastapi_utils.cbv import cbv

router = APIRouter()


@router.post("/login")
def login(form: OAuth2PasswordRequestForm = Depends()):
    return verify_password(form.username, form.password)
"""
    head, start, body = function.partition("@router")
    method = indent(f"{start}{body}".replace("(form", "(self, form"), "    ")
    cls = f"@cbv(router)\nclass Sessions:\n{method}"
    assert found(function)[0].remedy is not None
    for text in (head + cls, f"{head}def made():\n{indent(cls, '    ')}"):
        assert [one.remedy for one in found(text)] == [None]


def test_another_module_of_that_name_is_left_alone():
    remedy = found(FLASK)[0].remedy
    assert remedy is not None
    files = {"shop/main.py": FLASK, "shop/login_limits.py": "mine = True\n"}
    with pytest.raises(UnwritableError, match=r"shop/login_limits\.py exists already"):
        remedy.plan.changes(project_of(files))
