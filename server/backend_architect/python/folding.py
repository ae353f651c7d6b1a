"""What text a string expression builds: its constant parts, and the holes that are filled when it runs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from backend_architect.python.values import UNKNOWN, Literal, Symbol, Text, Value

if TYPE_CHECKING:
    from backend_architect.python.bindings import Binding
    from backend_architect.python.names import Resolver

Style = OneOf["f-string", "percent", "format", "add", "join", "name"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Constant text. With a literal, it is the part of the literal's text that begins at `start`."""

    text: str
    node: ast.expr
    """The expression that is written at this place: the literal, or the name of a constant."""
    literal: ast.expr | None = None
    start: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """A part that is filled when the program runs, with the value of `node`."""

    node: ast.expr
    style: Style
    literal: ast.expr | None = None
    """The literal in which the hole is written, if it is."""
    start: int = 0
    """f-string: which field of the literal; percent, format: where in the literal's text it begins."""
    width: int = 0
    """percent, format: how much of the literal's text it takes."""
    plain: bool = True
    """Whether the value goes in as `str` gives it: no conversion, width or format."""
    numeric: bool = False
    """Whether the way it is filled in allows numbers only."""


@dataclass(slots=True)
class Folded:
    """A string as a list of parts."""

    parts: list[Chunk | Hole] = field(default_factory=list["Chunk | Hole"])
    ambiguous: bool = False
    """Whether the string is another one on some way through the program."""
    operators: list[ast.expr] = field(default_factory=list[ast.expr])
    """The expressions that put the parts together, other than literals."""

    @property
    def holes(self) -> list[Hole]:
        """The parts that are not constant."""
        return [part for part in self.parts if isinstance(part, Hole)]

    def extend(self, other: Folded) -> None:
        """Put another string behind this one."""
        self.parts += other.parts
        self.operators += other.operators
        self.ambiguous |= other.ambiguous


def folded_value(node: ast.expr, resolver: Resolver) -> Value:
    """The string that an expression builds, as a value without places."""
    folded = fold(node, resolver)
    if folded is None:
        return UNKNOWN
    return Text(tuple(part.text if isinstance(part, Chunk) else None for part in folded.parts))


def fold(node: ast.expr, resolver: Resolver) -> Folded | None:
    """The parts of the string that an expression builds; None if it does not build one that we can read."""
    return _Folder(resolver).fold(node)


CONVERSION = re.compile(
    r"%(?:\(([^)]*)\))?([#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?)[hlL]?([diouxXeEfFgGcrsa%])"
)
"""A place in a template of `%`: its key, its flags and widths, its type."""

_TRANSPARENT = {"strip", "lstrip", "rstrip", "lower", "upper"}
_DEDENTS = (Symbol("textwrap.dedent"), Symbol("inspect.cleandoc"))
_DEPTH = 12


@dataclass(slots=True)
class _Folder:
    resolver: Resolver
    depth: int = 0
    before: tuple[int, int] | None = None
    """Only bindings above this place count: what a name stood for when an earlier line read it."""

    def fold(self, node: ast.expr) -> Folded | None:
        if self.depth > _DEPTH:
            return None
        self.depth += 1
        try:
            return self._fold(node)
        finally:
            self.depth -= 1

    def _fold(self, node: ast.expr) -> Folded | None:
        match node:
            case ast.Constant(value=str() as text):
                return Folded([Chunk(text, node, node)])
            case ast.JoinedStr():
                return self._f_string(node)
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mod()):
                return self._percent(node)
            case ast.Call():
                return self._call(node)
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._known(node)
            case ast.IfExp():
                return self._choice(node, node.body, node.orelse)
            case ast.NamedExpr():
                return self.fold(node.value)
            case _:
                return None

    def _constant(self, node: ast.expr) -> str | None:
        """The text that a constant puts into a string; None for anything else."""
        value = self.resolver.resolve(node)
        if isinstance(value, Literal) and isinstance(value.value, int | float | None):
            return str(value.value)
        folded = self.fold(node)
        if folded is None or folded.ambiguous or folded.holes:
            return None
        return "".join(part.text for part in folded.parts if isinstance(part, Chunk))

    def _f_string(self, node: ast.JoinedStr) -> Folded:
        folded = Folded()
        start = fields = 0
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                folded.extend(self._field(part, node, fields))
                fields += 1
            elif isinstance(part, ast.Constant):
                text = str(part.value)
                folded.parts.append(Chunk(text, node, node, start))
                start += len(text)
        return folded

    def _field(self, part: ast.FormattedValue, literal: ast.JoinedStr, number: int) -> Folded:
        """What a replacement field puts into its f-string."""
        plain = part.conversion == -1 and part.format_spec is None
        if plain:
            text = self._constant(part.value)
            if text is not None:
                return Folded([Chunk(text, part.value)])
            inner = self.fold(part.value) if _nests(part.value) else None
            if inner is not None:
                return inner
        return Folded([Hole(part.value, "f-string", literal, number, plain=plain, numeric=_is_numeric(part))])

    def _sum(self, node: ast.BinOp) -> Folded | None:
        operands = _operands(node)
        parts = [self.fold(operand) for operand in operands]
        if not any(parts):
            return None
        folded = Folded(operators=[node])
        for part, operand in zip(parts, operands, strict=True):
            folded.extend(part or Folded([self._hole(operand, "add")]))
        return folded

    def _hole(self, node: ast.expr, style: Style) -> Chunk | Hole:
        text = self._constant(node)
        return Hole(node, style) if text is None else Chunk(text, node)

    def _percent(self, node: ast.BinOp) -> Folded | None:
        template = self.fold(node.left)
        if template is None:
            return None
        arguments = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        names = _string_keys(node.right)
        folded = Folded(ambiguous=template.ambiguous, operators=[*template.operators, node])
        filled = 0
        for part in template.parts:
            if isinstance(part, Hole):
                folded.parts.append(part)
                continue
            end = 0
            for match in CONVERSION.finditer(part.text):
                folded.parts.append(_piece(part, end, match.start()))
                end = match.end()
                if match[3] == "%":
                    folded.parts.append(Chunk("%", part.node))
                    continue
                value = names.get(match[1]) if match[1] is not None else _nth(arguments, filled)
                filled += match[1] is None
                folded.parts.append(self._filled(part, match, value if value is not None else node.right))
            folded.parts.append(_piece(part, end, len(part.text)))
        return folded

    def _filled(self, part: Chunk, match: re.Match[str], value: ast.expr) -> Chunk | Hole:
        plain = match[3] == "s" and not match[2]
        text = self._constant(value) if plain else None
        if text is not None:
            return Chunk(text, value)
        place = (part.literal, part.start + match.start(), match.end() - match.start())
        return Hole(value, "percent", *place, plain=plain, numeric=match[3] in "diouxXeEfFgG")

    def _call(self, node: ast.Call) -> Folded | None:
        match node:
            case ast.Call(func=ast.Attribute(attr="format", value=template)):
                return self._format(node, template)
            case ast.Call(func=ast.Attribute(attr="join", value=separator), args=[elements]):
                return self._join(node, separator, elements)
            case ast.Call(func=ast.Attribute(attr=name, value=text)) if name in _TRANSPARENT:
                return self.fold(text)
            case ast.Call(args=[text]) if self.resolver.resolve(node.func) in _DEDENTS:
                return self.fold(text)
            case _:
                return None

    def _format(self, node: ast.Call, template: ast.expr) -> Folded | None:
        folded = self.fold(template)
        if folded is None:
            return None
        names = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        result = Folded(ambiguous=folded.ambiguous, operators=[*folded.operators, node])
        counter = iter(range(len(node.args) + 1))
        for part in folded.parts:
            if isinstance(part, Hole):
                result.parts.append(part)
                continue
            try:
                pieces = list(Formatter().parse(part.text))
            except ValueError:
                return None
            at = 0
            for text, name, spec, conversion in pieces:
                end = _behind(part.text, at, text)
                result.parts.append(Chunk(text, part.node, part.literal, part.start + at))
                at = part.text.find("}", end) + 1 if name is not None else end
                if name is None:
                    continue
                key = str(next(counter, 0)) if name == "" else name
                value = _nth(node.args, int(key)) if key.isdigit() else names.get(key)
                plain = not spec and not conversion
                constant = self._constant(value) if plain and value is not None else None
                if value is not None and constant is not None:
                    result.parts.append(Chunk(constant, value))
                else:
                    place = (part.literal, part.start + end, at - end)
                    result.parts.append(
                        Hole(value or node, "format", *place, plain=plain and value is not None)
                    )
        return result

    def _join(self, node: ast.Call, separator: ast.expr, elements: ast.expr) -> Folded | None:
        between = self._constant(separator)
        if between is None:
            return None
        if isinstance(elements, ast.List | ast.Tuple) and not any(
            isinstance(e, ast.Starred) for e in elements.elts
        ):
            folded = Folded(operators=[node])
            for index, element in enumerate(elements.elts):
                if index:
                    folded.parts.append(Chunk(between, node))
                folded.extend(self.fold(element) or Folded([self._hole(element, "join")]))
            return folded
        repeated = self._repeated(elements)
        part = Hole(node, "join") if repeated is None else Chunk(repeated, node)
        return Folded([part], operators=[node])

    def _repeated(self, elements: ast.expr) -> str | None:
        """The constant text that all elements share: `["?"] * n`, `("%s" for _ in ids)`, `"?" * n`."""
        match elements:
            case ast.BinOp(op=ast.Mult(), left=ast.List(elts=[element]) | ast.Tuple(elts=[element])):
                return self._constant(element)
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=str(text))):
                return text[:1]
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self._constant(element)
            case _:
                return None

    def _choice(self, node: ast.expr, *branches: ast.expr) -> Folded | None:
        """One of several strings: the first that has holes, else any."""
        folded = [self.fold(branch) for branch in branches]
        known = [one for one in folded if one is not None]
        if len(known) != len(folded) or not known:
            return None
        chosen = next((one for one in known if one.holes), known[0])
        if chosen.holes:
            return Folded(chosen.parts, True, [*chosen.operators, node])
        text = "".join(part.text for part in chosen.parts if isinstance(part, Chunk))
        return Folded([Chunk(text, node)])

    def _known(self, node: ast.expr) -> Folded | None:
        """The string that a name of the module or an attribute stands for."""
        value = self.resolver.resolve(node)
        if not isinstance(value, Text):
            return None
        return Folded([Hole(node, "name") if part is None else Chunk(part, node) for part in value.parts])

    def _name(self, node: ast.Name) -> Folded | None:
        bindings = self.resolver.scope.bindings_of(node.id)
        if not bindings:
            return self._known(node)
        here = self.before or (node.lineno, node.col_offset)
        above = [binding for binding in bindings if binding.position < here]
        starts = [binding for binding in above if binding.kind in {"value", "element"}]
        if not starts or any(binding.kind not in {"value", "element", "augmented"} for binding in bindings):
            return None
        options = [(start, self._at(start, start.node)) for start in starts]
        start, folded = next((o for o in reversed(options) if o[1] and o[1].holes), options[-1])
        if folded is None:
            return None
        result = Folded(list(folded.parts), folded.ambiguous or len(starts) > 1, list(folded.operators))
        for binding in above:
            if (
                binding.kind == "augmented"
                and binding.position > start.position
                and isinstance(binding.node, ast.AugAssign)
            ):
                added = self._at(binding, binding.node.value)
                result.extend(added or Folded([self._hole(binding.node.value, "add")]))
                result.operators.append(node)
        return result

    def _at(self, binding: Binding, node: Any) -> Folded | None:
        """Fold what a binding binds, with the names as they stood there."""
        if binding.kind == "element":
            value = self.resolver.bound(binding, None)
            return Folded([Chunk(value.parts[0] or "", node)]) if isinstance(value, Text) else None
        outer, self.before = self.before, binding.position
        try:
            return self.fold(node)
        finally:
            self.before = outer


def _operands(node: ast.BinOp) -> list[ast.expr]:
    """What is added up, in order; long sums nest deeper than anything may recurse."""
    operands = [node.right]
    left = node.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        operands.append(left.right)
        left = left.left
    return [left, *reversed(operands)]


def _is_numeric(part: ast.FormattedValue) -> bool:
    """Whether the format of a field takes numbers only."""
    spec = part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
    return any(isinstance(one, ast.Constant) and str(one.value)[-1:] in set("bdeEfFgGnoxX%") for one in spec)


def _nests(node: ast.expr) -> bool:
    """Whether an expression in a field is worth being folded on its own."""
    return isinstance(node, ast.JoinedStr | ast.BinOp | ast.Name | ast.Call | ast.IfExp)


def _piece(chunk: Chunk, start: int, end: int) -> Chunk:
    return Chunk(chunk.text[start:end], chunk.node, chunk.literal, chunk.start + start)


def _nth(items: list[ast.expr], index: int) -> ast.expr | None:
    return (
        items[index]
        if index < len(items) and not any(isinstance(item, ast.Starred) for item in items)
        else None
    )


def _string_keys(node: ast.expr) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {
        key.value: value
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _behind(template: str, at: int, text: str) -> int:
    """Where a template stands after it gave this text, in which doubled braces became single ones."""
    for char in text:
        at += 2 if char in "{}" and template[at : at + 2] == char * 2 else 1
    return at
