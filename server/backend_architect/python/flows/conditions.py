"""What is known of the variables after a condition was true, or was not."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.flows.arguments import given
from backend_architect.python.flows.data import ALL, KINDS, NO_DOTS, NO_ROOT, NOT_CONSTANT, Data
from backend_architect.python.flows.state import join_envs
from backend_architect.python.flows.summary import Summary
from backend_architect.python.flows.texts import HOST, fixes_host
from backend_architect.python.names import ELSEWHERE, foreign_modules
from backend_architect.python.values import Instance

if TYPE_CHECKING:
    from backend_architect.python.flows.expressions import Expressions

_EVERY = frozenset({ALL})
_PATH = frozenset({"path"})
_OWN = frozenset({"redirect"})
"""What a host is harmless for that is the one to which the request was sent."""

_NORMAL = "normal-path"
_BEGINS_QUOTED = "begins-quoted"


def truth(data: Data) -> bool | None:
    """Whether a value is true, if it is a constant."""
    known = data.constant
    if known is NOT_CONSTANT:
        return None
    return bool(known)


def assume(walk: Expressions, test: ast.expr, truth: bool) -> None:
    """Go on where a condition is true, or where it is not."""
    if walk.env is None:
        return
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            assume(walk, inner, not truth)
        case ast.BoolOp(op=ast.And() | ast.Or() as operation, values=operands):
            if isinstance(operation, ast.And) is truth:
                for operand in operands:
                    assume(walk, operand, truth)
            else:
                _one_of(walk, operands, truth)
        case ast.Compare(left=left, ops=[operation], comparators=[right]):
            _compare(walk, left, operation, right, truth)
        case ast.Call():
            _call(walk, test, truth)
        case ast.NamedExpr(target=target, value=value):
            assume(walk, target, truth)
            assume(walk, value, truth)
        case ast.Name(id=name) if (check := walk.variable(name).check) is not None:
            assume(walk, check, truth)
        case _ if not truth:
            walk.restrict(test, _EVERY)
        case _:
            pass


def _one_of(walk: Expressions, operands: list[ast.expr], truth: bool) -> None:
    """One of the operands has decided, and those before it have not."""
    before, ends = walk.copy(), list["dict[str, Data] | None"]()
    for at, operand in enumerate(operands):
        walk.env = dict(before) if before is not None else None
        for earlier in operands[:at]:
            assume(walk, earlier, not truth)
        assume(walk, operand, truth)
        ends.append(walk.env)
    walk.env = join_envs(ends)


def _compare(walk: Expressions, left: ast.expr, operation: ast.cmpop, right: ast.expr, truth: bool) -> None:
    equal = isinstance(operation, ast.Eq | ast.In | ast.Is) is truth
    if not isinstance(operation, ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is | ast.IsNot):
        return
    membership = isinstance(operation, ast.In | ast.NotIn)
    one, other = walk.eval(left), walk.eval(right)
    if membership and other.all_marks:
        _contained(walk, one, right, equal)
        return
    if not equal:
        for node, against in ((left, other), (right, one)):
            if against.constant is None and not membership:
                assume(walk, node, truth=True)
        return
    for node, data, against in ((left, one, other), (right, other, one)):
        if against.constant is None and not membership:
            assume(walk, node, truth=False)
        elif data.all_marks and not against.all_marks and not (membership and node is right):
            _found_equal(walk, node)
        elif data.all_marks and all("redirect" in mark.safe for mark in against.all_marks):
            _found_part(walk, node, _OWN)


def _found_equal(walk: Expressions, node: ast.expr) -> None:
    """An expression has a value of the program's own."""
    _found_part(walk, node)
    walk.restrict(node, _EVERY)


def _found_part(walk: Expressions, node: ast.expr, but_only: frozenset[str] = KINDS) -> None:
    """A part of a value is known that tells about the whole, if it is such a part."""
    kinds = _guarded_by(walk, node) & but_only
    if kinds:
        inner = _subject(node)
        walk.restrict(inner, kinds, derived=True)


def _subject(node: ast.expr) -> ast.expr:
    """The value that an expression is a part of or made from."""
    while True:
        match node:
            case ast.Attribute(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(value=ast.Call() as inner)):
                node = inner
            case ast.Call(args=[first, *_]):
                return first.elts[-1] if isinstance(first, ast.List | ast.Tuple) and first.elts else first
            case _:
                return node


def _guarded_by(walk: Expressions, node: ast.expr) -> frozenset[str]:
    """What it is harmless for when this part of a value, or what a function made of it, is known."""
    if isinstance(node, ast.NamedExpr):
        node = node.value
    path = walk.eval(node.func).path if isinstance(node, ast.Call) else walk.eval(node).type
    entry = libraries.entry("telling-parts", path) if path and "." in path else None
    return frozenset(entry["kinds"].split()) if entry is not None else frozenset()


def _contained(walk: Expressions, part: Data, whole: ast.expr, found: bool) -> None:
    """`part in whole`: what is not in there, or which directory is above."""
    known = part.constant
    if not found and isinstance(known, str):
        if known in {"/", "\\", "\\\\"}:
            walk.restrict(whole, _PATH)
        elif ".." in known:
            walk.restrict(whole, frozenset({NO_DOTS}))
        elif known in {"://", "//", ":"}:
            walk.restrict(whole, HOST)
        elif known in {"\r", "\n", "\r\n"}:
            walk.restrict(whole, frozenset({"header", "log"}))
        elif known == "<":
            walk.restrict(whole, frozenset({"html"}))
        elif known in {"'", '"'}:
            walk.restrict(whole, frozenset({"xpath"}))
            _quoted(walk, whole)
    elif found and isinstance(whole, ast.Attribute) and whole.attr == "parents" and not part.all_marks:
        found_inside(walk, whole.value)


def _quoted(walk: Expressions, inner: ast.expr) -> None:
    """No quotes stand between the first and the last character: what begins with one is a literal."""
    match inner:
        case ast.Subscript(value=whole, slice=ast.Slice(lower=ast.Constant(value=1), upper=ast.UnaryOp())):
            marks = walk.eval(whole).all_marks
            if marks and all(_BEGINS_QUOTED in mark.safe for mark in marks):
                walk.restrict(whole, frozenset({"code"}))
        case _:
            pass


def found_inside(walk: Expressions, node: ast.expr) -> None:
    """A path has been found below a directory; that tells something if it has no dots any more."""
    data = walk.eval(node)
    marks = data.all_marks
    if marks and all(_NORMAL in mark.safe or NO_DOTS in mark.safe for mark in marks):
        walk.restrict(node, _PATH, derived=True)


def _call(walk: Expressions, test: ast.Call, truth: bool) -> None:
    function = test.func
    method = function.attr if isinstance(function, ast.Attribute) else ""
    receiver = function.value if isinstance(function, ast.Attribute) else None
    owner = walk.eval(receiver) if receiver is not None else None
    callee = walk.attribute(owner, method, function) if owner is not None else walk.eval(function)
    path = callee.path
    own = path[1:] if path is not None and path.startswith(":") else None
    if own is not None:
        _own(walk, test, own, truth)
    elif owner is not None and owner.all_marks and receiver is not None and _may_be_text(owner):
        _text(walk, test, receiver, method, truth)
    elif path is not None and path.partition(".")[0] not in foreign_modules():
        _of_another_file(walk, test, path, truth)
    elif path is not None and "." in path:
        _library(walk, test, path, receiver, truth)
    elif path is None and owner is not None and not owner.all_marks:
        _unknown(walk, test, HOST)  # as in `client.may_redirect_to(address)`


def _may_be_text(data: Data) -> bool:
    return data.type is None or data.type in {"builtins.str", "builtins.bytes", "urllib.parse.Host"}


def _own(walk: Expressions, test: ast.Call, name: str, truth: bool) -> None:
    summary = walk.look(f"{name}!")
    if truth and isinstance(summary, Summary):
        _ensured(walk, test, summary)
    if isinstance(summary, Summary) and summary.result.constant is NOT_CONSTANT:
        _unknown(walk, test, _OWN)  # how addresses of redirects are checked is too much for a summary


def _of_another_file(walk: Expressions, test: ast.Call, path: str, truth: bool) -> None:
    """A question to a function of the project; if nobody knows it, it may well be a check."""
    summary = walk.look(f"{ELSEWHERE}{path}!")
    if isinstance(summary, Summary) and truth:
        _ensured(walk, test, summary)
    # How an address is checked is too much for a summary to tell.
    _unknown(walk, test, HOST if isinstance(summary, Summary) else _EVERY)


def _unknown(walk: Expressions, test: ast.Call, kinds: frozenset[str]) -> None:
    """A question of which nobody knows what it asks may be a check."""
    for data, node in given(walk, test).all:
        if data.all_marks:
            walk.restrict(node, kinds)


def _ensured(walk: Expressions, test: ast.Call, summary: Summary) -> None:
    places = summary.places(given(walk, test))
    for parameter, kinds in summary.ensures_if_true:
        if parameter in places:
            walk.restrict(places[parameter], frozenset(kinds))


def _text(walk: Expressions, test: ast.Call, receiver: ast.expr, method: str, truth: bool) -> None:
    entry = libraries.entry("guards", f"builtins.str.{method}")
    if entry is not None and truth:
        walk.restrict(receiver, frozenset(entry["kinds"].split()))
    elif method == "startswith" and test.args:
        start = walk.eval(test.args[0])
        known = start.constant
        if truth and isinstance(known, str) and fixes_host([known]):
            walk.restrict(receiver, HOST)
        if truth and not start.all_marks:
            found_inside(walk, receiver)
        if truth and known in {"'", '"'}:
            walk.restrict(receiver, frozenset({_BEGINS_QUOTED}))
        if not truth and known in {"/", "\\"}:
            walk.restrict(receiver, frozenset({NO_ROOT}))
    elif method == "is_relative_to" and truth:
        found_inside(walk, receiver)
    elif method == "endswith" and truth and test.args:
        end = walk.eval(test.args[0]).constant
        if isinstance(end, str) and end.startswith("."):
            _found_part(walk, receiver)


def _library(walk: Expressions, test: ast.Call, path: str, receiver: ast.expr | None, truth: bool) -> None:
    entry = libraries.entry("guards", path)
    if path in {"builtins.all", "builtins.any"} and truth and test.args:
        (_all if path == "builtins.all" else _any)(walk, test.args[0])
        return
    if entry is None or truth is not entry.get("when", True):
        if truth and path == "builtins.isinstance" and len(test.args) == 2:
            kinds = walk.eval(test.args[1])
            paths = [one.path for one in kinds.elements or (kinds,)]
            if all(path is not None and walk.is_harmless(Instance(path)) for path in paths):
                walk.restrict(test.args[0], _EVERY)
        return
    kinds = frozenset(entry["kinds"].split())
    if entry.get("contains") and receiver is not None:
        found_inside(walk, receiver)
    elif "pattern" in entry:
        _matched(walk, test, path, entry["pattern"])
    elif receiver is not None and entry.get("receiver"):
        walk.restrict(receiver, kinds)
    elif (asked := _asked_about(test, entry.get("keyword"))) is not None:
        walk.restrict(asked, kinds)


def _asked_about(test: ast.Call, keyword: str | None) -> ast.expr | None:
    """The argument of which a question asks."""
    named = [one.value for one in test.keywords if one.arg is not None and one.arg == keyword]
    return (test.args or named or [None])[0]


def _all(walk: Expressions, node: ast.expr) -> None:
    """Every part of a value fulfils a condition that makes it harmless."""
    match node:
        case ast.GeneratorExp(elt=test, generators=[ast.comprehension(target=ast.Name(id=name), iter=whole)]):
            pass
        case ast.ListComp(elt=test, generators=[ast.comprehension(target=ast.Name(id=name), iter=whole)]):
            pass
        case _:
            return
    before = walk.copy()
    walk.bind(name, walk.eval(whole).any_item())
    if walk.test(test)[1]:
        assume(walk, test, truth=True)
    harmless = walk.env is not None and not walk.env[name].all_marks
    walk.env = before
    if harmless:
        walk.restrict(whole, _EVERY)


def _any(walk: Expressions, node: ast.expr) -> None:
    """For one of some things a condition is true: what it says of others holds."""
    if not isinstance(node, ast.GeneratorExp | ast.ListComp) or walk.env is None:
        return
    before = dict(walk.env)
    for generator in node.generators:
        walk.assign(generator.target, walk.eval(generator.iter).any_item())
    own = {name for name, held in walk.env.items() if before.get(name) is not held}
    if walk.test(node.elt)[1]:
        assume(walk, node.elt, truth=True)
    after = walk.copy() or before
    walk.env = {**after, **{name: before[name] for name in own & before.keys()}}


_OPEN = re.compile(r"(?<!\\)\.|\\[SWDB]|\[\^")
"""Parts of a pattern that match nearly anything."""


def _matched(walk: Expressions, test: ast.Call, path: str, position: int) -> None:
    """A value matches a pattern that leaves no room for surprises."""
    compiled = position < 0
    at = 0 if compiled else 1
    if len(test.args) <= at:
        return
    full = path.endswith("fullmatch")
    if not compiled:
        pattern = walk.eval(test.args[0]).constant
        if not isinstance(pattern, str):
            return
        anchored = full or (
            pattern.endswith(("$", r"\Z")) and (path.endswith("match") or pattern.startswith(("^", r"\A")))
        )
        if not anchored or _OPEN.search(pattern):
            return
        kinds = _EVERY if "/" not in pattern else KINDS - _PATH
        walk.restrict(test.args[at], kinds)
    else:
        walk.restrict(test.args[at], _EVERY)
