"""Passwords, keys and tokens that are written in the program."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.secrets import read_from_environment
from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import ancestors
from backend_architect.python.receivers import Receiver, name_of, receiver_of
from backend_architect.python.secret_values import (
    is_connection_string,
    is_stand_in,
    is_template,
    is_url_of_here,
    is_url_with_password,
    known_format,
    looks_random,
    names_something,
)
from backend_architect.python.words import secret_kind, word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_LONGEST = 5000
_LONGEST_LINE = 200
_SIGNING = ({"secret", "key"}, {"jwt", "secret"}, {"jwt", "key"}, {"session", "secret"}, {"cookie", "secret"})
"""Words that together name a key that signs what the program will trust: any literal is one too many."""

_FOR_TESTS = word_set("test tests testing mock fake dummy example examples sample stub")
_PUBLIC = word_set("amplitude posthog segment mixpanel publishable anon site")
"""Words in names of keys that their vendors mean to be sent to every browser."""

_REFUSED = word_set("legacy insecure common known compromised deprecated")
_PROGRAM_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+(?:[_-][a-z]+)+|(?:[A-Z][a-z]+){2,}")
"""Names as programs give them: `RESET_PASSWORD`, `access_token`, `PasswordBox`."""

_ENUM = re.compile(r"(?:Enum|Flag|Choices)$|^(?:TypedDict|Protocol)$")
_SHORTEST = {"password": 3, "otp": 4, "secret": 6}


@detector(on=(ast.Constant, ast.Call))
def detect(node: ast.Constant | ast.Call, at: Place) -> Iterator[Finding]:
    """Look at every literal for what it looks like and what it is called, and at calls that take secrets."""
    if isinstance(node, ast.Call):
        yield from _of_call(node, at)
        return
    text = _text(node.value)
    if text is None or not 3 <= len(text) <= _LONGEST:
        return
    message = _message_by_look(text) if len(text) >= 12 else None
    if message is not None and isinstance(at.view.parent(node), ast.Expr):
        return
    receiver = receiver_of(node, at) if message is not None or _may_be_secret(text) else None
    if message is not None and isinstance(getattr(receiver, "node", None), ast.Dict) and is_url_of_here(text):
        return
    if message is None and receiver is not None and _is_secret(receiver, text, at):
        message = _message_by_name(receiver)
    if message is not None and not _is_for_tests(node, at):
        yield at.finding(node, message, read_from_environment(node, text, receiver, at))


def _of_call(call: ast.Call, at: Place) -> Iterator[Finding]:
    """The key that a call takes by the name of a variable that does not tell that it holds one."""
    if not call.args and not call.keywords:
        return
    path = at.path(call.func)
    taker = libraries.entry("secret-arguments", path) if path is not None else None
    if taker is None:
        return
    given = at.argument(call, taker.get("position"), taker["keyword"])
    if isinstance(given, ast.Name) and secret_kind(given.id) is None:
        text = _text(at.constant(given))
        receiver = Receiver(taker["name"], "argument", call, given)
        if text is not None and _is_secret(receiver, text, at) and known_format(text) is None:
            yield at.finding(given, _message_by_name(receiver))


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def _may_be_secret(text: str) -> bool:
    return len(text) <= _LONGEST_LINE and "\n" not in text


def _message_by_look(text: str) -> str | None:
    form = known_format(text)
    if form is not None:
        return f"{form.title} is written in the code: whoever can read the repository can use it"
    if len(text) <= _LONGEST_LINE and "=" in text and is_connection_string(text):
        return "this connection string carries a password: whoever can read the repository can log in with it"
    if is_url_with_password(text):
        return "this URL carries a password: whoever can read the repository can log in with it"
    return None


def _message_by_name(receiver: Receiver) -> str:
    return f"the value of `{receiver.name}` is written in the code: whoever can read the repository has it"


def _is_secret(receiver: Receiver, text: str, at: Place) -> bool:
    """Whether a text is the secret that its name promises."""
    kind = secret_kind(receiver.name)
    if kind is None or is_template(text) or _is_listed(receiver, at) or _is_no_secret(receiver.name):
        return False
    if _signs(receiver):
        return not any(map(str.isspace, text.strip())) and not _repeats_name(receiver, text)
    if len(text) < _SHORTEST[kind] or is_stand_in(text) or names_something(text):
        return False
    words = [word.removesuffix("s") for word in words_of(text)]
    if receiver.how != "argument" and set(words) <= {
        *(word.removesuffix("s") for word in words_of(receiver.name)),
        "the",
        "new",
        "old",
        "user",
    }:
        return False
    if _PROGRAM_NAME.fullmatch(text) and any(secret_kind(word) for word in words):
        return False
    return _is_plausible(receiver, text, kind, at)


def _signs(receiver: Receiver) -> bool:
    words = set(words_of(receiver.name))
    return any(signing <= words for signing in _SIGNING) and words.isdisjoint({"access", "aws", "s3"})


def _repeats_name(receiver: Receiver, text: str) -> bool:
    """Whether a constant or a mapping gives a name the same text again; `app.secret_key` is no such thing."""
    if receiver.how in {"attribute", "argument", "fallback"} or isinstance(receiver.node, ast.Assign):
        return receiver.how == "variable" and text == receiver.name
    return set(words_of(text)) <= set(words_of(receiver.name)) or is_stand_in(text)


def _is_plausible(receiver: Receiver, text: str, kind: str, at: Place) -> bool:
    """Whether people use such a text for a secret of this kind."""
    last = words_of(receiver.name)[-1]
    if kind == "otp":
        return text.isdigit() and 4 <= len(text) <= 8
    if kind == "password":
        return receiver.how == "argument" or not _PROGRAM_NAME.fullmatch(text)
    if receiver.how == "compared":
        return looks_random(text)
    if receiver.how == "entry" and len(words_of(receiver.name)) == 1 and not _is_assigned(receiver, at):
        return False  # a field of some record
    if last == "secret":
        return not _PROGRAM_NAME.fullmatch(text) or any(map(str.isdigit, text))
    return looks_random(text)


def _is_no_secret(name: str) -> bool:
    """Whether a name says that everybody may know the value, or that the program refuses it."""
    return not (_REFUSED | _PUBLIC).isdisjoint(words_of(name))


def _is_assigned(receiver: Receiver, at: Place) -> bool:
    """Whether a dictionary is given a name, as settings are."""
    return isinstance(receiver.node, ast.Assign) or isinstance(
        at.view.parent(receiver.node), ast.Assign | ast.AnnAssign | ast.Dict
    )


def _is_listed(receiver: Receiver, at: Place) -> bool:
    """Whether the name belongs to a list of names: a member of an enumeration, an example of a schema."""
    owner = at.frame.owner if at.frame.function is None else None
    if owner is not None and any(
        path is not None and _ENUM.search(path.rpartition(".")[2]) for path in ancestors(owner, at.look)
    ):
        return True
    for outer in at.around(receiver.value):
        match outer:
            case ast.ClassDef(bases=bases):
                return any(_ENUM.search(name_of(base) or "") for base in bases)
            case ast.keyword(arg=str() as name) if not _FOR_TESTS.isdisjoint(words_of(name)):
                return True
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return False
            case _:
                pass
    return False


def _is_for_tests(node: ast.AST, at: Place) -> bool:
    """Whether a function, class or variable around says that nothing real happens here."""
    owner = at.frame.owner_class or at.frame.owner or ""
    names = [owner]
    for outer in at.around(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(outer.name)
        elif isinstance(outer, ast.Assign):
            names.append(name_of(outer.targets[0]) or "")
    return any(not _FOR_TESTS.isdisjoint(words_of(name)) for name in names)
