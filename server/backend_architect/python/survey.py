"""One pass over the syntax trees of a block: what it binds and imports, and the nodes that rules look at."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from backend_architect.python import marks
from backend_architect.python.bindings import (
    Binding,
    FunctionNode,
    Named,
    of_globals,
    of_self,
    of_statements,
    of_walrus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = frozenset({*_FUNCTIONS, ast.ClassDef})
_TOLD = frozenset(
    {
        ast.Import,
        ast.ImportFrom,
        ast.Global,
        ast.NamedExpr,
        ast.Call,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
    }
)
"""The nodes that tell something wherever in a block they stand."""

_NO_NODES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "kind", "conversion", "type_comment", "is_async", "simple"}
)
FIELDS: dict[type, tuple[str, ...]] = {
    kind: () if kind is ast.Constant else tuple(part for part in kind._fields if part not in _NO_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each type of node that may hold nodes worth a visit."""


@dataclass(slots=True, eq=False)
class Frame:
    """The function in which a node stands, those around it, and the class that it is a method of."""

    function: FunctionNode | None
    outer: Frame | None = None
    owner: str | None = None
    """The name of a top-level class, for what stands directly in its body."""
    walrus: list[ast.NamedExpr] = field(default_factory=list[ast.NamedExpr])
    """The `:=` in the function."""

    @property
    def method_of(self) -> str | None:
        """The top-level class of which the function is a method."""
        return self.outer.owner if self.function is not None and self.outer is not None else None

    @property
    def owner_class(self) -> str | None:
        """The class of whose instance the functions around speak as `self`."""
        return self.method_of or (self.outer.owner_class if self.outer is not None else None)


Standing = tuple[ast.AST, Frame]
"""A node and the frame it stands in."""


@dataclass(frozen=True, slots=True)
class PythonStudy:
    """What a block tells other blocks: the names it binds, as they are written, and the modules it imports.

    Names of the members of a class begin with a dot when the class itself is another block.
    """

    key: tuple[tuple[tuple[str, str, str], ...], frozenset[str]]
    bindings: tuple[Named, ...] = field(compare=False)
    nodes: tuple[Standing, ...] = field(compare=False)
    """The nodes of the types that rules look at."""
    frame: Frame = field(compare=False)
    """The outermost frame."""
    around: dict[ast.AST, ast.AST] = field(compare=False, repr=False)
    """The node around each node of the block."""

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules that the block imports, wherever in it."""
        return self.key[1]


def study(body: Iterable[ast.stmt], wanted: frozenset[type], *, member: bool, head: bool) -> PythonStudy:
    """Read what statements tell.

    Args:
        body: the statements of a block.
        wanted: the types of nodes that rules look at.
        member: whether they stand in the body of a class.
        head: whether they are a class without its members.
    """
    statements = list(body)
    module = Frame(None, Frame(None)) if member else Frame(None)
    around: dict[ast.AST, ast.AST] = {}
    standing = list(nodes(statements, wanted | _TOLD, module, around))
    bindings = list(_of_class_body(statements, "") if member else of_statements(statements))
    if not member and not head:
        for statement in statements:
            bindings += _of_classes(statement)
    bindings += map(of_walrus, module.walrus)
    imports: set[str] = set()
    for node, frame in standing:
        if isinstance(node, ast.Import):
            imports.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imports.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Global) and isinstance(
            frame.function, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            bindings += of_globals(frame.function)
    bindings += marks.of_imports(imports)
    bindings += marks.of_nodes(node for node, _ in standing)
    key = tuple((name, binding.kind, binding.identity()) for name, binding in bindings)
    kept = tuple(one for one in standing if type(one[0]) in wanted)
    return PythonStudy((key, frozenset(imports)), tuple(bindings), kept, module, around)


def _of_classes(statement: ast.stmt) -> Iterator[Named]:
    """The attributes of the classes that a top-level statement defines."""
    if isinstance(statement, ast.ClassDef):
        yield from _of_class_body(statement.body, statement.name)
    elif isinstance(statement, ast.If | ast.Try | ast.With):
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from _of_classes(child)


def _of_class_body(body: Iterable[ast.stmt], owner: str) -> Iterator[Named]:
    for statement in body:
        for name, binding in of_statements([statement]):
            yield f"{owner}.{name}", binding
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for name, binding in of_self(statement):
                yield f"{owner}.{name}", binding
        elif isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            for name, binding in of_statements(statement.body):
                yield f"{owner}.Meta.{name}", binding


def named(studies: Iterable[tuple[str | None, PythonStudy]]) -> dict[str, list[Binding]]:
    """All bindings of a module by name; each study comes with the class that its block is a member of."""
    bound: defaultdict[str, list[Binding]] = defaultdict(list)
    for owner, one in studies:
        for name, binding in one.bindings:
            bound[f"{owner}{name}" if name.startswith(".") else name].append(binding)
    return dict(bound)


def nodes(
    body: Iterable[ast.stmt], wanted: frozenset[type], frame: Frame, around: dict[ast.AST, ast.AST]
) -> Iterator[Standing]:
    """All nodes of some types, each with the frame it stands in; the `:=` of a frame are noted there.

    `around` takes in the node around each.
    """
    stack: list[Standing] = [(statement, frame) for statement in body]
    while stack:
        node, frame = stack.pop()
        kind = node.__class__
        if kind in wanted:
            yield node, frame
            if kind is ast.NamedExpr:
                frame.walrus.append(cast("ast.NamedExpr", node))
        inner = _inner(node, frame) if kind in _SCOPES else frame
        for part in FIELDS[kind]:
            value: Any = getattr(node, part, None)
            if value is None:
                continue
            where = inner if part == "body" else frame
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        around[item] = node
                        stack.append((item, where))
            elif isinstance(value, ast.AST):
                around[value] = node
                stack.append((value, where))


def _inner(node: ast.AST, frame: Frame) -> Frame:
    """The frame of the body of a function or a class."""
    if isinstance(node, _FUNCTIONS):
        return Frame(node, frame)
    if frame.function is not None:
        return frame
    return Frame(None, frame, node.name if isinstance(node, ast.ClassDef) and frame.outer is None else None)
