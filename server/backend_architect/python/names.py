"""What names stand for: scopes, and the resolution of expressions in them."""

from __future__ import annotations

import ast
import builtins
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.definitions import given, is_property
from backend_architect.python.scopes import FunctionScope, Look, OutsideScope, Scope, agreed
from backend_architect.python.values import (
    A_NUMBER,
    OF_COLLECTIONS,
    UNKNOWN,
    Bases,
    Instance,
    Literal,
    Symbol,
    Text,
    Texts,
    Value,
    is_number,
    is_thing,
    local_name,
    merged,
)

if TYPE_CHECKING:
    from backend_architect.python.bindings import Binding

__all__ = ["FunctionScope", "Look", "OutsideScope", "Scope", "agreed"]

CALL = "()"
ITEMS = "[]"
BASES = "<"
PROMISE = "~"
ELSEWHERE = "@"
IMPORTS = "/"
VERSION = "=="
READS = "#"
FIRST = "("
DECLARED = "?"
_BUILTINS = frozenset(dir(builtins))
_NUMERIC_CALLS = {
    "builtins.hash": "builtins.int",
    "builtins.len": "builtins.int",
    "builtins.ord": "builtins.int",
    "builtins.round": "builtins.int",
    "math.ceil": "builtins.int",
    "math.floor": "builtins.int",
    "math.trunc": "builtins.int",
    "time.time": "builtins.float",
    "time.time_ns": "builtins.int",
}
_OF_THE_PROJECT = ("django.conf.settings.",)
"""What the project itself says, though it is imported from a library."""

_DEPENDENCIES = {"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.params.Security"}
_CHOICES = {"builtins.max", "builtins.min"}
_PASSING_ON = {
    "asyncio.shield",
    "asyncio.wait_for",
    "contextlib.AsyncExitStack.enter_async_context",
    "contextlib.AsyncExitStack.enter_context",
    "contextlib.ExitStack.enter_context",
    "contextlib.aclosing",
    "contextlib.closing",
    "contextlib.nullcontext",
}
"""Calls that give, or whose context is, what they are given first."""

_OWN_TYPES = (Instance("typing.Self"), Instance("typing_extensions.Self"))
_SILENT_TYPES = {
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("Final", "ClassVar")
}
"""Annotations that leave the type to the value."""

_BUILTIN_TYPES = {"builtins.int", "builtins.float", "builtins.bool", "builtins.str"}


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves expressions that stand in a scope."""

    scope: Scope
    outside: Scope

    def bound(self, binding: Binding, owner: str | None, name: str = "") -> Value:
        """What a binding binds; `owner` is the class around it, `name` its name if the module binds it."""
        node = binding.node
        match binding.kind:
            case "import":
                return self._imported(binding.path, name)
            case "self":
                return Instance(f":{owner}")
            case "function" | "class" if name:
                return self._definition(node, name)
            case "enter" if isinstance(node, ast.expr):
                return self._entered(self.resolve(node) or UNKNOWN)
            case "value" if isinstance(node, ast.expr):
                return self._asked(node, name)
            case "annotation" if isinstance(node, ast.expr):
                return Literal(None) if name.endswith(PROMISE) else self.annotated(node)
            case "augmented" if isinstance(node, ast.AugAssign):
                return self._number(node.value)
            case "default" if isinstance(node, ast.Call):
                return self._dependency(node)
            case "element" if isinstance(node, ast.Tuple | ast.List) and node.elts:
                values = [self.resolve(element) for element in node.elts]
                constant = all(
                    isinstance(value, Literal) or (isinstance(value, Text) and value.constant is not None)
                    for value in values
                )
                return (values[0] or UNKNOWN) if constant else UNKNOWN
            case _:
                return UNKNOWN

    def _imported(self, path: str, name: str) -> Value:
        """What is asked of an import: the thing, the result of calling it, its bases or its promise."""
        value = self._named(path)
        if name.endswith(CALL):
            return self._called(value)
        if name.endswith((BASES, PROMISE, FIRST)):
            origin = value.path if isinstance(value, Symbol) else path
            return self._elsewhere(origin + name[-1]) or UNKNOWN
        return value

    def _asked(self, node: ast.expr, name: str) -> Value:
        """What is asked of an assigned expression: itself, its promise, its items, its first argument."""
        for suffix, answer in ((PROMISE, self.annotated), (ITEMS, self.items), (FIRST, self._given_first)):
            if name.endswith(suffix):
                return answer(node)
        return self.resolve(node) or UNKNOWN

    def _given_first(self, node: ast.expr) -> Value:
        """The string that a call is given first."""
        value = self.resolve(node.args[0]) if isinstance(node, ast.Call) and node.args else None
        return value if isinstance(value, Text) else UNKNOWN

    def _entered(self, manager: Value) -> Value:
        """What `with` gives for a context manager: of a class of the project, what it says itself."""
        if not isinstance(manager, Instance) or manager.type.partition(".")[0] in foreign_modules():
            return manager
        for name in ("__enter__", "__aenter__"):
            found = self._called(self.attribute(manager, name))
            if found != UNKNOWN:
                return found
        return manager

    def _named(self, path: str) -> Value:
        """The thing with a dotted path, which libraries or other files of the project may know."""
        known = libraries.attribute(path)
        if known:
            return Instance(known)
        canonical = libraries.canonical(path)
        return self._elsewhere(canonical) or Symbol(canonical)

    def _elsewhere(self, path: str) -> Value | None:
        """What another file of the project says; libraries that are known are none of its files."""
        if path.partition(".")[0] in foreign_modules() and not path.startswith(_OF_THE_PROJECT):
            return None
        return self.outside.answer(ELSEWHERE + path)

    def _dependency(self, call: ast.Call) -> Value:
        """What a parameter gets whose default is `Depends(...)`."""
        function = self.resolve(call.func)
        if not isinstance(function, Symbol) or function.path not in _DEPENDENCIES or not call.args:
            return UNKNOWN
        return self._called(self.resolve(call.args[0]))

    def _definition(self, node: ast.AST | None, name: str) -> Value:
        """What is asked of a function or class of the module: itself, its result or its bases."""
        if name.endswith(BASES) and isinstance(node, ast.ClassDef):
            values = [self.resolve(base) for base in node.bases]
            return Bases(tuple(value.path if isinstance(value, Symbol) else None for value in values))
        if not name.endswith((CALL, PROMISE)):
            return self.outside.answer(name + CALL) or UNKNOWN if is_property(node) else Symbol(f":{name}")
        if isinstance(node, ast.ClassDef):
            return Instance(f":{node.name}")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            promised = self.annotated(given(node, node.returns))
            owner = name.rpartition(".")[0]
            return Instance(f":{owner}") if promised in _OWN_TYPES and owner else promised
        return UNKNOWN

    def items(self, node: ast.expr) -> Value:
        """The strings in a list, tuple or set, if that is all there is in it."""
        if isinstance(node, ast.Name):
            bound = self.scope.bindings_of(node.id)
            lists = [one.node for one in bound if one.kind == "value"]
            if len(bound) == 1 and lists and isinstance(lists[0], ast.List | ast.Tuple | ast.Set):
                return self.items(lists[0])
            return UNKNOWN if bound else self.outside.answer(node.id + ITEMS) or UNKNOWN
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            return UNKNOWN
        values = [self.resolve(element) for element in node.elts]
        known = [value.constant for value in values if isinstance(value, Text)]
        texts = [text for text in known if text is not None]
        return Texts(tuple(texts)) if len(texts) == len(values) else UNKNOWN

    def resolve(self, node: ast.expr) -> Value | None:
        """What an expression stands for; None for a name that nothing binds."""
        match node:
            case ast.Name():
                value = self.scope.answer(node.id)
                if value is None and node.id in _BUILTINS:
                    return Symbol(f"builtins.{node.id}")
                return value
            case ast.Attribute():
                return self._attribute_of(node)
            case ast.Call():
                return self._result(node)
            case ast.Constant():
                return Text((node.value,)) if isinstance(node.value, str) else _literal(node.value)
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return self.resolve(node.value)
            case ast.JoinedStr() | ast.BinOp():
                return self._string(node)
            case ast.IfExp():
                return self._either(node.body, node.orelse)
            case ast.BoolOp(op=ast.Or()):
                return self._either(*node.values)
            case ast.Subscript():
                value = self.resolve(node.value)
                found = (
                    libraries.returns(f"{value.type}.__getitem__") if isinstance(value, Instance) else None
                )
                return Instance(found) if found else UNKNOWN
            case _:
                return UNKNOWN

    def attribute(self, value: Value | None, name: str) -> Value:
        """What an attribute of a value stands for."""
        if isinstance(value, Instance):
            made = libraries.undeclared(value.type, name)
            return Instance(made) if made is not None else self._member(value.type, name, frozenset())
        if isinstance(value, Symbol):
            return self._member(value.path, name, frozenset())
        return UNKNOWN

    def annotated(self, node: ast.expr) -> Value:
        """The instance that an annotation promises."""
        match node:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotated(ast.parse(text, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError):
                    return UNKNOWN
            case ast.Constant(value=None):
                return Literal(None)
            case ast.BinOp(op=ast.BitOr()):
                return merged([self.annotated(node.left), self.annotated(node.right)])
            case ast.Subscript():
                return self._generic(node)
            case ast.Name():
                value = self.resolve(node)
                promised = value if isinstance(value, Symbol) else self.scope.answer(node.id + PROMISE)
                return _instance(promised) if isinstance(promised, Symbol) else promised or UNKNOWN
            case ast.Attribute():
                value = self.resolve(node)
                return _instance(value) if isinstance(value, Symbol) else UNKNOWN
            case _:
                return UNKNOWN

    def _generic(self, node: ast.Subscript) -> Value:
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        origin = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if origin in {"Optional", "Annotated", "Final", "ClassVar"}:
            return self.annotated(arguments[0])
        if origin == "Union":
            return merged([self.annotated(argument) for argument in arguments])
        value = self.resolve(node.value)
        module = value.path.partition(".")[0] if isinstance(value, Symbol) else "typing"
        return self.annotated(node.value) if module not in OF_COLLECTIONS else UNKNOWN

    def _attribute_of(self, node: ast.Attribute) -> Value:
        if isinstance(node.value, ast.Name):
            patched = self.scope.answer(f"{node.value.id}.{node.attr}")
            if patched is not None:
                return patched
        return self.attribute(self.resolve(node.value), node.attr)

    def _member(self, owner: str, name: str, seen: frozenset[str]) -> Value:
        """An attribute of a class or module, or of the first base class that has it."""
        own_class = local_name(owner)
        if own_class is None:
            return self._named(f"{owner}.{name}")
        value = self.outside.answer(f"{own_class}.{name}")
        if value is not None:
            return value
        bases = self.outside.answer(own_class + BASES)
        for base in bases.paths if isinstance(bases, Bases) else ():
            if base is None or base in seen:
                return UNKNOWN
            found = self._member(base, name, seen | {owner})
            if found != UNKNOWN:
                return found
        return UNKNOWN

    def _either(self, *choices: ast.expr) -> Value:
        """What all choices agree on, or what is made where none is given: `client or httpx.Client()`."""
        values = [self.resolve(choice) or UNKNOWN for choice in choices]
        made = [value for value in values if is_thing(value)]
        others = [choice for choice, value in zip(choices, values, strict=True) if not is_thing(value)]
        if len(made) == 1 and all(isinstance(one, ast.Name | ast.Attribute | ast.Constant) for one in others):
            open_ones = [value for value in values if value != made[0]]
            return made[0] if set(open_ones) <= {UNKNOWN, Literal(None)} else UNKNOWN
        return merged(values)

    def _parent(self) -> Value:
        """What `super()` gives: an instance of the only base class."""
        scope = self.scope
        while isinstance(scope, FunctionScope) and scope.owner is None:
            scope = scope.outer
        bases = self.outside.answer(f"{scope.owner}{BASES}") if isinstance(scope, FunctionScope) else None
        paths = bases.paths if isinstance(bases, Bases) else ()
        return Instance(paths[0]) if len(paths) == 1 and paths[0] else UNKNOWN

    def _result(self, call: ast.Call) -> Value:
        """What a call gives."""
        function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        callee = self.resolve(function)
        if callee == UNKNOWN and isinstance(function, ast.Name) and not self.scope.bindings_of(function.id):
            return self.outside.answer(function.id + CALL) or UNKNOWN  # of two functions that give the same
        path = callee.path if isinstance(callee, Symbol) else ""
        keyword = libraries.overriding_keyword(path)
        if keyword and any(argument.arg in {keyword, None} for argument in call.keywords):
            return UNKNOWN
        if path in _CHOICES and len(call.args) > 1:
            return self._number(*call.args)
        if path in _PASSING_ON and call.args:
            return self.resolve(call.args[0]) or UNKNOWN
        if path == "typing.cast" and call.args:
            return self.annotated(call.args[0])
        if path == "builtins.super":
            return self._parent()
        return self._called(callee)

    def _called(self, callee: Value | None) -> Value:
        """What calling a thing gives."""
        if isinstance(callee, Instance):
            callee = self.attribute(callee, "__call__")
        if not isinstance(callee, Symbol):
            return UNKNOWN
        path = callee.path
        own = local_name(path)
        if own is not None:
            return self.outside.answer(own + CALL) or UNKNOWN
        found = libraries.returns(path) or _NUMERIC_CALLS.get(path)
        if found and found.startswith("type["):
            return Symbol(found[len("type[") : -1])
        if found or _is_class_name(path.rpartition(".")[2]) or path in _BUILTIN_TYPES:
            return Instance(found or path)
        return self._elsewhere(path + CALL) or UNKNOWN

    def _string(self, node: ast.expr) -> Value:
        from backend_architect.python.folding import folded_value  # noqa: PLC0415 - the two need each other

        value = folded_value(node, self)
        if value == UNKNOWN and isinstance(node, ast.BinOp):
            return self._number(node.left, node.right)
        return value

    def _number(self, *operands: ast.expr) -> Value:
        """A number that is made of others; of which type does not matter to anybody."""
        return A_NUMBER if all(is_number(self.resolve(operand)) for operand in operands) else UNKNOWN


@cache
def foreign_modules() -> frozenset[str]:
    """The top-level modules that are not the project's."""
    return sys.stdlib_module_names | libraries.known_modules()


def _instance(promised: Symbol) -> Value:
    return Literal(None) if promised.path in _SILENT_TYPES else Instance(promised.path)


def _literal(value: object) -> Value:
    return Literal(value) if isinstance(value, int | float | complex | bytes | None) else UNKNOWN


def _is_class_name(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()
