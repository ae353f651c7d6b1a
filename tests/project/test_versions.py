"""What rules say under the versions of libraries that a project pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend_architect.engine.check import check_text
from backend_architect.engine.settings import Settings
from backend_architect.project.modules import Modules

if TYPE_CHECKING:
    from pathlib import Path

JWT = "import jwt\n\n\ndef user_of(token, key):\n    return jwt.decode(token, key{})\n"
YAML = "import yaml\n\n\ndef load(text):\n    return yaml.load(text)\n"
TAR = """
import tarfile


def unpack(path):
    with tarfile.open(path) as archive:
        archive.extractall("/srv"{})
"""
UPLOAD = """
import torch
from flask import Flask, request
from lxml import etree

app = Flask(__name__)


@app.post("/upload")
def upload():
    return {}
"""
TORCH = UPLOAD.format('torch.load(request.files["model"]{})')
XML = UPLOAD.format("etree.fromstring(request.data)")
ITERATED = UPLOAD.format("etree.iterparse(request.files['x'])")
LOCAL = "import torch\n\n\ndef model(path):\n    return torch.load(path)\n"


def found(tmp_path: Path, text: str, rule: str, requirements: str = "", python: str = "") -> list[str]:
    """The messages of a rule in a module of a project with these pins."""
    (tmp_path / "requirements.txt").write_text(requirements, encoding="utf-8")
    if python:
        (tmp_path / "pyproject.toml").write_text(
            f'[project]\nrequires-python = "{python}"\n', encoding="utf-8"
        )
    settings = Settings(select=frozenset({rule}))
    report = check_text("app.py", text, settings, elsewhere=Modules(tmp_path).elsewhere(tmp_path / "app.py"))
    return [one.message for one in report.findings]


CASES = [
    # rule, text, requirements, whether something is found
    ("jwt-without-verification", JWT.format(", verify=False"), "", True),
    ("jwt-without-verification", JWT.format(", verify=False"), "pyjwt==1.7.1", True),
    ("jwt-without-verification", JWT.format(", False"), "pyjwt==1.7.1", True),
    ("jwt-without-verification", JWT.format(", verify=False"), "pyjwt==2.9.0", False),
    ("jwt-without-verification", JWT.format(", True, ['none']"), "pyjwt==1.7.1", True),
    ("jwt-without-verification", JWT.format(", ['none']"), "pyjwt==2.9.0", True),
    ("jwt-without-verification", JWT.format(", options={'verify_signature': False}"), "pyjwt==2.9.0", True),
    ("jwt-with-any-algorithm", JWT.format(""), "", True),
    ("jwt-with-any-algorithm", JWT.format(""), "pyjwt==1.7.1", True),
    ("jwt-with-any-algorithm", JWT.format(""), "pyjwt==2.9.0", False),
    ("jwt-with-any-algorithm", JWT.format(", True, ['HS256']"), "pyjwt==1.7.1", False),
    ("unsafe-deserialization", YAML, "", True),
    ("unsafe-deserialization", YAML, "pyyaml==3.13", True),
    ("unsafe-deserialization", YAML, "pyyaml==5.3.1", True),
    ("unsafe-deserialization", YAML, "pyyaml==5.4", False),
    ("unsafe-deserialization", YAML, "PyYAML==6.0.2", False),
    ("unsafe-deserialization", TORCH.format(""), "", True),
    ("unsafe-deserialization", TORCH.format(""), "torch==2.5.1", True),
    ("unsafe-deserialization", TORCH.format(""), "torch==2.6.0", False),
    ("unsafe-deserialization", TORCH.format(", weights_only=False"), "torch==2.6.0", True),
    ("unsafe-deserialization", TORCH.format(", weights_only=True"), "torch==2.5.1", False),
    ("unsafe-deserialization", TORCH.format(", weights_only=True"), "", False),
    ("pickle-from-elsewhere", LOCAL, "", False),
    ("pickle-from-elsewhere", LOCAL, "torch==2.5.1", True),
    ("pickle-from-elsewhere", LOCAL, "torch==2.6", False),
    ("xml-with-entities", XML, "", True),
    ("xml-with-entities", XML, "lxml==4.9.4", True),
    ("xml-with-entities", XML, "lxml==5.0.0", False),
    ("xml-with-entities", ITERATED, "lxml==5.0.0", True),
    ("xml-with-entities", ITERATED, "lxml==6.1.0", False),
]


@pytest.mark.parametrize(("rule", "text", "requirements", "expected"), CASES)
def test_rules_know_the_pinned_version(
    tmp_path: Path, rule: str, text: str, requirements: str, expected: bool
) -> None:
    assert bool(found(tmp_path, text, rule, requirements)) is expected


@pytest.mark.parametrize(
    ("python", "given", "expected"),
    [
        ("", "", True),
        (">=3.11", "", True),
        (">=3.14", "", False),
        (">=3.14", ', filter="fully_trusted"', True),
        (">=3.11", ', filter="data"', False),
    ],
)
def test_rules_know_the_lowest_python(tmp_path: Path, python: str, given: str, expected: bool) -> None:
    assert bool(found(tmp_path, TAR.format(given), "archive-extract-without-filter", "", python)) is expected


def test_a_message_tells_the_versions_it_is_true_for(tmp_path: Path) -> None:
    assert "before PyYAML 5.4" in found(tmp_path, YAML, "unsafe-deserialization", "pyyaml==5.2")[0]
    assert "lxml before 6.1" in found(tmp_path, ITERATED, "xml-with-entities")[0]
    assert "unless PyJWT is 2.0 or newer" in found(tmp_path, JWT.format(""), "jwt-with-any-algorithm")[0]
