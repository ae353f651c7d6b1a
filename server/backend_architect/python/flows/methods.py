"""Methods of lists, dictionaries and what behaves like them."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.flows.data import ALL, NOT_CONSTANT, NOTHING, Data, Key, joined, partial, united
from backend_architect.python.values import UNKNOWN, Instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.python.flows.arguments import Given
    from backend_architect.python.flows.calls import Call
    from backend_architect.python.flows.expressions import Expressions


def of_container(walk: Expressions, call: Call) -> Data | None:
    """What a method gives that reads or changes the parts of its object; None for other calls."""
    function, receiver, callee, given = call.node.func, call.receiver, call.callee, call.arguments
    if not isinstance(function, ast.Attribute) or receiver is None:
        return None
    kind = receiver.type
    stores = kind is not None and libraries.entry("containers", kind) is not None
    if kind is not None and not stores and not receiver.marks:
        return None
    if callee.path is not None and not stores:
        entry = libraries.entry("sanitizers", callee.path) or libraries.entry("propagators", callee.path)
        if entry is not None:
            return None
    changes = _CHANGES.get(function.attr)
    if changes is not None and (receiver.is_container or stores or _plain(receiver)):
        after = changes(receiver, given)
        if after is not receiver:
            walk.update(function.value, receiver, after)
        return _removed(walk, function.attr, receiver, given) if function.attr in _REMOVING else NOTHING
    reads = _READS.get(function.attr)
    if reads is None or not (receiver.is_container or receiver.marks):
        default = given.argument(1, "default") if reads is _get and _plain(receiver) else None
        return Data(partial(default[0].all_marks)) if default is not None and default[0].all_marks else None
    return reads(walk, receiver, given)


def _plain(receiver: Data) -> bool:
    """Whether an unknown object may be a list or a dictionary."""
    return receiver.value == UNKNOWN


def _first(given: Given) -> Data:
    return given.positional[0][0] if given.positional else NOTHING


def _append(receiver: Data, given: Given) -> Data:
    if receiver.elements is not None and len(receiver.elements) < 200:
        return replace(receiver, elements=(*receiver.elements, _first(given)))
    return _put(receiver, given)


def _put(receiver: Data, given: Given) -> Data:
    marks = given.marks
    return receiver.with_some(Data(marks)) if marks else receiver


def _extend(receiver: Data, given: Given) -> Data:
    more = _first(given)
    if receiver.elements is not None and more.elements is not None:
        return replace(receiver, elements=receiver.elements + more.elements)
    return receiver.with_some(more)


def _insert(receiver: Data, given: Given) -> Data:
    if receiver.elements is None or len(given.positional) < 2:
        return _put(receiver, given)
    index, value = given.positional[0][0].constant, given.positional[1][0]
    if not isinstance(index, int):
        return receiver.with_some(value)
    elements = list(receiver.elements)
    elements.insert(index, value)
    return replace(receiver, elements=tuple(elements))


def _update(receiver: Data, given: Given) -> Data:
    after = receiver
    for data, _ in given.positional:
        if data.parts is not None:
            after = replace(
                after, parts={**(after.parts or {}), **data.parts}, marks=united([after.marks, data.marks])
            )
        elif data.all_marks:
            after = after.with_some(data)
    for name, (data, _) in given.keywords.items():
        after = after.with_item(name, data)
    return after


def _set(receiver: Data, given: Given) -> Data:
    """`set(section, option, value)` of a configuration, `setdefault(key, value)` of a dictionary."""
    values = [data for data, _ in given.positional]
    if len(values) == 3:
        section, option = values[0].constant, values[1].constant
        if isinstance(section, Key) and isinstance(option, Key):
            return receiver.with_item(section, receiver.item(section).with_item(option, values[2]))
        return receiver.with_some(values[2])
    if len(values) == 2 and isinstance(key := values[0].constant, Key):
        held = receiver.parts.get(key) if receiver.parts is not None else None
        return receiver.with_item(key, values[1] if held is None else held)
    return receiver.with_some(values[-1]) if values else receiver


def _pop(receiver: Data, given: Given) -> Data:
    key = _first(given).constant if given.positional else -1
    if receiver.elements is not None and isinstance(key, int) and receiver.elements:
        elements = list(receiver.elements)
        if -len(elements) <= key < len(elements):
            elements.pop(key)
            return replace(receiver, elements=tuple(elements))
    if receiver.parts is not None and key in receiver.parts:
        return replace(receiver, parts={name: one for name, one in receiver.parts.items() if name != key})
    return replace(receiver.flat(), value=receiver.value) if receiver.elements is not None else receiver


def _clear(receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    return Data(elements=()) if receiver.elements is not None else Data(parts={}, value=receiver.value)


def _reverse(receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    if receiver.elements is not None:
        return replace(receiver, elements=receiver.elements[::-1])
    return receiver


def _shuffled(receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    if receiver.elements is None:
        return receiver
    return Data(partial(receiver.all_marks), receiver.value, parts={})


_CHANGES: dict[str, Callable[[Data, Given], Data]] = {
    "append": _append,
    "add": _put,
    "appendleft": _put,
    "push": _put,
    "put": _put,
    "put_nowait": _put,
    "write": _put,
    "writelines": _put,
    "extend": _extend,
    "insert": _insert,
    "update": _update,
    "set": _set,
    "setdefault": _set,
    "pop": _pop,
    "popitem": _pop,
    "clear": _clear,
    "reverse": _reverse,
    "sort": _shuffled,
    "remove": _shuffled,
    "read_dict": _update,
}
_REMOVING = frozenset({"pop", "popitem", "setdefault"})


def _removed(walk: Expressions, name: str, receiver: Data, given: Given) -> Data:
    """What `pop` and its like give."""
    if name == "popitem":
        return receiver.any_item()
    if not given.positional:
        elements = receiver.elements
        return (elements[-1] if elements else NOTHING) if elements is not None else receiver.any_item()
    return _get(walk, receiver, given)


def _get(walk: Expressions, receiver: Data, given: Given) -> Data:
    """`get(key, default)` of a dictionary, `get(section, option)` of a configuration."""
    values = [data for data, _ in given.positional]
    converts = given.argument(2, "type")
    if converts is not None and receiver.marks:
        path = converts[0].path
        entry = libraries.entry("sanitizers", path) if path and "." in path else None
        if entry is not None and ALL in entry["kinds"]:
            return NOTHING
    if values and receiver.marks and _is_standard(receiver, values[0].constant):
        return walk.item(receiver, values[0].constant).made_safe(frozenset({"redirect"}))
    if not values:
        key: Any = given.argument(0, "key")
        return walk.item(receiver, key[0].constant if key is not None else NOT_CONSTANT)
    found = walk.item(receiver, values[0].constant)
    if receiver.type == "configparser.ConfigParser" and len(values) > 1:
        return walk.item(found, values[1].constant)
    default = given.argument(1, "default")
    is_known = receiver.parts is not None and values[0].constant in receiver.parts
    holds = receiver.is_container or bool(receiver.all_marks)  # of anything else nobody knows what `get` is
    if default is not None and holds and not is_known and (default[0].all_marks or found.is_container):
        return joined([found, default[0]])
    if receiver.type is not None and found.value == UNKNOWN:
        gives = libraries.returns(f"{receiver.type}.get")
        return replace(found, value=Instance(gives)) if gives else found
    return found


_STANDARD = frozenset(
    {"host", "origin", "referer", "user-agent", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"}
)
"""Headers that no link can make a browser send with what it likes."""


def _is_standard(receiver: Data, key: object) -> bool:
    name = key.lower().removeprefix("http_").replace("_", "-") if isinstance(key, str) else ""
    return name in _STANDARD and any(
        "header" in m.origin.text or "META" in m.origin.text for m in receiver.marks
    )


def _any(walk: Expressions, receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    return Data(partial(receiver.all_marks), parts={}) if receiver.all_marks else NOTHING


def _values(walk: Expressions, receiver: Data, given: Given) -> Data:
    if receiver.parts is not None and not receiver.marks:
        return Data(elements=tuple(receiver.parts.values()))
    return _any(walk, receiver, given)


def _items(walk: Expressions, receiver: Data, given: Given) -> Data:
    if receiver.parts is not None and not receiver.marks:
        pairs = (Data(elements=(NOTHING, one)) for one in receiver.parts.values())
        return Data(elements=tuple(pairs))
    return _any(walk, receiver, given)


def _keys(walk: Expressions, receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    return Data(partial(receiver.marks)) if receiver.marks else NOTHING


def _copy(walk: Expressions, receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    return replace(receiver)


def _nothing(walk: Expressions, receiver: Data, given: Given) -> Data:  # noqa: ARG001 - as the others
    return NOTHING


_READS: dict[str, Callable[[Expressions, Data, Given], Data]] = {
    "get_absolute_url": _nothing,  # a path that the routes of Django make
    "get": _get,
    "getlist": _get,
    "get_all": _get,
    "getall": _get,
    "getone": _get,
    "__getitem__": _get,
    "values": _values,
    "items": _items,
    "keys": _keys,
    "copy": _copy,
    "getvalue": _any,
    "getbuffer": _any,
    "read": _any,
    "get_nowait": _any,
    "popleft": _any,
    "count": _nothing,
    "index": _nothing,
}
