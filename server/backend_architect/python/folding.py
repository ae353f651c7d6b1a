"""What text a string expression builds: its constant parts, and the holes that are filled when it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from backend_architect.python.growth import added_to, elements_of, operands
from backend_architect.python.order import certainly_run, covers
from backend_architect.python.scopes import FunctionScope
from backend_architect.python.templates import braces, percent
from backend_architect.python.values import UNKNOWN, Literal, Symbol, Text, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from backend_architect.python.bindings import Binding
    from backend_architect.python.names import Resolver
    from backend_architect.python.templates import Stretch

Style = OneOf["f-string", "percent", "format", "add", "join", "name"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Constant text. With a literal, it is the part of the literal's text that begins at `start`."""

    text: str
    node: ast.expr
    """The expression that is written at this place: the literal, or the name of a constant."""
    literal: ast.expr | None = None
    start: int = 0
    doubled: bool = False
    """Whether each character stands twice in the literal: `%%`, `{{`."""
    operation: ast.expr | None = None
    """The `%` or the call of `format` whose template the text is a part of, or whose value."""


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
    operation: ast.expr | None = None
    """The `%` or the call of `format` that fills it."""
    key: str = ""
    """By which name `%` or `format` looks the value up."""
    template: ast.expr | None = None
    """What holds the template of `%` or `format`: the literal, or the name of a constant."""


@dataclass(slots=True)
class Folded:
    """A string as a list of parts."""

    parts: list[Chunk | Hole] = field(default_factory=list["Chunk | Hole"])
    ambiguous: bool = False
    """Whether the string is another one on some way through the program, or in other letters."""
    operators: list[ast.expr] = field(default_factory=list[ast.expr])
    """The expressions that put the parts together, other than literals."""
    names: list[ast.Name] = field(default_factory=list[ast.Name])
    """The local variables that were followed, each where it is read."""

    @property
    def holes(self) -> list[Hole]:
        """The parts that are not constant."""
        return [part for part in self.parts if isinstance(part, Hole)]

    def extend(self, other: Folded) -> None:
        """Put another string behind this one."""
        self.parts += other.parts
        self.operators += other.operators
        self.names += other.names
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
                folded.extend(self._field(part, node, fields, quoted=_ends_in_quotes(folded)))
                fields += 1
            elif isinstance(part, ast.Constant):
                text = str(part.value)
                folded.parts.append(Chunk(text, node, node, start))
                start += len(text)
        return folded

    def _field(
        self, part: ast.FormattedValue, literal: ast.JoinedStr, number: int, *, quoted: bool
    ) -> Folded:
        """What a replacement field puts into its f-string; between quotes a variable is one value."""
        plain = part.conversion == -1 and part.format_spec is None
        if plain:
            text = self._constant(part.value)
            if text is not None:
                return Folded([Chunk(text, part.value)])
            is_value = quoted and isinstance(part.value, ast.Name)
            inner = self.fold(part.value) if _nests(part.value) and not is_value else None
            if inner is not None and not _is_closed(inner):
                return inner
        return Folded([Hole(part.value, "f-string", literal, number, plain=plain, numeric=_is_numeric(part))])

    def _sum(self, node: ast.BinOp) -> Folded | None:
        summands = operands(node)
        parts = [self.fold(operand) for operand in summands]
        if not any(parts):
            return None
        folded = Folded(operators=[node])
        for part, operand in zip(parts, summands, strict=True):
            is_value = isinstance(operand, ast.Name) and _ends_in_quotes(folded)
            known = part is not None and not _is_closed(part) and not (is_value and part.holes)
            folded.extend(part if part is not None and known else Folded([self._hole(operand, "add")]))
        return folded

    def _hole(self, node: ast.expr, style: Style) -> Chunk | Hole:
        text = self._constant(node)
        return Hole(node, style) if text is None else Chunk(text, node)

    def _percent(self, node: ast.BinOp) -> Folded | None:
        template = self.fold(node.left)
        if template is None:
            return None
        arguments = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        given = _string_keys(node.right)

        def value_of(key: str, index: int) -> ast.expr | None:
            return given.get(key) if key else _nth(arguments, index)

        return self._filled(template, node, "percent", percent, value_of)

    def _filled(
        self,
        template: Folded,
        node: ast.BinOp | ast.Call,
        style: Style,
        stretches: Callable[[str], Iterable[Stretch] | None],
        value_of: Callable[[str, int], ast.expr | None],
    ) -> Folded | None:
        """The text of a template with values in it; `value_of` takes a key, or how many came before."""
        folded = Folded([], template.ambiguous, [*template.operators, node], list(template.names))
        filled = 0
        for part in template.parts:
            if isinstance(part, Hole):
                folded.parts.append(part)
                continue
            read = stretches(part.text)
            if read is None:
                return None
            for stretch in read:
                if not stretch.field:
                    folded.parts.append(_kept(part, stretch, node))
                    continue
                value = value_of(stretch.key, filled)
                filled += not stretch.key
                folded.parts.append(self._field_of(part, stretch, value, node, style))
        return folded

    def _field_of(
        self, part: Chunk, stretch: Stretch, value: ast.expr | None, node: ast.BinOp | ast.Call, style: Style
    ) -> Chunk | Hole:
        text = self._constant(value) if stretch.plain and value is not None else None
        if value is not None and text is not None:
            return Chunk(text, value, operation=node)
        return Hole(
            node=_all_values(node) if value is None else value,
            style=style,
            literal=part.literal,
            start=part.start + stretch.start,
            width=stretch.end - stretch.start,
            plain=stretch.plain and (value is not None or style == "percent"),
            numeric=stretch.numeric,
            operation=node,
            key=stretch.key,
            template=part.node,
        )

    def _call(self, node: ast.Call) -> Folded | None:
        match node:
            case ast.Call(func=ast.Attribute(attr="format", value=template)):
                return self._format(node, template)
            case ast.Call(func=ast.Attribute(attr="join", value=separator), args=[elements]):
                return self._join(node, separator, elements)
            case ast.Call(func=ast.Attribute(attr=name, value=text)) if name in _TRANSPARENT:
                folded = self.fold(text)
                changes = name in {"lower", "upper"} and folded is not None and bool(folded.holes)
                return replace(folded, ambiguous=True) if folded is not None and changes else folded
            case ast.Call(args=[text]) if self.resolver.resolve(node.func) in _DEDENTS:
                return self.fold(text)
            case _:
                return None

    def _format(self, node: ast.Call, template: ast.expr) -> Folded | None:
        folded = self.fold(template)
        names = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}

        def value_of(key: str, index: int) -> ast.expr | None:
            position = key or str(index)
            return _nth(node.args, int(position)) if position.isdigit() else names.get(key)

        return None if folded is None else self._filled(folded, node, "format", braces, value_of)

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
        listed = self._listed(elements) if isinstance(elements, ast.Name) else None
        if listed is not None:
            return self._joined(node, between, listed)
        repeated = self._repeated(elements)
        part = Hole(node, "join") if repeated is None else Chunk(repeated, node)
        return Folded([part], operators=[node])

    def _listed(self, name: ast.Name) -> list[tuple[ast.expr, Folded]] | None:
        """The texts that a list of the function is filled with above, each with where it stands."""
        scope = self.resolver.scope
        if not isinstance(scope, FunctionScope) or len(self.resolver.scope.bindings_of(name.id)) != 1:
            return None
        elements = elements_of(scope.function, name.id)
        here = self.before or (name.lineno, name.col_offset)
        if not elements or any((one.lineno, one.col_offset) >= here for one in elements):
            return None
        folded: list[tuple[ast.expr, Folded]] = []
        for element in elements:
            text = self._before(element)
            if text is None:
                return None
            folded.append((element, text))
        return folded if any(text.holes for _, text in folded) else None

    def _joined(self, node: ast.Call, between: str, texts: list[tuple[ast.expr, Folded]]) -> Folded:
        joined = Folded(operators=[node])
        for index, (element, text) in enumerate(texts):
            if index:
                joined.parts.append(Chunk(between, element))
            joined.extend(text)
        return joined

    def _before(self, node: ast.expr) -> Folded | None:
        """Fold an expression with the names as they stood there."""
        outer, self.before = self.before, (node.lineno, node.col_offset)
        try:
            return self.fold(node)
        finally:
            self.before = outer

    def _repeated(self, elements: ast.expr) -> str | None:
        """The constant text that all elements share: `["?"] * n`, `("%s" for _ in ids)`, `"?" * n`."""
        match elements:
            case ast.Name(id=name):
                bindings = self.resolver.scope.bindings_of(name)
                bound = bindings[0].node if len(bindings) == 1 and bindings[0].kind == "value" else None
                return self._repeated(bound) if isinstance(bound, ast.BinOp | ast.ListComp) else None
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
            return Folded(chosen.parts, True, [*chosen.operators, node], chosen.names)
        text = "".join(part.text for part in chosen.parts if isinstance(part, Chunk))
        return Folded([Chunk(text, node)])

    def _known(self, node: ast.expr) -> Folded | None:
        """The string that a name of the module or an attribute stands for."""
        value = self.resolver.resolve(node)
        if not isinstance(value, Text):
            return None
        return Folded([Hole(node, "name") if part is None else Chunk(part, node) for part in value.parts])

    def _name(self, node: ast.Name) -> Folded | None:
        bindings = [one for one in self.resolver.scope.bindings_of(node.id) if not one.declared]
        if not bindings:
            return self._known(node)
        here = self.before or (node.lineno, node.col_offset)
        above = [binding for binding in bindings if binding.position < here]
        grown = [(binding, self._added(binding, node.id)) for binding in above]
        starts = [one for one, added in grown if one.kind in {"value", "element"} and added is None]
        if not starts or any(binding.kind not in {"value", "element", "augmented"} for binding in bindings):
            return None
        starts = self._reaching(starts, here)
        options = [(start, self._at(start, start.node)) for start in starts]
        start, folded = next((o for o in reversed(options) if o[1] and o[1].holes), options[-1])
        if folded is None:
            return None
        ambiguous = folded.ambiguous or len(starts) > 1
        result = Folded(list(folded.parts), ambiguous, list(folded.operators), [*folded.names, node])
        for binding, added in grown:
            if added is not None and binding.position > start.position:
                for operand in added:
                    result.extend(self._at(binding, operand) or Folded([self._hole(operand, "add")]))
                result.operators.append(node)
        return result

    def _added(self, binding: Binding, name: str) -> tuple[ast.expr, ...] | None:
        """What a binding puts behind what a variable holds; None if it begins it."""
        if binding.kind == "augmented":
            added = added_to(binding.node)
        elif isinstance(binding.node, ast.BinOp):
            added = added_to(ast.Assign([ast.Name(name)], binding.node))
        else:
            added = None
        return added[1] if added is not None else None

    def _reaching(self, starts: list[Binding], here: tuple[int, int]) -> list[Binding]:
        """The assignments of which a place may read one: none above the last that is certainly run."""
        scope = self.resolver.scope
        if len(starts) == 1 or not isinstance(scope, FunctionScope):
            return starts
        certain = certainly_run(scope.function, here)
        last = max((one.position for one in starts if covers(certain, one.position)), default=(0, 0))
        return [one for one in starts if one.position >= last]

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


def _is_numeric(part: ast.FormattedValue) -> bool:
    """Whether the format of a field takes numbers only."""
    spec = part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
    return any(isinstance(one, ast.Constant) and str(one.value)[-1:] in set("bdeEfFgGnoxX%") for one in spec)


def _ends_in_quotes(folded: Folded) -> bool:
    """Whether what follows a text stands between single quotes."""
    return sum(part.text.count("'") for part in folded.parts if isinstance(part, Chunk)) % 2 == 1


def _is_closed(folded: Folded) -> bool:
    """Whether a string is one hole of which nothing more is known."""
    match folded.parts:
        case [Hole(style="join" | "name")]:
            return True
        case _:
            return False


def _nests(node: ast.expr) -> bool:
    """Whether an expression in a field is worth being folded on its own."""
    return isinstance(node, ast.JoinedStr | ast.BinOp | ast.Name | ast.Call | ast.IfExp)


def _kept(part: Chunk, stretch: Stretch, operation: ast.expr) -> Chunk:
    doubled = part.doubled or stretch.doubled
    return Chunk(stretch.text, part.node, part.literal, part.start + stretch.start, doubled, operation)


def _all_values(node: ast.BinOp | ast.Call) -> ast.expr:
    return node.right if isinstance(node, ast.BinOp) else node


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
