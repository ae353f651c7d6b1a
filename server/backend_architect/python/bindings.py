"""Which names a piece of Python binds, and to what expression."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

Kind = OneOf[
    "import",
    "value",
    "enter",
    "element",
    "annotation",
    "default",
    "augmented",
    "function",
    "class",
    "self",
    "outer",
    "opaque",
]


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that binds a name.

    value: `name = node`; enter: `with node as name`; element: `for name in node`; annotation: `name: node`;
    default: a parameter without annotation whose default is `node`;
    augmented: `name += node`; function, class: the definition is `node`; import: of `path`; self: the
    instance of a method; outer: `global name` or `nonlocal name`; opaque: nothing more is known.
    """

    kind: Kind
    node: ast.AST | None = field(default=None, repr=False)
    path: str = ""
    function: FunctionNode | None = field(default=None, repr=False)
    """The function in whose scope `node` stands, for names that a function binds outside of itself."""
    declared: bool = field(default=False, repr=False)
    """Whether it is the annotation of an assignment, whose value is a binding of its own."""

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the node, as the parser counts."""
        return getattr(self.node, "lineno", 0), getattr(self.node, "col_offset", 0)

    def identity(self) -> str:
        """Tells this binding from another one of its kind, wherever it stands."""
        match self.node:
            case None:
                return self.path
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                decorators = ",".join(map(_written, node.decorator_list))
                return f"{decorators}->{_written(node.returns) if node.returns else ''}"
            case ast.ClassDef() as node:
                return ",".join(map(_written, node.bases))
            case node:
                scope = f" in {_written(self.function.args)}" if self.function is not None else ""
                return _written(node) + scope


def _written(node: ast.AST) -> str:
    """The source of a node without its layout; where that is too deep, all names and constants in it."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return " ".join(_words(node))


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        yield type(part).__name__
        values = (value for _, value in ast.iter_fields(part))
        yield from (repr(value) for value in values if not isinstance(value, ast.AST | list))


OPAQUE = Binding("opaque")

Named = tuple[str, Binding]

TALL = 50
"""An expression of more lines than this is looked at only if it is a string."""

_DISPLAYS = (ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)


def of_statements(statements: Iterable[ast.stmt]) -> Iterator[Named]:
    """The names that statements bind in their own scope, but for those of `:=`, in the order of the text."""
    for statement in statements:
        binder = _BINDERS.get(type(statement))
        if binder is not None:
            yield from binder(statement)


def of_parameters(function: FunctionNode, *, method: bool) -> Iterator[Named]:
    """The parameters of a function; the first one of a method is the instance."""
    args = function.args
    by_position = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(by_position) - len(args.defaults))),
        *args.defaults,
        *args.kw_defaults,
    ]
    for index, (arg, default) in enumerate(zip([*by_position, *args.kwonlyargs], defaults, strict=True)):
        if index == 0 and method:
            yield arg.arg, Binding("self")
        elif arg.annotation is not None:
            yield arg.arg, Binding("annotation", arg.annotation)
        else:
            yield arg.arg, Binding("default", default) if isinstance(default, ast.Call) else OPAQUE
    for rest in (args.vararg, args.kwarg):
        if rest is not None:
            yield rest.arg, OPAQUE


def of_self(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Named]:
    """The attributes that a method binds on its instance."""
    args = [*function.args.posonlyargs, *function.args.args]
    if not args:
        return
    for statement in _own_statements(function.body):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and _is_name(target.value, args[0].arg):
                    yield target.attr, _assigned(statement, function)
        elif isinstance(statement, ast.Expr):
            yield from _mounted(statement, args[0].arg)


def of_globals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Named]:
    """The names of the module that a function binds by a `global` statement."""
    named = list(of_statements(function.body))
    declared = {name for name, binding in named if isinstance(binding.node, ast.Global)}
    for name, binding in named:
        if name in declared and binding.kind != "outer":
            yield name, Binding(binding.kind, binding.node, binding.path, function)


def of_walrus(node: ast.NamedExpr) -> Named:
    """The name that `:=` binds."""
    return node.target.id, _value(node.value)


def _assign(node: ast.Assign) -> Iterator[Named]:
    for target in node.targets:
        yield from _of_target(target, node.value)


def _annotated_assign(node: ast.AnnAssign) -> Iterator[Named]:
    if isinstance(node.target, ast.Name):
        yield node.target.id, Binding("annotation", node.annotation, declared=node.value is not None)
        if node.value is not None:
            yield node.target.id, _value(node.value)


def _augmented_assign(node: ast.AugAssign) -> Iterator[Named]:
    if isinstance(node.target, ast.Name):
        yield node.target.id, Binding("augmented", node)


def _import(node: ast.Import) -> Iterator[Named]:
    for alias in node.names:
        root = alias.name.partition(".")[0]
        yield alias.asname or root, Binding("import", path=alias.name if alias.asname else root)


def _import_from(node: ast.ImportFrom) -> Iterator[Named]:
    dots = "." * node.level
    for alias in node.names:
        path = f"{dots}{node.module}.{alias.name}" if node.module else f"{dots}{alias.name}"
        yield alias.asname or alias.name, Binding("import", path=path)


def _for(node: ast.For | ast.AsyncFor) -> Iterator[Named]:
    if isinstance(node.target, ast.Name):
        yield node.target.id, Binding("element", node.iter)
    else:
        yield from _opaque(node.target)
    yield from _bodies(node)


def _with(node: ast.With | ast.AsyncWith) -> Iterator[Named]:
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, Binding("enter", item.context_expr)
        elif item.optional_vars is not None:
            yield from _opaque(item.optional_vars)
    yield from _bodies(node)


def _match(node: ast.Match) -> Iterator[Named]:
    for case in node.cases:
        for part in ast.walk(case.pattern):
            name = getattr(part, "rest" if isinstance(part, ast.MatchMapping) else "name", None)
            if isinstance(name, str):
                yield name, OPAQUE
        yield from of_statements(case.body)


def _try(node: ast.Try | ast.TryStar) -> Iterator[Named]:
    yield from _bodies(node)
    for handler in node.handlers:
        if handler.name:
            yield handler.name, OPAQUE
        yield from of_statements(handler.body)
    yield from of_statements(node.finalbody)


def _bodies(node: Any) -> Iterator[Named]:
    yield from of_statements(node.body)
    yield from of_statements(getattr(node, "orelse", ()))


def _outer(node: ast.Global | ast.Nonlocal) -> Iterator[Named]:
    for name in node.names:
        yield name, Binding("outer", node)


_BINDERS: dict[type, Callable[[Any], Iterator[Named]]] = {
    ast.FunctionDef: lambda node: iter([(node.name, Binding("function", node))]),
    ast.AsyncFunctionDef: lambda node: iter([(node.name, Binding("function", node))]),
    ast.ClassDef: lambda node: iter([(node.name, Binding("class", node))]),
    ast.Assign: _assign,
    ast.AnnAssign: _annotated_assign,
    ast.AugAssign: _augmented_assign,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Expr: lambda node: _mounted(node, None),
    ast.If: _bodies,
    ast.While: _bodies,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Match: _match,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
}


def _mounted(statement: ast.Expr, instance: str | None) -> Iterator[Named]:
    """The adapter that a session mounts, as if it were assigned to `session.mount`."""
    call = statement.value
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or call.func.attr != "mount"
    ):
        return
    owner = call.func.value
    adapter = _value(call.args[1]) if len(call.args) > 1 else OPAQUE
    if isinstance(owner, ast.Name) and instance is None:
        yield f"{owner.id}.mount", adapter
    elif isinstance(owner, ast.Attribute) and instance is not None and _is_name(owner.value, instance):
        yield f"{owner.attr}.mount", adapter


def _of_target(target: ast.expr, value: ast.expr) -> Iterator[Named]:
    if isinstance(target, ast.Name):
        yield target.id, _value(value)
    elif isinstance(target, ast.Attribute):
        if isinstance(target.value, ast.Name):
            yield f"{target.value.id}.{target.attr}", _value(value)
    elif (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
        and not any(isinstance(one, ast.Starred) for one in (*target.elts, *value.elts))
    ):
        for one, its_value in zip(target.elts, value.elts, strict=True):
            yield from _of_target(one, its_value)
    else:
        yield from _opaque(target)


def _opaque(target: ast.expr) -> Iterator[Named]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, OPAQUE


def _assigned(statement: ast.Assign | ast.AnnAssign, function: FunctionNode) -> Binding:
    if isinstance(statement, ast.AnnAssign):
        return Binding("annotation", statement.annotation, function=function)
    return _value(statement.value, function)


def _value(value: ast.expr, function: FunctionNode | None = None) -> Binding:
    """A binding to an expression, or an opaque one where nobody looks into it."""
    tall = (value.end_lineno or 0) - value.lineno > TALL
    if isinstance(value, _DISPLAYS) or (
        tall and not isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp)
    ):
        return OPAQUE
    return Binding("value", value, function=function)


def _own_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function, and those inside of them, without functions and classes."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _own_statements(getattr(statement, part, ()))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                yield from _own_statements(part.body)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
