"""TLS connections whose certificates nobody checks, and connections that are told not to use TLS."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import remove_argument, replace_callee
from backend_architect.knowledge import libraries
from backend_architect.python.entries import entries_of
from backend_architect.python.folded import Chunk
from backend_architect.python.switches import is_asked_for
from backend_architect.python.values import UNKNOWN, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.python.place import Place

MODULES = libraries.modules("tls-off", "tls-never", "tls-attributes")

_NEVER = frozenset(path.rpartition(".")[2] for path in libraries.paths("tls-never"))
_ATTRIBUTES = frozenset(path.rpartition(".")[2] for path in libraries.paths("tls-attributes"))
_HTTP_METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "request"})
_UNVERIFIED = "ssl._create_unverified_context"
_SERVER_SIDE = {"ssl.PROTOCOL_TLS_SERVER", "ssl.Purpose.CLIENT_AUTH"}
_ASKING = frozenset(
    {"insecure", "unverified", "untrusted", "verify", "verification", "validate", "skip", "ignore", "signed"}
)
_REFUSING = frozenset({"ssl", "tls", "cert", "certs", "certificate", "secure"})
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1", ""}
_DSN = re.compile(r"\bsslmode=disable\b")
_DSN_HOST = re.compile(r"//(?:[^@/]*@)?(\[[^\]]*\]|[^:/?]*)|\bhost=(\S*)")

_OWN_URL = re.compile(r"\w+://(localhost|127\.0\.0\.1|\[::1\])\b")
_ANY_CLIENT = {"off": {"verify": "False"}}

_REASON = "A server whose certificate is self-signed, expired or for another name is refused."
_UNCHECKED = "whoever sits on the way can answer in its place"
_ANY_CERTIFICATE = f"accepts any certificate: {_UNCHECKED}"
_CLEARTEXT = "sends the password and all data unencrypted: whoever sits on the way reads them"


@detector(on=(ast.Call, ast.Assign, ast.Dict), imports=MODULES)
def detect(node: ast.Call | ast.Assign | ast.Dict, at: Place) -> Iterator[Finding]:
    """Look at what is given to calls, put into dictionaries and assigned, unless an operator asks for it."""
    found = list(_found(node, at))
    if found and not is_asked_for(node, at, _ASKING, _REFUSING):
        yield from found


def _found(node: ast.Call | ast.Assign | ast.Dict, at: Place) -> Iterator[Finding]:
    match node:
        case ast.Call():
            yield from _of_call(node, at)
            if at.constant(at.argument(node, None, "server_side")) is not True:
                yield from _never(_arguments(node), at)
        case ast.Dict():
            yield from _never(node.values, at)
        case ast.Assign(targets=[ast.Attribute() as target]):
            yield from _of_attribute(node, target, at)
        case _:
            pass


def _of_call(call: ast.Call, at: Place) -> Iterator[Finding]:
    path = at.path(call.func)
    if path == _UNVERIFIED:
        message = f"`{path}` makes a context that checks no certificate: {_UNCHECKED}"
        yield at.finding(call, message, _checked_context(call, at))
    entry = _switches(call, path, at)
    if entry is None or _is_own_machine(call, at):
        return
    off: dict[str, str] = entry["off"]
    for keyword in call.keywords:
        if keyword.arg in off and repr(at.constant(keyword.value)) in off[keyword.arg].split():
            written = f"`{keyword.arg}={ast.unparse(keyword.value)}`"
            what = _CLEARTEXT if entry.get("cleartext") else _ANY_CERTIFICATE
            yield at.finding(keyword.value, f"{written} {what}", _default(call, keyword, at))
            return
        if keyword.arg is None and _gives_off(keyword.value, off, at):
            yield at.finding(keyword.value, f"`**{ast.unparse(keyword.value)}` {_ANY_CERTIFICATE}")
            return
    if call.args and "sslmode" in off and _is_cleartext_url(call.args[0], at):
        yield at.finding(call.args[0], f"`sslmode=disable` {_CLEARTEXT}")


def _gives_off(keywords: ast.expr, off: dict[str, str], at: Place) -> bool:
    """Whether a dictionary that is spread over the keywords switches the check off."""
    known = entries_of(keywords, at)
    given = known.values.items() if known is not None else ()
    return any(name in off and repr(at.constant(value)) in off[name].split() for name, value in given)


def _switches(call: ast.Call, path: str | None, at: Place) -> Mapping[str, Any] | None:
    """The keywords of a call that switch TLS off, and their values.

    `verify=False` means the same on every HTTP client, so one that came from elsewhere may pass it.
    """
    if path is not None:
        return libraries.entry("tls-off", path)
    match call.func:
        case ast.Attribute(attr=method) if method in _HTTP_METHODS and at.resolve(call.func) == UNKNOWN:
            return _ANY_CLIENT
        case _:
            return None


def _is_cleartext_url(dsn: ast.expr, at: Place) -> bool:
    text = at.constant(dsn)
    if not isinstance(text, str) or not _DSN.search(text):
        return False
    host = _DSN_HOST.search(text)
    return host is not None and (host[1] or host[2] or "") not in _OWN_MACHINE


def _is_own_machine(call: ast.Call, at: Place) -> bool:
    """Whether the other side is this machine, to which nobody is on the way."""
    if at.constant(at.argument(call, None, "host")) in _OWN_MACHINE:
        return True
    for given in (*call.args[:2], *(one.value for one in call.keywords if one.arg == "url")):
        folded = at.fold(given)
        first = folded.parts[0] if folded is not None and folded.parts else None
        if isinstance(first, Chunk) and _OWN_URL.match(first.text):
            return True
    return False


def _default(call: ast.Call, keyword: ast.keyword, at: Place) -> Fix | None:
    if at.f_string(call) is not None or keyword.arg is None:
        return None
    if keyword.arg == "sslmode":
        edit = at.edit(*at.range_of(keyword.value), '"verify-full"')
        return Fix('Set `sslmode` to `"verify-full"`', "unsafe", _REASON, lambda: [edit])
    edit = remove_argument(call, keyword.arg, at)
    title = f"Remove `{keyword.arg}`, which checks the certificate"
    return Fix(title, "unsafe", _REASON, lambda: [edit]) if edit is not None else None


def _never(given: list[ast.expr], at: Place) -> Iterator[Finding]:
    """Constants that stand for no check, in whatever they are given to."""
    for one in given:
        name = one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
        if name in _NEVER and (path := at.path(one)) is not None and libraries.entry("tls-never", path):
            message = f"`{path}` {_ANY_CERTIFICATE}"
            yield at.finding(one, message, _required(one, path, at))


def _of_attribute(node: ast.Assign, target: ast.Attribute, at: Place) -> Iterator[Finding]:
    if target.attr == "_create_default_https_context" and at.path(node.value) == _UNVERIFIED:
        message = f"no HTTPS request of this process checks a certificate any more: {_UNCHECKED}"
        yield at.finding(node, message)
    elif target.attr == "verify_mode" and not _is_of_server(target.value, at):
        yield from _never([node.value], at)
    elif target.attr in _ATTRIBUTES and at.constant(node.value) is False:
        owner = at.type_of(target.value)
        known = owner is not None and libraries.entry("tls-attributes", f"{owner}.{target.attr}") is not None
        if not known or _is_of_server(target.value, at) or _also_unverified(target, at):
            return
        written = f"`{ast.unparse(target)} = False`"
        what = "a certificate of any other name" if target.attr == "check_hostname" else "any certificate"
        edit = at.edit(*at.range_of(node.value), "True")
        fix = Fix(f"Set `{ast.unparse(target)}` to `True`", "unsafe", _REASON, lambda: [edit])
        yield at.finding(node, f"{written} accepts {what}: {_UNCHECKED}", fix)


def _is_of_server(context: ast.expr, at: Place) -> bool:
    """Whether a context is that of a server, which need not ask its clients for certificates."""
    if not isinstance(context, ast.Name):
        return False
    made = [one.node for one in at.view.resolver(at.frame).scope.bindings_of(context.id)]
    given = [arg for call in made if isinstance(call, ast.Call) for arg in _arguments(call)]
    return any(at.path(arg) in _SERVER_SIDE for arg in given)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _also_unverified(target: ast.Attribute, at: Place) -> bool:
    """Whether the code also turns the whole check off, which is the finding then."""
    return (
        target.attr == "check_hostname"
        and isinstance(target.value, ast.Name)
        and at.look_local(f"{target.value.id}.verify_mode") == Symbol("ssl.CERT_NONE")
    )


def _required(node: ast.expr, path: str, at: Place) -> Fix | None:
    entry = libraries.entry("tls-never", path)
    if entry is None or not isinstance(node, ast.Attribute) or at.f_string(node) is not None:
        return None
    start = at.range_of(node.value)[1]
    edit = at.edit(start, at.range_of(node)[1], f".{entry['checked']}")
    return Fix(f"Use `{path.rpartition('.')[0]}.{entry['checked']}`", "unsafe", _REASON, lambda: [edit])


def _checked_context(call: ast.Call, at: Place) -> Fix | None:
    if call.args or call.keywords:
        return None
    replaced = replace_callee(call, "ssl.create_default_context", at)
    if replaced is None or at.resolve(ast.Name("ssl")) not in {None, Symbol("ssl")}:
        return None
    edits, imports = replaced
    return Fix("Use `ssl.create_default_context`", "unsafe", _REASON, lambda: edits, imports)
