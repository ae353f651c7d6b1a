"""Passwords that are hashed so fast that guesses can be tried by the billion."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.passwords import hash_with_pwdlib, verify_with_pwdlib
from backend_architect.knowledge import libraries
from backend_architect.python.credentials import password_in
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.receivers import name_of
from backend_architect.python.values import local_name
from backend_architect.python.words import word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_PASSWORDS = word_set("password passwd pwd pw passphrase pass")
_HASHING = word_set(
    "hash hashed encrypt encode digest make generate create compute check verify compare validate"
)
_FAST = word_set("md5 sha1 sha224 sha256 sha384 sha512 sha")
_OTHER_PURPOSES = word_set(
    """
    pwned breach breached leaked compromised hibp digest ntlm scram mysql postgres radius cache etag gravatar
    fingerprint
    """
)
"""Words in names of functions and classes in which a protocol or a look-up asks for this very hash."""

_KEYS = word_set("cache etag fingerprint gravatar")
"""Words in names of variables for which a hash is only a short form of something."""

_SERVICES = word_set("azure aws smtp mail db database proxy ldap redis server service client")
"""Words in names of passwords that nobody logs in with here."""

_NAMES = frozenset(
    path.rpartition(".")[2]
    for table in ("fast-hashes", "hash-costs", "hash-methods")
    for path in libraries.paths(table)
) | {"CryptContext"}

_SLOW = word_set("hashpw checkpw kdf pbkdf2_hmac scrypt argon2 PBKDF2 PBKDF2HMAC Scrypt hash_password_raw")
_WEAK_METHOD = re.compile(
    r"(?i)^(?:plain|unsalted_)?_?(?:md5|sha1|sha\d*|plain|crypt)(?:$|[:$])|^pbkdf2:\w+:\d{1,4}$"
)
_WEAK_HASHER = re.compile(r"(?:MD5|SHA1|Crypt)PasswordHasher$")
_WEAK_SCHEME = re.compile(
    r"^(?:(?:hex|ldap)_)?(?:salted_)?(?:md[45]|sha1|sha\d*|des|plaintext|nthash|lmhash)(?:_crypt)?$"
)
_STRONG_SCHEMES = {"sha256_crypt", "sha512_crypt"}
_COST_REASON = "A login takes longer, and hashes that are stored keep their cost until they are made anew."


@detector(on=(ast.Call, ast.Assign))
def detect(node: ast.Call | ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at calls of hashes with a password, and at settings that choose how passwords are hashed."""
    if isinstance(node, ast.Assign):
        yield from _of_settings(node, at)
        return
    name = name_of(node.func) or ""
    path = at.path(node.func) if name in _NAMES or not _FAST.isdisjoint(words_of(name)) else None
    if path is None:
        return
    if (cost := libraries.entry("hash-costs", path)) is not None:
        yield from _of_cost(node, path, cost, at)
    elif (method := libraries.entry("hash-methods", path)) is not None:
        yield from _of_method(node, method, at)
    elif path.startswith("passlib.") and path.endswith(".CryptContext"):
        yield from _of_context(node, at)
    else:
        yield from _of_hash(node, path, at)


def _of_hash(call: ast.Call, path: str, at: Place) -> Iterator[Finding]:
    entry = libraries.entry("fast-hashes", path)
    own = local_name(path)
    if entry is None and (own is None or _FAST.isdisjoint(words_of(own))):
        return
    position = entry.get("position", 0) if entry is not None else 0
    hashed = call.args[position] if len(call.args) > position else None
    if hashed is None:
        return
    typed = password_in(hashed, at)
    password = typed.node if typed is not None else _parameter_of_hashing(hashed, at)
    if password is None or _serves_another_purpose(hashed, at):
        return
    if not _SERVICES.isdisjoint(words_of(name_of(password) or "")):
        return
    name = path.removeprefix(":").removesuffix(".update").removesuffix(".new")
    message = f"`{name}` is so fast that billions of guesses at this password can be tried in a second"
    yield at.finding(call.func, message, _fix(call, hashed, at))


def _parameter_of_hashing(hashed: ast.expr, at: Place) -> ast.expr | None:
    """A parameter that is hashed by a function that says so: `def hash_password(text)`."""
    function = at.function
    if function is None or isinstance(function, ast.Lambda):
        return None
    words = words_of(function.name)
    if _HASHING.isdisjoint(words) or _PASSWORDS.isdisjoint(words):
        return None
    names = {arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls", "salt"}
    nodes = (one for one in ast.walk(hashed) if isinstance(one, ast.Name) and one.id in names)
    return next(nodes, None)


def _serves_another_purpose(hashed: ast.expr, at: Place) -> bool:
    """Whether a protocol wants this hash, or a slow one follows."""
    names = [at.frame.owner_class or ""]
    statement = next((one for one in at.around(hashed) if isinstance(one, ast.stmt)), None)
    if isinstance(statement, ast.Assign):
        names += _KEYS.intersection(words_of(name_of(statement.targets[0]) or ""))
    function = at.function
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        names.append(function.name)
        called = (one.func for one in ast.walk(function) if isinstance(one, ast.Call))
        if any(getattr(one, "attr", getattr(one, "id", "")) in _SLOW for one in called):
            return True
    if any(not _OTHER_PURPOSES.isdisjoint(words_of(name)) for name in names):
        return True
    match hashed:
        case ast.Call(func=ast.Attribute(value=inner, attr="encode")):
            folded = at.fold(inner)
        case _:
            folded = at.fold(hashed)
    holes = len(folded.holes) if folded is not None else 0
    colons = sum(getattr(part, "text", "") == ":" for part in folded.parts) if folded is not None else 0
    return holes > 1 and colons > 1  # user:realm:password, as HTTP asks for


def _fix(call: ast.Call, hashed: ast.expr, at: Place) -> Fix | None:
    """Hash or verify where the whole of it is one expression: `md5(password.encode()).hexdigest()`."""
    outer = at.view.parent(call)
    whole: ast.expr = call
    if isinstance(outer, ast.Attribute) and outer.attr in {"hexdigest", "digest"}:
        parent = at.view.parent(outer)
        whole = parent if isinstance(parent, ast.Call) else call
    elif not at.path(call.func) or not str(at.path(call.func)).startswith("passlib."):
        return None
    match at.view.parent(whole):
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]) as comparison:
            return verify_with_pwdlib(comparison, hashed, right if left is whole else left, at)
        case ast.Assign() | ast.AnnAssign() | ast.keyword() | ast.Return() | ast.Dict():
            return hash_with_pwdlib(whole, hashed, at)
        case _:
            return None


def _of_cost(call: ast.Call, path: str, cost: Mapping[str, object], at: Place) -> Iterator[Finding]:
    keyword, position = str(cost["keyword"]), cost.get("position")
    given = at.argument(call, position if isinstance(position, int) else None, keyword)
    number = at.constant(given)
    if (
        given is None
        or not isinstance(number, int)
        or isinstance(number, bool)
        or number >= int(str(cost["least"]))
    ):
        return
    message = f"`{keyword}={number}` lets `{path}` finish so soon that guesses at passwords are cheap"
    good = str(cost["good"])
    title = f"Use {good}"
    edit = at.edit(*at.range_of(given), good) if isinstance(given, ast.Constant) else None
    yield at.finding(given, message, Fix(title, "unsafe", _COST_REASON, lambda: [edit]) if edit else None)


def _of_method(call: ast.Call, entry: Mapping[str, object], at: Place) -> Iterator[Finding]:
    position = entry["position"]
    given = at.argument(call, position if isinstance(position, int) else None, str(entry["keyword"]))
    method = at.constant(given)
    if (
        given is None
        or method is NO_CONSTANT
        or not isinstance(method, str)
        or not _WEAK_METHOD.search(method)
    ):
        return
    yield at.finding(
        given, f"`{method}` is so fast that billions of guesses at this password can be tried in a second"
    )


def _of_context(call: ast.Call, at: Place) -> Iterator[Finding]:
    """What `CryptContext` hashes new passwords with: its first scheme, unless `default` says otherwise."""
    schemes = at.argument(call, 0, "schemes")
    chosen = at.argument(call, None, "default")
    if chosen is None and isinstance(schemes, ast.List | ast.Tuple) and schemes.elts:
        chosen = schemes.elts[0]
    scheme = at.constant(chosen)
    if (
        chosen is not None
        and isinstance(scheme, str)
        and _WEAK_SCHEME.search(scheme)
        and scheme not in _STRONG_SCHEMES
    ):
        yield at.finding(
            chosen, f"`{scheme}` is so fast that billions of guesses at a password can be tried in a second"
        )


def _of_settings(assignment: ast.Assign, at: Place) -> Iterator[Finding]:
    """Django's PASSWORD_HASHERS, whose first entry hashes new passwords, and the cost of Flask-Bcrypt."""
    target, value = assignment.targets[0], assignment.value
    match target:
        case ast.Name(id="PASSWORD_HASHERS") if isinstance(value, ast.List | ast.Tuple) and value.elts:
            first = at.constant(value.elts[0])
            if isinstance(first, str) and _WEAK_HASHER.search(first):
                name = first.rpartition(".")[2]
                message = (
                    f"`{name}` is so fast that billions of guesses at a password can be tried in a second"
                )
                yield at.finding(value.elts[0], message)
        case ast.Name(id="BCRYPT_LOG_ROUNDS") | ast.Subscript(slice=ast.Constant(value="BCRYPT_LOG_ROUNDS")):
            rounds = at.constant(value)
            owner = at.frame.owner or ""
            if isinstance(rounds, int) and rounds < 10 and "test" not in owner.lower():
                yield at.finding(
                    value, f"{rounds} rounds of bcrypt are so few that guesses at passwords are cheap"
                )
        case _:
            pass
