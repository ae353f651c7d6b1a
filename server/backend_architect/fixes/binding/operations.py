"""The `%` and `format` of a statement, of which values are taken away, and the signs that they double."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from backend_architect.fixes.arguments import remove_argument
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.binding.rewriting import Change
from backend_architect.python.folded import Chunk, Hole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.fixes.binding.regions import Region
    from backend_architect.fixes.binding.sources import Sources
    from backend_architect.python.embedded import Segment, Sink
    from backend_architect.python.literals import Token
    from backend_architect.python.place import Place


@dataclass(slots=True)
class Operations:
    """What fills the templates of a statement, and which of it is still needed."""

    sink: Sink
    at: Place
    sources: Sources
    regions: Sequence[Region]
    _kept: set[ast.expr] = field(default_factory=set[ast.expr])

    def __post_init__(self) -> None:
        """Find the operations that have other values to fill in."""
        bound = {id(hole) for region in self.regions if not region.keeps_list for hole in region.holes}
        for segment in self.sink.segments:
            part = segment.part
            fills = id(part) not in bound if isinstance(part, Hole) else self._is_value(part)
            if fills and part.operation is not None:
                self._kept.add(part.operation)

    def _is_value(self, chunk: Chunk) -> bool:
        """Whether a constant text is what an operation fills in."""
        match chunk.operation:
            case ast.BinOp(right=values):
                return _is_within(chunk.node, [values])
            case ast.Call(args=args, keywords=keywords):
                return _is_within(chunk.node, [*args, *keywords])
            case _:
                return False

    def sign(self, region: Region, sign: str) -> str:
        """A placeholder as it is written in a template that is still filled by `%`."""
        return sign.replace("%", "%%") if any(map(self._is_kept_modulo, self._around(region))) else sign

    def _around(self, region: Region) -> list[ast.expr | None]:
        near = (one for one in self.sink.segments if one.start <= region.end and region.start <= one.end)
        return [one.part.operation for one in near]

    def _is_kept_modulo(self, operation: ast.expr | None) -> bool:
        return isinstance(operation, ast.BinOp) and operation in self._kept

    # The signs that stand twice

    def signs(self, *, doubled: bool) -> Iterator[Change]:
        """Write the percent signs of the text as the driver wants them, and the braces as Python does."""
        for segment in self.sink.segments:
            part = segment.part
            if isinstance(part, Chunk) and set(part.text) & set("%{}"):
                for offset, char in enumerate(part.text):
                    if char in "%{}" and not self._is_replaced(segment.start + offset):
                        yield from self._written(segment, offset, char, doubled=doubled)

    def _written(self, segment: Segment, offset: int, char: str, *, doubled: bool) -> Iterator[Change]:
        part = segment.part
        if not isinstance(part, Chunk):
            return
        dropped = part.doubled and part.operation not in self._kept
        text = char * (1 if dropped else 2 if part.doubled else 1)
        if char == "%" and doubled:
            text = char * (4 if part.doubled and not dropped else 2)
        width = 2 if part.doubled else 1
        if text == char * width:
            return
        start = part.start + offset * width
        spans = self.sources.spans(part.literal or part.node, start, start + width)
        for position, (holder, first, last) in enumerate(spans):
            yield Change(holder, first, last, "" if position else text)

    def _is_replaced(self, offset: int) -> bool:
        return any(one.start <= offset < one.end for one in self.regions)

    # What fills the templates

    def edits(self) -> Iterator[Edit]:
        """Take away what needs not be filled in any more.

        Raises:
            RefusedError: when nobody can tell which values those are.
        """
        taken: dict[ast.expr, list[Hole]] = {}
        for region in self.regions:
            for hole in region.holes if not region.keeps_list else ():
                if hole.operation is not None:
                    taken.setdefault(hole.operation, []).append(hole)
        for operation, holes in taken.items():
            if operation not in self._kept:
                yield self._dropped(operation)
            elif isinstance(operation, ast.BinOp):
                yield from self._fewer_operands(operation, holes)
            elif isinstance(operation, ast.Call):
                yield from self._fewer_arguments(operation, holes)

    def _dropped(self, operation: ast.expr) -> Edit:
        template = _template(operation)
        if template is None or self.at.f_string(operation) is not None:
            raise RefusedError("a part of it is put together elsewhere")
        start, end = self.at.range_of(template)[1], self.at.range_of(operation)[1]
        text = self.at.view.source.text
        sign = text.index("%" if isinstance(operation, ast.BinOp) else ".", start, end)
        closed = text.rfind(")", start, sign)
        return self.at.edit(max(start, closed + 1), end, "")

    def _fewer_operands(self, operation: ast.BinOp, holes: list[Hole]) -> Iterator[Edit]:
        values = operation.right
        if isinstance(values, ast.Dict):
            return
        if not isinstance(values, ast.Tuple):
            raise RefusedError("nobody can tell which value is pasted")
        gone = {id(hole.node) for hole in holes}
        yield from self._without(values.elts, gone, self.at.range_of(values)[1])

    def _without(self, elements: Sequence[ast.expr], gone: set[int], end: int) -> Iterator[Edit]:
        """Take elements out of a tuple that ends at an offset, or out of the arguments of a call (0)."""
        text = self.at.view.source.text
        ranges = [self.at.range_of(one) for one in elements]
        between = [text[one[1] : other[0]] for one, other in pairwise(ranges)]
        if any(one.strip() != "," for one in between):
            raise RefusedError("brackets or comments stand among the values")
        kept = [index for index, one in enumerate(elements) if id(one) not in gone]
        last = kept[-1] if kept else -1
        for index, (start, _) in enumerate(ranges[: last + 1]):
            if index not in kept:
                yield self.at.edit(start, ranges[index + 1][0], "")
        comma = "," if len(kept) == 1 and end else ""
        if last + 1 < len(ranges):
            yield self.at.edit(ranges[last][1] if kept else ranges[0][0], ranges[-1][1], comma)
        elif comma and "," not in text[ranges[last][1] : end]:
            yield self.at.edit(ranges[last][1], ranges[last][1], comma)

    def _fewer_arguments(self, operation: ast.Call, holes: list[Hole]) -> Iterator[Edit]:
        named = {hole.key for hole in holes if hole.key and not hole.key.isdigit()}
        others = {
            one.part.key
            for one in self.sink.segments
            if isinstance(one.part, Hole) and one.part.operation is operation and one.part not in holes
        }
        for name in sorted(named - others):
            edit = remove_argument(operation, name, self.at)
            if edit is not None:
                yield edit
        by_order = {id(hole.node) for hole in holes if not hole.key}
        if by_order:
            yield from self._without(operation.args, by_order, 0)


def prefixes(holder: ast.expr, changes: Sequence[Change], at: Place) -> Iterator[Change]:
    """Turn the literals of an f-string that have no fields any more into plain ones."""
    if not isinstance(holder, ast.JoinedStr):
        return
    string = at.view.string(holder)
    gone = [(one.start, one.end) for one in changes if one.holder is holder and "{" not in one.text]
    for token in string.tokens:
        inside = [one for one in string.fields() if token.start <= one.start < token.end]
        left = [one for one in inside if not any(s <= one.start and one.end <= e for s, e in gone)]
        if "f" not in token.prefix or left:
            continue
        start = token.start + token.prefix.index("f")
        yield Change(holder, start, start + 1, "")
        for char, first, last in _braces(string.characters(), token):
            if not any(s <= first and last <= e for s, e in gone):
                yield Change(holder, first, last, char)


def _braces(characters: list[tuple[str, int, int]], token: Token) -> Iterator[tuple[str, int, int]]:
    for char, start, end in characters:
        if char in "{}" and end - start == 2 and token.start <= start < token.end:
            yield char, start, end


def _template(operation: ast.expr | None) -> ast.expr | None:
    match operation:
        case ast.BinOp(left=template) | ast.Call(func=ast.Attribute(value=template)):
            return template
        case _:
            return None


def _is_within(node: ast.AST, trees: Sequence[ast.AST]) -> bool:
    return any(one is node for tree in trees for one in ast.walk(tree))
