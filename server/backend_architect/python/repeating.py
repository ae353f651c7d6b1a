"""What may be done again together with a request, because it only reads or is forgotten with the attempt."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import words
from backend_architect.python.remote_calls import RemoteCall, remote_call
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

_READING = word_set(
    """
    as_dict astimezone casefold content copy count decode dict encode endswith find format from_dict
    from_json get geturl getcode index isalnum isdigit isoformat items join json keys lower lstrip
    model_dump model_validate model_validate_json parse_obj partition raise_for_status removeprefix
    removesuffix replace rpartition rsplit rstrip split splitlines startswith strftime strip text
    title to_dict to_json total_seconds upper values
    """
)
"""Methods that change nothing, whatever they belong to."""

_FILLING: Final = frozenset({"add", "append", "extend", "insert", "setdefault", "sort", "update"})
"""Methods that change a container; one that the function has made itself is forgotten with the attempt."""

_EFFECTS = word_set(
    """
    accept acquire add append apply cancel charge clear close commit consume create decr delete
    dispatch emit enqueue execute extend incr increment insert log lock mark move next notify open pay
    pop post publish push put refund register release remove rename report reset save schedule send
    set start stop store submit touch trigger update upload upsert write
    """
)
"""Words of functions that do something which another attempt would do again."""

_QUEUES: Final = ("queue.Queue.get", "asyncio.Queue.get", "multiprocessing.Queue.get")
_CONSUMING: Final = frozenset({"builtins.next", "builtins.input", "builtins.open", *_QUEUES})
_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def may_repeat(nodes: Iterable[ast.AST], at: Place, *, insist: ast.Call | None = None) -> bool:
    """Whether all calls among some nodes are known to read only; `insist` is made twice anyway."""
    return all(one is insist or is_repeatable(one, at) for one in nodes if isinstance(one, ast.Call))


def is_repeatable(call: ast.Call, at: Place) -> bool:
    """Whether a call is known to change nothing, or nothing that outlives the attempt."""
    path = at.path(call.func)
    if path is not None:
        remote = remote_call(call, at)
        if remote is not None:
            return remote.may_be_repeated
        if path in _CONSUMING or libraries.entry("retryable", path) is not None:
            return False
        if any(libraries.entry(table, path) is not None for table in ("probes", "repeatable", "answers")):
            return True
    match call.func:
        case ast.Name(id=name):
            return name[:1].isupper()
        case ast.Attribute(value=owner, attr="read"):
            return _is_answer(owner, at)
        case ast.Attribute(value=owner, attr=name):
            return name[:1].isupper() or name in _READING or (name in _FILLING and _is_own(owner, at))
        case _:
            return False


def _is_answer(node: ast.expr, at: Place) -> bool:
    """Whether an expression is the answer to a request, which each attempt has anew."""
    if isinstance(node, ast.Name):
        bound = at.view.resolver(at.frame).scope.bindings_of(node.id)
        made = [one.node for one in bound if isinstance(one.node, ast.Call)]
        return bool(bound) and len(made) == len(bound) and all(_is_answer(call, at) for call in made)
    return isinstance(node, ast.Call) and remote_call(node, at) is not None


def looks_harmless(call: ast.Call, at: Place) -> bool:
    """Whether a call whose doing is not known is at least not called like one that changes something."""
    if is_repeatable(call, at):
        return True
    if at.path(call.func) in _CONSUMING:
        return False
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return words(name).isdisjoint(_EFFECTS) and remote_call(call, at) is None
        case _:
            return False


def _is_own(container: ast.expr, at: Place) -> bool:
    """Whether the function has made a container itself."""
    function = at.function
    if not isinstance(container, ast.Name) or function is None or isinstance(function, ast.Lambda):
        return False
    for node in own_nodes(function.body):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if name == container.id:
                return isinstance(value, _DISPLAYS) or (
                    isinstance(value, ast.Call) and at.path(value.func) in _MAKERS
                )
            case _:
                pass
    return False


_MAKERS: Final = frozenset({"builtins.dict", "builtins.list", "builtins.set"})


def is_used_up(remote: RemoteCall, at: Place) -> bool:
    """Whether the first attempt may read what is sent to its end, so that the next one sends nothing."""
    if remote.verb in _BODILESS:
        return False
    for keyword in remote.call.keywords:
        if keyword.arg in {"files", "content", None}:
            return True
        if keyword.arg == "data" and isinstance(keyword.value, ast.Name):
            bound = at.view.resolver(at.frame).scope.bindings_of(keyword.value.id)
            if any(one.kind == "enter" for one in bound):
                return True
        if keyword.arg == "data" and isinstance(keyword.value, ast.Call):
            return not is_repeatable(keyword.value, at)
    return False


def changes_state(function: Function) -> bool:
    """Whether the function counts or deletes in what outlives it: `self.calls += 1`, `del seen[key]`."""
    shared: set[str] = set()
    for node in own_nodes(function.body):
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                shared.update(names)
            case ast.AugAssign(target=ast.Attribute() | ast.Subscript()) | ast.Delete():
                return True
            case _:
                pass
    return any(
        isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in shared
        for node in own_nodes(function.body)
    )
