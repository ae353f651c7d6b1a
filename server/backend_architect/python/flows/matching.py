"""The `match` statement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.python.flows import conditions
from backend_architect.python.flows.data import ALL, NOT_CONSTANT, NOTHING, Data
from backend_architect.python.flows.state import Env, join_envs

if TYPE_CHECKING:
    from backend_architect.python.flows.statements import Walk


def match(walk: Walk, node: ast.Match) -> None:
    """Run the cases that the subject may fit."""
    subject = walk.eval(node.subject)
    known, before = subject.constant, walk.env
    ends: list[Env | None] = []
    for case in node.cases:
        fits = _fits(walk, case.pattern, known)
        if fits is False:
            continue
        walk.env = dict(before) if before is not None else None
        if known is NOT_CONSTANT and _names_values(case.pattern):
            walk.restrict(node.subject, frozenset({ALL}))
        _capture(walk, case.pattern, subject)
        if case.guard is not None and walk.test(case.guard)[1]:
            conditions.assume(walk, case.guard, truth=True)
        walk.walk(case.body)
        ends.append(walk.env)
        if fits and case.guard is None:
            break
    else:
        ends.append(before)
    walk.env = join_envs(ends)


def _fits(walk: Walk, pattern: ast.pattern, known: Any) -> bool | None:
    """Whether a pattern matches a constant; None where nobody knows."""
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchValue(value=value) if known is not NOT_CONSTANT:
            wanted = walk.eval(value).constant
            return None if wanted is NOT_CONSTANT else bool(wanted == known)
        case ast.MatchSingleton(value=value) if known is not NOT_CONSTANT:
            return value is known
        case ast.MatchOr(patterns=patterns):
            answers = [_fits(walk, one, known) for one in patterns]
            return True if True in answers else None if None in answers else False
        case _:
            return None


def _names_values(pattern: ast.pattern) -> bool:
    """Whether only values of the program's own match."""
    if isinstance(pattern, ast.MatchOr):
        return all(_names_values(one) for one in pattern.patterns)
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        return _names_values(pattern.pattern)
    return isinstance(pattern, ast.MatchValue | ast.MatchSingleton)


def _capture(walk: Walk, pattern: ast.pattern, subject: Data) -> None:
    """Bind the names of a pattern."""
    for one in pattern.patterns if isinstance(pattern, ast.MatchOr) else ():
        _capture(walk, one, subject)
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                _capture(walk, inner, subject)
            if name is not None:
                walk.bind(name, NOTHING if inner is not None and _names_values(inner) else subject)
        case ast.MatchMapping():
            _capture_mapping(walk, pattern, subject)
        case ast.MatchSequence(patterns=patterns):
            elements = subject.elements
            exact = elements is not None and len(elements) == len(patterns)
            for at, one in enumerate(patterns):
                _capture(walk, one, elements[at] if exact and elements else subject.any_item())
        case ast.MatchClass(patterns=patterns, kwd_attrs=names, kwd_patterns=by_name):
            for one in patterns:
                _capture(walk, one, subject.flat())
            for name, one in zip(names, by_name, strict=True):
                _capture(walk, one, subject.item(f".{name}"))
        case ast.MatchStar(name=str() as name):
            walk.bind(name, subject)
        case _:
            pass


def _capture_mapping(walk: Walk, pattern: ast.MatchMapping, subject: Data) -> None:
    for key, one in zip(pattern.keys, pattern.patterns, strict=True):
        _capture(walk, one, walk.item(subject, walk.eval(key).constant))
    if pattern.rest is not None:
        walk.bind(pattern.rest, subject.flat())
