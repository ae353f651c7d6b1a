"""The values of expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.flows import calls, conditions, texts
from backend_architect.python.flows.data import (
    NOT_CONSTANT,
    NOTHING,
    Closure,
    Data,
    Key,
    Mark,
    Origin,
    joined,
    partial,
    united,
)
from backend_architect.python.flows.state import ASKED, Env, State, constant
from backend_architect.python.values import UNKNOWN, Instance, Literal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_OF_TEXT = frozenset(dir(str))

_TEXTS = frozenset({"builtins.str", "pydantic.EmailStr", "pydantic.SecretStr", "pydantic.HttpUrl"})
"""Types of fields that hold text, and no dict."""

_LARGE = 10_000
"""Constants do not become larger than this."""

_Operation = Callable[[Any, Any], Any]

_OPERATORS: dict[type, _Operation] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
    ast.BitAnd: lambda left, right: left & right,
    ast.BitOr: lambda left, right: left | right,
    ast.BitXor: lambda left, right: left ^ right,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


@dataclass(slots=True, eq=False)
class Expressions(State):
    """Knows the value of every kind of expression."""

    fixed: dict[ast.expr, bool] = field(default_factory=dict[ast.expr, bool])
    """The variables that have been read, and whether they were constants each time."""

    def eval(self, node: ast.expr) -> Data:
        """The value of an expression, which is remembered if it carries data."""
        data = _KINDS.get(node.__class__, _nothing)(self, node)
        if data.marks or data.is_container:
            if self.has_asked and self.env is not None and not isinstance(node, ast.Name):
                data = self.env.get(ASKED + ast.unparse(node)) or data
            self.saw(node, data)
        elif data.check is not None:
            self.sightings += 1
        if node.__class__ is ast.Name:
            known = isinstance(data.value, Text | Literal) and data.constant is not NOT_CONSTANT
            self.fixed[node] = known and self.fixed.get(node, True)
        return data

    def test(self, node: ast.expr) -> tuple[bool | None, bool]:
        """Whether a condition is true, if that is known, and whether it speaks of data."""
        before = self.sightings
        truth = conditions.truth(self.eval(node))
        return truth, self.sightings != before

    def attribute(self, data: Data, name: str, node: ast.expr) -> Data:
        """An attribute of a value; `node` is where that is read."""
        if data.parts is not None and (known := data.parts.get(f".{name}")) is not None:
            return known
        value = self.attribute_value(data.value, name)
        kind = data.type
        if kind is not None:
            for base in self.bases(kind):
                entry = libraries.entry("request-data", f"{base}.{name}")
                if entry is not None:
                    return Data(frozenset({_source(node, name, entry)}), _typed(value))
        if not data.marks:
            return Data(value=value) if value != UNKNOWN else NOTHING
        if kind == "builtins.str" and name not in _OF_TEXT:
            return NOTHING  # the framework has put an object in the place of the text
        if self.is_harmless(value):
            return Data(value=value)
        part = Data(data.item(f".{name}").marks, value)
        if isinstance(value, Instance) and value.type in _TEXTS:
            part = part.made_safe(texts.TEXT)
        entry = libraries.entry("sanitizers", f"{kind}.{name}") if kind is not None else None
        return part if entry is None else part.made_safe(frozenset(entry["kinds"].split()))

    def select(self, data: Data, path: Sequence[Key], node: ast.expr) -> Data:
        """The part of a value to which constant keys lead."""
        for key in path:
            if isinstance(key, str) and key.startswith("."):
                data = self.attribute(data, key[1:], node)
            else:
                data = self.item(data, key)
        return data

    def item(self, data: Data, key: object) -> Data:
        """What a subscript of a value gives."""
        found = data.item(key) if isinstance(key, Key) else data.any_item()
        kind = data.type
        if kind is not None and found.value == UNKNOWN:
            gives = libraries.returns(f"{kind}.__getitem__")
            if gives:
                return replace(found, value=Instance(gives))
        return found


def _source(node: ast.expr, name: str, entry: Any) -> Mark:
    written = ast.unparse(node)
    text = written if len(written) <= 40 and written.endswith(name) else f"request.{name}"
    if entry.get("call"):
        text += "()"
    return Mark(Origin(f"`{text}`", node=node), frozenset(entry.get("safe", "").split()))


def _typed(value: Any) -> Any:
    return value if isinstance(value, Instance) else UNKNOWN


def _nothing(walk: Expressions, node: ast.expr) -> Data:
    """Anything else: what stands in it is looked at."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            walk.eval(child)
    return NOTHING


def _constant(_: Expressions, node: ast.Constant) -> Data:
    return constant(node.value)


def _name(walk: Expressions, node: ast.Name) -> Data:
    return walk.variable(node.id)


def _attribute(walk: Expressions, node: ast.Attribute) -> Data:
    return walk.attribute(walk.eval(node.value), node.attr, node)


def _subscript(walk: Expressions, node: ast.Subscript) -> Data:
    owner = walk.eval(node.value)
    if isinstance(node.slice, ast.Slice):
        return _slice(walk, owner, node.slice)
    key = walk.eval(node.slice).constant
    known = owner.constant
    if known is not NOT_CONSTANT and key is not NOT_CONSTANT:
        return _computed(operator.getitem, known, key)
    return walk.item(owner, key)


def _slice(walk: Expressions, owner: Data, node: ast.Slice) -> Data:
    bounds = [
        walk.eval(part).constant if part is not None else None for part in (node.lower, node.upper, node.step)
    ]
    known = all(bound is None or isinstance(bound, int) for bound in bounds)
    if known and owner.elements is not None:
        return replace(owner, elements=owner.elements[slice(*bounds)])
    if known and owner.constant is not NOT_CONSTANT:
        return _computed(operator.getitem, owner.constant, slice(*bounds))
    return owner.flat()


def _computed(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Data:
    """The result of an operation on constants."""
    try:
        if max(_size(left), _size(right)) > _LARGE:
            return NOTHING
        return constant(function(left, right))
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return NOTHING


def _size(value: Any) -> int:
    return abs(value) if isinstance(value, int) else len(value) if isinstance(value, str | bytes) else 0


def _binary(walk: Expressions, node: ast.BinOp) -> Data:
    left, right = walk.eval(node.left), walk.eval(node.right)
    known = left.constant, right.constant
    if NOT_CONSTANT not in known:
        function = _OPERATORS.get(type(node.op))
        return _computed(function, *known) if function is not None else NOTHING
    if isinstance(node.op, ast.Add):
        if left.elements is not None and right.elements is not None:
            return Data(united([left.marks, right.marks]), elements=left.elements + right.elements)
        return texts.concatenated([left, right])
    if isinstance(node.op, ast.Mod):
        return texts.formatted(left, _operands(right))
    marks = partial(united([left.all_marks, right.all_marks]))
    kind = left.value if isinstance(left.value, Instance) else right.value
    if isinstance(node.op, ast.Div):
        return Data(marks, kind if isinstance(kind, Instance) else UNKNOWN)
    return Data(marks) if marks else NOTHING


def _operands(right: Data) -> list[Data]:
    if right.elements is not None:
        return list(right.elements)
    return list(right.parts.values()) if right.parts else [right]


def _f_string(walk: Expressions, node: ast.JoinedStr) -> Data:
    return texts.concatenated([_part(walk, part) for part in node.values], text=True)


def _part(walk: Expressions, node: ast.expr) -> Data:
    if not isinstance(node, ast.FormattedValue):
        return walk.eval(node)
    data = walk.eval(node.value)
    if node.format_spec is not None:
        spec = walk.eval(node.format_spec)
        if isinstance(spec.constant, str) and spec.constant[-1:] in set("bcdeEfFgGnoxX%"):
            return NOTHING
        return data.flat()
    return data


def _display(walk: Expressions, node: ast.List | ast.Tuple | ast.Set) -> Data:
    values: list[Data] = []
    known = not isinstance(node, ast.Set)
    for one in node.elts:
        data = walk.eval(one)
        if isinstance(one, ast.Starred) and data.elements is not None:
            values += data.elements
        else:
            known &= not isinstance(one, ast.Starred)
            values.append(data)
    if known and len(values) <= 100:
        return Data(elements=tuple(values))
    return Data(partial(united([one.all_marks for one in values])), parts={})


def _dict(walk: Expressions, node: ast.Dict) -> Data:
    result = Data(parts={})
    for key, value in zip(node.keys, node.values, strict=True):
        data = walk.eval(value)
        known = walk.eval(key).constant if key is not None else NOT_CONSTANT
        if key is None and data.parts is not None:
            result = Data(united([result.marks, data.marks]), parts={**(result.parts or {}), **data.parts})
        elif isinstance(known, Key):
            result = result.with_item(known, data)
        else:
            result = result.with_some(data)
    return result


def _if(walk: Expressions, node: ast.IfExp) -> Data:
    truth, speaks = walk.test(node.test)
    before, results, ends = walk.copy(), list[Data](), list[Any]()
    for way, branch in ((True, node.body), (False, node.orelse)):
        if truth in {way, None}:
            walk.env = dict(before) if before is not None else None
            if speaks:
                conditions.assume(walk, node.test, way)
            results.append(walk.eval(branch))
            ends.append(walk.env)
    walk.env = before if len(ends) > 1 else ends[0]
    return joined(results)


def _boolean(walk: Expressions, node: ast.BoolOp) -> Data:
    before = walk.copy()
    goes_on = isinstance(node.op, ast.And)
    results: list[Data] = []
    for operand in node.values:
        sightings, data = walk.sightings, walk.eval(operand)
        truth = conditions.truth(data)
        if truth is goes_on and operand is not node.values[-1]:
            continue
        results.append(data)
        if truth is (not goes_on) or operand is node.values[-1]:
            break
        if walk.sightings != sightings:
            conditions.assume(walk, operand, goes_on)
    walk.env = _with_new(before, walk.env)
    if goes_on and len(results) > 1:
        results = [results[-1], *(one for one in results[:-1] if not one.all_marks)]
    return joined(results)


def _with_new(before: Env | None, after: Env | None) -> Env | None:
    """The variables as they were, with those that `:=` has bound since."""
    if before is None or after is None:
        return before
    new = {name: data for name, data in after.items() if name not in before and name[0] != ASKED}
    return {**before, **new}


def _not(walk: Expressions, node: ast.UnaryOp) -> Data:
    data = walk.eval(node.operand)
    if isinstance(node.op, ast.Not):
        truth = conditions.truth(data)
        return constant(not truth) if truth is not None else NOTHING
    known = data.constant
    return constant(-known) if isinstance(known, int | float) and isinstance(node.op, ast.USub) else NOTHING


def _compare(walk: Expressions, node: ast.Compare) -> Data:
    values = [walk.eval(one) for one in (node.left, *node.comparators)]
    known = [one.constant for one in values]
    if len(values) != 2 or NOT_CONSTANT in known:
        return NOTHING
    return _computed(_OPERATORS[type(node.ops[0])], *known)


def _walrus(walk: Expressions, node: ast.NamedExpr) -> Data:
    data = walk.eval(node.value)
    walk.bind(node.target.id, data)
    return data


def _inner(walk: Expressions, node: ast.Await | ast.Starred) -> Data:
    return walk.eval(node.value)


def _yielded(walk: Expressions, node: ast.Yield | ast.YieldFrom) -> Data:
    if node.value is not None:
        walk.returned.append(walk.eval(node.value).flat())
    return NOTHING


def _lambda(_: Expressions, node: ast.Lambda) -> Data:
    return Data(call=Closure(node))


def _comprehension(
    walk: Expressions, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Data:
    before = walk.copy()
    for generator in node.generators:
        walk.assign(generator.target, walk.eval(generator.iter).any_item())
        for test in generator.ifs:
            if walk.test(test)[1]:
                conditions.assume(walk, test, truth=True)
    results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    marks = united([walk.eval(one).all_marks for one in results])
    walk.env = before
    return Data(partial(marks), parts={})


_KINDS: dict[type, Callable[[Expressions, Any], Data]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: calls.result,
    ast.BinOp: _binary,
    ast.JoinedStr: _f_string,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.IfExp: _if,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _not,
    ast.Compare: _compare,
    ast.NamedExpr: _walrus,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.Yield: _yielded,
    ast.YieldFrom: _yielded,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
}
