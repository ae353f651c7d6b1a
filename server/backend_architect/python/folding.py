"""What text a string expression builds: its constant parts, and the holes that are filled when it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backend_architect.python.filling import Filling
from backend_architect.python.folded import Chunk, Folded, Hole
from backend_architect.python.growth import added_to, elements_of, operands
from backend_architect.python.order import certainly_run, covers
from backend_architect.python.scopes import FunctionScope
from backend_architect.python.values import UNKNOWN, Symbol, Text, Value

if TYPE_CHECKING:
    from backend_architect.python.bindings import Binding
    from backend_architect.python.names import Resolver


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
class _Folder(Filling):
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
                return self.f_string(node)
            case ast.BinOp(op=ast.Add()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mod()):
                return self.percent(node)
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

    def _sum(self, node: ast.BinOp) -> Folded | None:
        summands = operands(node)
        parts = [self.fold(operand) for operand in summands]
        if not any(parts):
            return None
        folded = Folded(operators=[node])
        for part, operand in zip(parts, summands, strict=True):
            is_value = isinstance(operand, ast.Name) and folded.ends_in_quotes
            known = part is not None and not part.is_closed and not (is_value and part.holes)
            folded.extend(part if part is not None and known else Folded([self.hole(operand, "add")]))
        return folded

    def _call(self, node: ast.Call) -> Folded | None:
        match node:
            case ast.Call(func=ast.Attribute(attr="format", value=template)):
                return self.format(node, template)
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

    def _join(self, node: ast.Call, separator: ast.expr, elements: ast.expr) -> Folded | None:
        between = self.constant(separator)
        if between is None:
            return None
        if isinstance(elements, ast.List | ast.Tuple) and not any(
            isinstance(e, ast.Starred) for e in elements.elts
        ):
            folded = Folded(operators=[node])
            for index, element in enumerate(elements.elts):
                if index:
                    folded.parts.append(Chunk(between, node))
                folded.extend(self.fold(element) or Folded([self.hole(element, "join")]))
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
                return self.constant(element)
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=str(text))):
                return text[:1]
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self.constant(element)
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
        text = chosen.constant
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
                    result.extend(self._at(binding, operand) or Folded([self.hole(operand, "add")]))
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
