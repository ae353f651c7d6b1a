"""Request data that goes through functions and classes of other files."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.rules import Rule, RuleTable, detector
from backend_architect.engine.settings import Settings
from backend_architect.project.modules import Modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

HELPERS = """
import enum
from dataclasses import dataclass

class Form:
    def __init__(self, sent):
        self.sent = sent

    def text(self, name):
        return self.sent.form.get(name)

    def fixed(self, name):
        return "fixed"

class Longer(Form):
    def longer(self, name):
        return "x" + self.text(name)

class Same:
    def of(self, value):
        return value

@dataclass
class Order:
    name: str
    number: int

class Colour(enum.Enum):
    RED = "red"

def same():
    return Same()
"""

VIEW = """
import os
import shop.helpers
from flask import Flask, request
from shop.helpers import Colour, Form, Longer, Order, Same, same

app = Flask(__name__)

@app.post("/")
def view():
    os.system({argument})
"""


@detector(on=ast.Call)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    for use in at.sinks(call, "shell"):
        yield at.finding(call, use.source.text)


@pytest.mark.parametrize(
    ("argument", "source"),
    [
        ("Form(request).text('a')", "`request.form`"),
        ("shop.helpers.Form(request).text('a')", "`request.form`"),
        ("Form(request).fixed('a')", None),
        ("Longer(request).text('a')", "`request.form`"),
        ("Longer(request).longer('a')", "`request.form`"),
        ("Same().of(request.args['a'])", "`request.args`"),
        ("same().of(request.args['a'])", "`request.args`"),
        ("same().of('a')", None),
        ("Order(name=request.args['a'], number=1).name", "`request.args`"),
        ("Order(name='a', number=1).name", None),
        ("Colour(request.args['a']).value", None),
    ],
)
def test_classes_of_other_files(tmp_path: Path, argument: str, source: str | None) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/helpers.py").write_text(HELPERS, encoding="utf-8")
    rules = RuleTable((Rule("seen", "security", "hint", detect),))
    elsewhere = Modules(tmp_path).elsewhere(tmp_path / "view.py")
    report = check_text("view.py", VIEW.format(argument=argument), Settings(), rules, elsewhere)
    assert [one.message for one in report.findings] == ([] if source is None else [source])


BODY = """
import os
from fastapi import FastAPI
from shop.schemas import {model}

app = FastAPI()

@app.post("/")
def view(sent: {model}):
    os.system(str(sent.name) if hasattr(sent, "name") else sent.value)
"""
SCHEMAS = """
import enum
from pydantic import BaseModel

class Base(BaseModel):
    name: str | None = None

class Sent(Base):
    pass

class Colour(enum.Enum):
    RED = "red"
"""


@pytest.mark.parametrize(("model", "source"), [("Sent", "the body `sent`"), ("Colour", None)])
def test_models_of_other_files_are_bodies(tmp_path: Path, model: str, source: str | None) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/schemas.py").write_text(SCHEMAS, encoding="utf-8")
    rules = RuleTable((Rule("seen", "security", "hint", detect),))
    elsewhere = Modules(tmp_path).elsewhere(tmp_path / "view.py")
    report = check_text("view.py", BODY.format(model=model), Settings(), rules, elsewhere)
    assert [one.message for one in report.findings] == ([] if source is None else [source])
