"""Which names a piece of Python binds, and to what expression."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

Kind = OneOf[
    "import", "value", "enter", "element", "annotation", "augmented", "function", "class", "self", "opaque"
]


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that binds a name.

    value: `name = node`; enter: `with node as name`; element: `for name in node`; annotation: `name: node`;
    augmented: `name += node`; import: `text` is the dotted path; opaque: nothing more is known.
    """

    kind: Kind
    text: str
    """Tells this binding from another one of the same kind."""
    node: ast.AST | None = field(default=None, compare=False, repr=False)
    function: FunctionNode | None = field(default=None, compare=False, repr=False)
    """The function in whose scope `node` stands, for names that a function binds outside of itself."""

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the node, as the parser counts."""
        return getattr(self.node, "lineno", 0), getattr(self.node, "col_offset", 0)


OPAQUE = Binding("opaque", "")

Named = tuple[str, Binding]

TALL = 50
"""An expression of more lines than this is looked at only if it is a string."""

_DISPLAYS = (ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)

_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def of_statements(statements: Iterable[ast.stmt]) -> Iterator[Named]:
    """The names that statements bind in their own scope, in the order in which they stand."""
    for statement in statements:
        yield from _of_statement(statement)


def of_parameters(function: FunctionNode, *, method: bool) -> Iterator[Named]:
    """The parameters of a function; the first one of a method is the instance."""
    args = function.args
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    for index, arg in enumerate(named):
        if index == 0 and method:
            yield arg.arg, Binding("self", "")
        elif arg.annotation is None:
            yield arg.arg, Binding("opaque", "")
        else:
            yield arg.arg, Binding("annotation", ast.unparse(arg.annotation), arg.annotation)
    for rest in (args.vararg, args.kwarg):
        if rest is not None:
            yield rest.arg, OPAQUE


def of_self(function: FunctionNode) -> Iterator[Named]:
    """The attributes that a method binds on its instance."""
    args = [*function.args.posonlyargs, *function.args.args]
    if isinstance(function, ast.Lambda) or not args:
        return
    for node in _walk(function.body):
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign):
            targets, value = [node.target], node.value
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                if target.value.id != args[0].arg:
                    continue
                if isinstance(node, ast.AnnAssign):
                    yield (
                        target.attr,
                        Binding("annotation", ast.unparse(node.annotation), node.annotation, function),
                    )
                elif value is not None:
                    yield target.attr, _value(value, function)
        if isinstance(node, ast.Expr):
            yield from _mounted(node, args[0].arg)


def globals_of(function: FunctionNode) -> Iterator[Named]:
    """The module's names that a function binds by a `global` statement."""
    if isinstance(function, ast.Lambda):
        return
    declared = {name for node in _walk(function.body) if isinstance(node, ast.Global) for name in node.names}
    if declared:
        for name, binding in of_statements(function.body):
            if name in declared:
                yield name, Binding(binding.kind, binding.text, binding.node, function)


def _of_statement(statement: ast.stmt) -> Iterator[Named]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name, _function(statement)
        case ast.ClassDef():
            bases = ",".join(ast.unparse(base) for base in statement.bases)
            yield statement.name, Binding("class", f"{statement.name}({bases})", statement)
        case ast.Import() | ast.ImportFrom():
            yield from _imports(statement)
        case ast.Assign():
            for target in statement.targets:
                yield from _of_target(target, statement.value)
        case ast.AnnAssign(target=ast.Name() as target):
            yield target.id, Binding("annotation", ast.unparse(statement.annotation), statement.annotation)
            if statement.value is not None:
                yield target.id, _value(statement.value)
        case ast.AugAssign(target=ast.Name() as target):
            yield target.id, Binding("augmented", ast.unparse(statement.value), statement)
        case ast.Expr():
            yield from _mounted(statement, None)
        case _:
            pass
    yield from _inside(statement)


def _inside(statement: ast.stmt) -> Iterator[Named]:
    """Names bound by the parts of a statement: its bodies, its headers, and `:=` in its expressions."""
    if isinstance(statement, ast.For | ast.AsyncFor):
        yield from _of_element(statement.target, statement.iter)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if isinstance(item.optional_vars, ast.Name):
                yield (
                    item.optional_vars.id,
                    Binding("enter", ast.unparse(item.context_expr), item.context_expr),
                )
            elif item.optional_vars is not None:
                yield from _opaque(item.optional_vars)
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            yield from _of_pattern(case.pattern)
            yield from of_statements(case.body)
    elif isinstance(statement, ast.Try | ast.TryStar):
        for handler in statement.handlers:
            if handler.name:
                yield handler.name, OPAQUE
            yield from of_statements(handler.body)
        yield from of_statements(statement.finalbody)
    if isinstance(statement, _COMPOUND):
        yield from of_statements(getattr(statement, "body", ()))
        yield from of_statements(getattr(statement, "orelse", ()))
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from _of_walrus(statement)


def _mounted(statement: ast.Expr, instance: str | None) -> Iterator[Named]:
    """The adapter that a session mounts, as if it were assigned to `session.mount`."""
    match statement.value:
        case ast.Call(func=ast.Attribute(value=owner, attr="mount"), args=[_, adapter]):
            match owner:
                case ast.Name(id=name) if instance is None:
                    yield f"{name}.mount", _value(adapter)
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == instance:
                    yield f"{attribute}.mount", _value(adapter)
                case _:
                    pass
        case _:
            pass


def _of_walrus(statement: ast.stmt) -> Iterator[Named]:
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            for node in _walk([child]):
                if isinstance(node, ast.NamedExpr):
                    yield node.target.id, _value(node.value)


def _of_target(target: ast.expr, value: ast.expr) -> Iterator[Named]:
    if isinstance(target, ast.Name):
        yield target.id, _value(value)
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        yield f"{target.value.id}.{target.attr}", _value(value)
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) == len(value.elts):
            for one, its_value in zip(target.elts, value.elts, strict=True):
                yield from _of_target(one, its_value)
    else:
        yield from _opaque(target)


def _of_element(target: ast.expr, iterable: ast.expr) -> Iterator[Named]:
    if isinstance(target, ast.Name):
        yield target.id, Binding("element", ast.unparse(iterable), iterable)
    else:
        yield from _opaque(target)


def _of_pattern(pattern: ast.pattern) -> Iterator[Named]:
    for node in ast.walk(pattern):
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            yield name, OPAQUE


def _opaque(target: ast.expr) -> Iterator[Named]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, OPAQUE


def _imports(statement: ast.Import | ast.ImportFrom) -> Iterator[Named]:
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            path = f"{module}.{alias.name}" if statement.module else f"{module}{alias.name}"
            yield alias.asname or alias.name, Binding("import", path)
        elif alias.asname:
            yield alias.asname, Binding("import", alias.name)
        else:
            root = alias.name.partition(".")[0]
            yield root, Binding("import", root)


def _function(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> Binding:
    returns = ast.unparse(statement.returns) if statement.returns else ""
    decorators = ",".join(ast.unparse(decorator) for decorator in statement.decorator_list)
    return Binding("function", f"{statement.name}@{decorators}->{returns}", statement)


def _value(value: ast.expr, function: FunctionNode | None = None) -> Binding:
    """A binding to an expression, or an opaque one where nobody looks into it."""
    tall = (value.end_lineno or 0) - value.lineno > TALL
    if isinstance(value, _DISPLAYS) or (
        tall and not isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp)
    ):
        return Binding("opaque", type(value).__name__)
    text = ast.unparse(value)
    if function is not None:
        text += f" in {ast.unparse(function.args)}"
    return Binding("value", text, value, function)


def _walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of one scope: not those of functions and classes in it."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
