"""One pass over the syntax trees of a block: what it binds and imports, and the nodes that rules look at."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from backend_architect.python.bindings import Binding, FunctionNode, Named, globals_of, of_self, of_statements

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The function in which a node stands, those around it, and the class that it is a method of."""

    function: FunctionNode | None
    outer: Frame | None = None
    owner: str | None = None

    @property
    def owner_class(self) -> str | None:
        """The class of whose instance the functions around speak as `self`."""
        return self.owner or (self.outer.owner_class if self.outer is not None else None)


MODULE_FRAME = Frame(None)


@dataclass(frozen=True, slots=True, eq=False)
class PythonStudy:
    """What a block tells other blocks: the names it binds, as they are written, and the modules it imports.

    Names of the members of a class begin with a dot when the class itself is another block.
    """

    bindings: tuple[Named, ...]
    imports: frozenset[str]
    key: tuple[tuple[Named, ...], frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.bindings, self.imports))


def study(body: Iterable[ast.stmt], *, member: bool, head: bool) -> PythonStudy:
    """Read what statements tell.

    Args:
        body: the statements of a block.
        member: whether they stand in the body of a class.
        head: whether they are a class without its members.
    """
    statements = list(body)
    bindings = list(_of_class_body(statements, "") if member else of_statements(statements))
    imports: set[str] = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                imports.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imports.add((node.module or "").partition(".")[0])
            elif isinstance(node, _FUNCTIONS):
                bindings += globals_of(node)
        if not member and not head:
            bindings += _of_classes(statement)
    return PythonStudy(tuple(bindings), frozenset(imports))


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


def named(studies: Iterable[tuple[str | None, PythonStudy]]) -> dict[str, list[Binding]]:
    """All bindings of a module by name; each study comes with the class that its block is a member of."""
    bound: defaultdict[str, list[Binding]] = defaultdict(list)
    for owner, one in studies:
        for name, binding in one.bindings:
            bound[f"{owner}{name}" if name.startswith(".") else name].append(binding)
    return dict(bound)


def nodes(body: Iterable[ast.stmt], wanted: frozenset[type], frame: Frame) -> Iterator[tuple[ast.AST, Frame]]:
    """All nodes of some types, each with the frame it stands in."""
    stack: list[tuple[ast.AST, Frame]] = [(statement, frame) for statement in body]
    while stack:
        node, frame = stack.pop()
        kind = type(node)
        if kind in wanted:
            yield node, frame
        if isinstance(node, _FUNCTIONS):
            inner = Frame(node, frame, frame.owner if frame.function is None else None)
            stack.extend((child, inner if part == "body" else frame) for part, child in _children(node))
        elif isinstance(node, ast.ClassDef):
            inner = _frame_of_class(node, frame)
            stack.extend((child, inner if part == "body" else frame) for part, child in _children(node))
        else:
            stack.extend((child, frame) for _, child in _children(node))


def _frame_of_class(node: ast.ClassDef, frame: Frame) -> Frame:
    if frame.function is not None:
        return frame
    return Frame(None, frame, node.name if frame.outer is None else None)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for part in node._fields:
        value = getattr(node, part, None)
        if isinstance(value, ast.AST):
            yield part, value
        elif isinstance(value, list):
            for item in value:  # pyright: ignore[reportUnknownVariableType] - ast does not say what its lists hold
                if isinstance(item, ast.AST):
                    yield part, item
