"""Tokens, passwords and codes from random numbers that can be predicted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import name_of, replace_callee
from backend_architect.knowledge import libraries
from backend_architect.python.bearing import names_borne
from backend_architect.python.words import names_secret, word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODULES = libraries.modules("predictable")
_NAMES = frozenset(path.rpartition(".")[2] for path in libraries.paths("predictable"))
_SECRET_ENDS = word_set("salt nonce iv csrf captcha cookie sessionid sid voucher")
_SECRET_PAIRS = {
    ("session", "id"),
    ("session", "key"),
    ("session", "cookie"),
    ("reset", "code"),
    ("invite", "code"),
    ("invitation", "code"),
    ("access", "code"),
    ("login", "code"),
    ("pin", "code"),
    ("coupon", "code"),
    ("remember", "me"),
    ("me", "key"),
    ("password", "characters"),
    ("password", "chars"),
    ("password", "list"),
}
_REASON = "It draws from the same values, by the generator of the system, which nobody can predict or seed."


@detector(on=ast.Call, imports=_MODULES | {"Crypto"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """What a random number is for is told by the names that it is given."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in _NAMES and not _may_be_renamed(call, at):
        return
    path = at.path(call.func)
    entry = libraries.entry("predictable", path) if path is not None else None
    if path is None or entry is None:
        return
    names = [*names_borne(call, at), *_shuffled(call, path)]
    secret = next((one for one in names if is_secret(one)), None)
    if secret is not None:
        message = f"`{path}` can be predicted from a few of its results, so `{secret}` can be guessed"
        yield at.finding(call.func, message, _fix(call, path, entry.get("secret"), at))


def is_secret(name: str) -> bool:
    """Whether a thing of this name must not be guessed."""
    words = words_of(name)
    return names_secret(name) or (
        bool(words) and (words[-1] in _SECRET_ENDS or words[-2:] in _SECRET_PAIRS or words == ("pin",))
    )


def _may_be_renamed(call: ast.Call, at: Place) -> bool:
    """Whether a function may bear another name than in its library: `from random import choice as pick`."""
    return isinstance(call.func, ast.Name) and at.resolve(call.func) is not None


def _shuffled(call: ast.Call, path: str) -> list[str]:
    """The name of the list that a call shuffles in place."""
    in_place = path.endswith(".shuffle") and call.args
    return [getattr(call.args[0], "id", getattr(call.args[0], "attr", ""))] if in_place else []


def _fix(call: ast.Call, path: str, secret: str | None, at: Place) -> Fix | None:
    if at.f_string(call) is not None or (path == "uuid.uuid1" and (call.args or call.keywords)):
        return None
    if secret is not None:
        replaced = replace_callee(call, secret, at)
        if replaced is None:
            return None
        edits, imports = replaced
        return Fix(f"Use `{secret}`", "safe", _REASON, lambda: edits, imports)
    generator = name_of("secrets.SystemRandom", at)
    module, _, method = path.rpartition(".")
    if module != "random" or generator is None:
        return None
    written, imports = generator
    edit = at.edit(*at.range_of(call.func), f"{written}().{method}")
    return Fix(f"Use `secrets.SystemRandom().{method}`", "safe", _REASON, lambda: [edit], imports)
