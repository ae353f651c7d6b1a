"""MD5 and SHA-1 where somebody relies on them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.security import password_hashed_fast
from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import replace_callee
from backend_architect.knowledge import libraries
from backend_architect.python.bearing import names_borne
from backend_architect.python.words import names_password, names_secret, names_signature, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

MODULES = libraries.modules("broken-hashes")
BROKEN = frozenset({"md2", "md4", "md5", "sha", "sha1", "sha-1", "ripemd160"})
"""Names of algorithms, in lower case."""

_NAMES = frozenset(path.rpartition(".")[2] for path in libraries.paths("broken-hashes"))
_SIGNING = frozenset({"sign", "verify", "sign_recoverable"})
_OTHER_USES = frozenset(
    {"etag", "cache", "cached", "gravatar", "avatar", "checksum", "fingerprint", "dedup", "content", "file"}
)
_REASON = "The value is another one and longer; what is stored or expected elsewhere has to change with it."


@detector(on=ast.Call, imports=MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Passwords are the matter of `password-hashed-fast`."""
    path = broken_hash(call, at)
    if path is None or any(True for _ in password_hashed_fast.detect.detect(call, at)):
        return
    if path.startswith("cryptography."):
        if _signs(call, at):
            yield at.finding(call, f"`{path}` has collisions: another text can be given the same signature")
        return
    relied_on = next(iter(_secrets(call, at)), None)
    if relied_on is not None:
        message = f"`{path}` is broken for security, and `{relied_on}` depends on it"
        yield at.finding(call.func, message, _fix(call, path, at))


def broken_hash(call: ast.Call, at: Place) -> str | None:
    """The name of the broken hash that a call makes, unless it says that it is not for security."""
    if getattr(call.func, "attr", getattr(call.func, "id", "")) not in _NAMES and not isinstance(
        call.func, ast.Name
    ):
        return None
    path = at.path(call.func)
    entry = libraries.entry("broken-hashes", path) if path is not None else None
    if path is None or entry is None or at.constant(at.argument(call, None, "usedforsecurity")) is False:
        return None
    if "name" not in entry:
        return path
    name = at.constant(at.argument(call, entry["name"], "name"))
    return f"hashlib.{name}" if isinstance(name, str) and name.lower() in BROKEN else None


def _secrets(call: ast.Call, at: Place) -> Iterator[str]:
    """The names that make a hash something to rely on: of secrets in it, and of signatures made of it."""
    names = list(_results(call, at))
    function = at.function
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        names_of_place = [*names, function.name]
        if any(not _OTHER_USES.isdisjoint(words_of(name)) for name in names_of_place):
            return
    yield from (name for name in names if is_relied_on(name))
    for argument in call.args:
        yield from (name for name in _named_in(argument) if names_secret(name) and not names_password(name))


def is_relied_on(name: str) -> bool:
    """Whether a hash of this name proves something; a digest is what every hash is called."""
    return (names_secret(name) and not names_password(name)) or (
        names_signature(name) and words_of(name)[-1] != "digest"
    )


def _named_in(node: ast.expr) -> Iterator[str]:
    """The names of variables and attributes in an expression, without those of functions that are called."""
    called = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) if part not in called:
                yield name
            case _:
                pass


def _results(call: ast.Call, at: Place) -> Iterator[str]:
    """The names that the hash is given, and those that what is asked of it later is given."""
    names = list(names_borne(call, at))
    yield from names
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for node in ast.walk(at.function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="hexdigest" | "digest")) if (
                name in names
            ):
                yield from names_borne(node, at)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[given]) if (
                name in names
            ):
                yield from _named_in(given)
            case _:
                pass


def _signs(call: ast.Call, at: Place) -> bool:
    """Whether a signature is made or checked with the hash."""
    outer = at.view.parent(call)
    return (
        isinstance(outer, ast.Call)
        and isinstance(outer.func, ast.Attribute)
        and outer.func.attr in _SIGNING
        and call in outer.args
    ) or (isinstance(outer, ast.keyword) and outer.arg in {"signature_algorithm", "sig_algorithm"})


def _fix(call: ast.Call, path: str, at: Place) -> Fix | None:
    if not path.startswith("hashlib.") or at.path(call.func) == "hashlib.new":
        return None
    replaced = replace_callee(call, "hashlib.sha256", at)
    if replaced is None:
        return None
    edits, imports = replaced
    return Fix("Use `hashlib.sha256`", "unsafe", _REASON, lambda: edits, imports)
