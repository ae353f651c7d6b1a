"""Which names the value of an expression ends up under: it is a token because somebody calls it one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.bodies import own_nodes
from backend_architect.python.words import word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_MAKING = word_set(
    "generate generated gen make create build new get random rand issue compute calculate calc produce fresh"
)
"""Words with which the names of functions begin that give what the rest of the name says."""

_PASSING = word_set(
    """
    join format encode decode hexdigest digest hex upper lower strip zfill rjust ljust replace to_bytes
    tobytes tolist b64encode urlsafe_b64encode b32encode hexlify md5 sha1 sha224 sha256 sha384 sha512 new
    floor ceil
    trunc str int bytes bytearray list tuple reversed sorted map abs round chr islice repeat dict
    """
)
"""Functions and methods whose result stands for what they are given."""

_OPTIONS = word_set("key default k")
"""Keywords of functions such as `sorted` and `choices`, which say nothing about the value."""

_ADDING = word_set("append add extend insert update")
_GENERIC = word_set(
    "code value result res ret out output data s x text string chars char digits letters r n num number"
)
"""Names that say nothing about what they hold."""


def names_borne(node: ast.expr, at: Place, *, onward: bool = True) -> Iterator[str]:
    """The names of variables, attributes, arguments, keys and functions that the value is given to.

    From a variable whose name says nothing, it is followed one step further, if `onward`.
    """
    inner: ast.AST = node
    for outer in at.around(node):
        match outer:
            case ast.stmt():
                yield from _of_statement(outer, at, onward)
                return
            case ast.NamedExpr(target=target):
                yield target.id
            case ast.keyword(arg=name):
                if name is not None and name not in _OPTIONS:
                    yield name
                return
            case ast.Dict():
                yield from _of_entry(outer, inner, at)
                return
            case ast.Call() if inner is not outer.func and _name(outer.func) not in _PASSING:
                yield from _of_receiver(outer)
                return
            case _:
                inner = outer


def core_of(name: str) -> str:
    """What a function gives, by its name: `token` for `generate_token`."""
    words = list(words_of(name))
    while words and words[0] in _MAKING:
        words.pop(0)
    return "_".join(words)


def _of_statement(statement: ast.stmt, at: Place, onward: bool) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _of_target(target, at, onward)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            yield from _of_target(target, at, onward)
        case ast.Return():
            yield from _of_function(at)
        case _:
            pass


def _of_entry(node: ast.Dict, value: ast.AST, at: Place) -> Iterator[str]:
    for key, one in zip(node.keys, node.values, strict=True):
        name = at.constant(key) if one is value else None
        if isinstance(name, str):
            yield name


def _of_target(target: ast.expr, at: Place, onward: bool) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
            if onward and _GENERIC.issuperset(words_of(name)):
                yield from _of_uses(name, at)
        case ast.Attribute(attr=name):
            yield name
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
            yield name
            yield from _of_target(owner, at, onward)
        case ast.Subscript(value=owner, slice=key):
            if words_of(_name(key))[-1:] == ("cookie",):
                yield _name(key)  # what is kept under the name of a cookie is what the cookie says
            yield from _of_target(owner, at, onward)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _of_target(element, at, onward)
        case _:
            pass


def _of_uses(name: str, at: Place) -> Iterator[str]:
    """The names that the value of a variable is given in its function."""
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for node in own_nodes(at.function.body):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield from names_borne(node, at, onward=False)


def _of_function(at: Place) -> Iterator[str]:
    if isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        yield core_of(at.function.name)


def _of_receiver(call: ast.Call) -> Iterator[str]:
    """`token.append(value)` gives the value to `token`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _ADDING:
        yield _name(call.func.value)


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))
