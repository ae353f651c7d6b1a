"""Expressions of a program as plain data: what they say, as far as the text alone tells.

Names that an import binds are spelled out (`sa.Column` is `sqlalchemy.Column`), strings are put together, and
what is neither a name, a constant, a call nor a display is `UNKNOWN`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Unknown:
    """An expression that only a run of the program could tell; there is one, in facts from caches too."""

    _only: ClassVar[list[Unknown]] = []

    def __new__(cls) -> Unknown:
        """The only one."""
        if not cls._only:
            cls._only.append(object.__new__(cls))
        return cls._only[0]


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name."""

    path: str


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of something that is not a name: `text("lower(name)").desc`."""

    of: Term
    name: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set."""

    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dict."""

    pairs: tuple[tuple[Term, Term], ...]

    def get(self, key: str) -> Term:
        """The value of a key, UNKNOWN without one."""
        return next((value for name, value in self.pairs if name == key), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A subscript: `Mapped[int]`."""

    of: Term
    by: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Combined:
    """Operands and the operator between, or in front of, them, as SQL writes it."""

    operator: str
    operands: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call, with the line on which it begins."""

    function: Term
    args: tuple[Term, ...]
    keywords: tuple[tuple[str, Term], ...]
    line: int

    @property
    def path(self) -> str:
        """The dotted name of what is called; empty for the method of another call."""
        return self.function.path if isinstance(self.function, Name) else ""

    @property
    def name(self) -> str:
        """The last part of that name."""
        if isinstance(self.function, Member):
            return self.function.name
        return self.path.rpartition(".")[2]

    def keyword(self, name: str) -> Term:
        """What is given by keyword; UNKNOWN if nothing is."""
        return next((value for key, value in self.keywords if key == name), UNKNOWN)

    def has(self, name: str) -> bool:
        """Whether something is given by keyword."""
        return any(key == name for key, _ in self.keywords)

    def argument(self, position: int, name: str) -> Term:
        """What is given by position or keyword; UNKNOWN if nothing is."""
        return self.args[position] if 0 <= position < len(self.args) else self.keyword(name)


Term = str | int | float | bytes | None | Unknown | Name | Member | Items | Pairs | Indexed | Combined | Call

_COLLECTIONS: Final = frozenset({"frozenset", "list", "set", "tuple"})

_OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.Invert: "not",
    ast.USub: "-",
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


@dataclass(slots=True)
class Scope:
    """What names stand for in a piece of a program."""

    imports: Mapping[str, str] = field(default_factory=dict[str, str])
    """The dotted names that imports bind."""
    values: dict[str, Term] = field(default_factory=dict[str, Term])
    """The values of variables that are known."""

    def learn(self, name: str, value: Term) -> None:
        """Remembers the value of a name, if it is a constant or a display; others stand for themselves."""
        if isinstance(value, str | int | float | Items | Pairs):
            self.values[name] = value
        else:
            self.values.pop(name, None)

    def term(self, node: ast.expr | None) -> Term:
        """What an expression says."""
        match node:
            case ast.Constant():
                return UNKNOWN if isinstance(node.value, complex) or node.value is ... else node.value
            case ast.Name():
                if node.id in self.values:
                    return self.values[node.id]
                return Name(self.imports.get(node.id, node.id))
            case ast.Attribute():
                of = self.term(node.value)
                match of:
                    case (
                        Name(path=path)
                        | Call(function=Name(path="importlib.import_module"), args=(str() as path,))
                    ):
                        return Name(f"{path}.{node.attr}")
                    case _:
                        return Member(of, node.attr)
            case ast.Call():
                call = self.call(node)
                return call.args[0] if _is_display(call) else call
            case ast.List() | ast.Tuple() | ast.Set():
                return Items(tuple(self._spread(node.elts)))
            case ast.Dict():
                return Pairs(tuple(self._pairs(node)))
            case ast.Subscript():
                by = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                return self._indexed(self.term(node.value), tuple(map(self.term, by)))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehended(node)
            case _:
                return self._combined(node)

    def call(self, node: ast.Call) -> Call:
        """What a call says, with `*` and `**` spread as far as they are known."""
        keywords: list[tuple[str, Term]] = []
        for keyword in node.keywords:
            value = self.term(keyword.value)
            if keyword.arg is not None:
                keywords.append((keyword.arg, value))
            elif isinstance(value, Pairs):
                keywords += [(key, inner) for key, inner in value.pairs if isinstance(key, str)]
        args = tuple(self._spread(node.args))
        return Call(self.term(node.func), args, tuple(keywords), node.lineno)

    def _spread(self, nodes: Sequence[ast.expr]) -> Iterator[Term]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.term(node.value)
                yield from value.items if isinstance(value, Items) else (UNKNOWN,)
            else:
                yield self.term(node)

    def _pairs(self, node: ast.Dict) -> Iterator[tuple[Term, Term]]:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield self.term(key), self.term(value)
            elif isinstance(inner := self.term(value), Pairs):
                yield from inner.pairs

    def _indexed(self, of: Term, by: tuple[Term, ...]) -> Term:
        key = by[0] if len(by) == 1 else UNKNOWN
        if isinstance(of, Pairs):
            return next((value for name, value in of.pairs if name == key), UNKNOWN)
        if isinstance(of, Items) and isinstance(key, int):
            return of.items[key] if -len(of.items) <= key < len(of.items) else UNKNOWN
        return Indexed(of, by)

    def _comprehended(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Term:
        """What a comprehension gives that goes over something that is written out."""
        if len(node.generators) != 1 or node.generators[0].ifs:
            return UNKNOWN
        loop, kept = node.generators[0], dict(self.values)
        found: list[tuple[Term, Term]] = []
        for value in iterated(self.term(loop.iter)):
            self.assign(loop.target, value)
            if isinstance(node, ast.DictComp):
                found.append((self.term(node.key), self.term(node.value)))
            else:
                found.append((None, self.term(node.elt)))
        self.values.clear()
        self.values.update(kept)
        if not found:
            return UNKNOWN
        return (
            Pairs(tuple(found)) if isinstance(node, ast.DictComp) else Items(tuple(one for _, one in found))
        )

    def assign(self, target: ast.expr, value: Term) -> None:
        """Gives a name, or several at once, a value."""
        match target:
            case ast.Name(id=name):
                if isinstance(value, Unknown):
                    self.values.pop(name, None)
                else:
                    self.values[name] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                items = value.items if isinstance(value, Items) else ()
                padded = items if len(items) == len(targets) else (UNKNOWN,) * len(targets)
                for one, item in zip(targets, padded, strict=True):
                    self.assign(one, item)
            case _:
                pass

    def _combined(self, node: ast.expr | None) -> Term:
        match node:
            case ast.BinOp():
                return _joined(_OPERATORS.get(type(node.op), ""), self.term(node.left), self.term(node.right))
            case ast.BoolOp():
                return Combined(_OPERATORS[type(node.op)], tuple(map(self.term, node.values)))
            case ast.Slice():
                ends = (
                    None if one is None else self.term(one) for one in (node.lower, node.upper, node.step)
                )
                return Call(Name("slice"), tuple(ends), (), node.lineno)
            case ast.UnaryOp():
                operand = self.term(node.operand)
                if isinstance(node.op, ast.USub) and isinstance(operand, int | float):
                    return -operand
                return Combined(_OPERATORS.get(type(node.op), ""), (operand,))
            case ast.Compare(ops=[operator], comparators=[right]):
                return Combined(_OPERATORS.get(type(operator), ""), (self.term(node.left), self.term(right)))
            case ast.JoinedStr():
                parts = [
                    self.term(part.value if isinstance(part, ast.FormattedValue) else part)
                    for part in node.values
                ]
                known = [part for part in parts if isinstance(part, str | int)]
                return "".join(map(str, known)) if len(known) == len(parts) else Combined("+", tuple(parts))
            case _:
                return UNKNOWN


def _is_display(call: Call) -> bool:
    """Whether a call makes a collection of one that is written out: `set([...])`."""
    return call.path in _COLLECTIONS and len(call.args) == 1 and isinstance(call.args[0], Items)


def _joined(operator: str, left: Term, right: Term) -> Term:
    if operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, Items) and isinstance(right, Items):
            return Items(left.items + right.items)
    return Combined(operator, (left, right))


def iterated(term: Term) -> Iterator[Term]:
    """What a loop goes over, if it is written out."""
    match term:
        case Items(items=items):
            yield from items
        case Pairs(pairs=pairs):
            yield from (key for key, _ in pairs)
        case Call(function=Member(of=Pairs(pairs=pairs), name="items")):
            yield from (Items((key, value)) for key, value in pairs)
        case Call(function=Member(of=Pairs(pairs=pairs), name="values")):
            yield from (value for _, value in pairs)
        case Call(function=Name(path="enumerate"), args=(inner, *_)):
            yield from (Items((number, one)) for number, one in enumerate(iterated(inner)))
        case Call(function=Name(path="sorted" | "reversed"), args=(inner, *_)):
            yield from iterated(inner)
        case _:
            return


def texts(term: Term) -> tuple[str, ...]:
    """The strings of a list or tuple, or a string alone."""
    if isinstance(term, str):
        return (term,)
    return tuple(item for item in term.items if isinstance(item, str)) if isinstance(term, Items) else ()


def last_name(term: Term) -> str:
    """The last part of a name or of the function of a call; empty for anything else."""
    if isinstance(term, Name):
        return term.path.rpartition(".")[2]
    if isinstance(term, Call):
        return term.name
    return last_name(term.of) if isinstance(term, Indexed) else ""
