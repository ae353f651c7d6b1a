"""Edits of the strings of which a statement is made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.python.folded import Chunk, Hole

if TYPE_CHECKING:
    import ast

    from backend_architect.fixes.binding.regions import Region
    from backend_architect.fixes.binding.sources import Sources
    from backend_architect.python.embedded import Segment, Sink
    from backend_architect.python.literals import Token
    from backend_architect.python.place import Place

_PLUS = re.compile(r"(?:\s|\\\r?\n)*\+(?:\s|\\\r?\n)*(\(*)")
_PLUS_BEHIND = re.compile(r"(\)*)(?:\s|\\\r?\n)*\+(?:\s|\\\r?\n)*")


@dataclass(frozen=True, slots=True)
class Change:
    """Replaces the text of a holder between two offsets: of the block, or of the text of a constant."""

    holder: ast.expr
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Rewriting:
    """Changes the strings of one statement."""

    sink: Sink
    at: Place
    sources: Sources
    changes: list[Change] = field(default_factory=list[Change])

    def replace(self, region: Region, sign: str) -> None:
        """Write a placeholder in the place of a region.

        Raises:
            RefusedError: when the region is not written in one place.
        """
        pieces = [
            (index, max(segment.start, region.start), min(segment.end, region.end))
            for index, segment in enumerate(self.sink.segments)
            if segment.start < region.end and region.start < segment.end
        ]
        added = [index for index, _, _ in pieces if self._is_added(self.sink.segments[index].part)]
        if added:
            self._replace_added(pieces, added, sign)
            return
        spans = [span for piece in pieces for span in self._spans(*piece)]
        holders = {id(holder) for holder, _, _ in spans}
        if len(holders) != 1:
            raise RefusedError("its quotes are opened and closed in different strings")
        self._replace_spans(spans, sign)

    def rewrite_operand(self, region: Region, element: str) -> None:
        """Let what pastes a list paste placeholders instead, and take the quotes around it away."""
        hole = region.holes[0]
        inner = self._segment_of(hole)
        for start, end in ((region.start, inner.start), (inner.end, region.end)):
            for index, segment in enumerate(self.sink.segments):
                if segment.start < end and start < segment.end:
                    piece = index, max(segment.start, start), min(segment.end, end)
                    spans = self._spans(*piece)
                    self._replace_spans(spans, "")
        source = f"', '.join({element})"
        if hole.style == "f-string" and hole.literal is not None:
            written = self.at.view.string(hole.literal).fields()[hole.start]
            token = self._token(hole.literal, written.start)
            quote = self.at.view.source.text[token.end - 1]
            if ("'" if quote == '"' else '"') in element.replace("'", "") or "\\" in element:
                raise RefusedError("its quotes and those of the string around it are in each other's way")
            text = "{" + (source.replace("'", '"') if quote == "'" else source) + "}"
            before, behind = region.around
            self._change(hole.literal, written.start, written.end, before + text + behind)
        elif hole.style in {"add", "percent", "format"} and self.at.f_string(hole.node) is None:
            if region.around != ("", ""):
                self._bracket(hole)
            self._change(hole.node, *self.at.range_of(hole.node), source.replace("'", '"'))
        else:
            raise RefusedError("the list is put together elsewhere")

    def _bracket(self, hole: Hole) -> None:
        """Write brackets around the place of a list in a template."""
        segment = self._segment_of(hole)
        if hole.style == "add" or hole.literal is None:
            raise RefusedError("the brackets of the list come with it")
        ((holder, start, end),) = self._spans(self.sink.segments.index(segment), segment.start, segment.end)
        self._change(holder, start, end, f"({self.at.view.source.text[start:end]})")

    def _segment_of(self, hole: Hole) -> Segment:
        return next(one for one in self.sink.segments if one.part is hole)

    def _is_added(self, part: Chunk | Hole) -> bool:
        return isinstance(part, Hole) and part.style == "add"

    def _change(self, holder: ast.expr, start: int, end: int, text: str) -> None:
        self.changes.append(Change(holder, start, end, text))

    def _spans(self, index: int, start: int, end: int) -> list[tuple[ast.expr, int, int]]:
        """Where a part of a segment is written."""
        segment = self.sink.segments[index]
        part = segment.part
        if isinstance(part, Hole):
            holder = part.literal or part.template
            if part.style == "f-string" and part.literal is not None:
                string = self.at.view.string(part.literal)
                written = string.fields()[part.start]
                if any(written.start < first < written.end for _, first, _ in string.characters()):
                    raise RefusedError("the name of the value is a part of the text")
                return [(part.literal, written.start, written.end)]
            if holder is None or part.style not in {"percent", "format"}:
                raise RefusedError("a part of it is put together elsewhere")
            return self.sources.spans(holder, part.start, part.start + part.width)
        holder = part.literal or part.node
        first, last = start - segment.start, end - segment.start
        width = 2 if part.doubled else 1
        return self.sources.spans(holder, part.start + first * width, part.start + last * width)

    def _replace_spans(self, spans: list[tuple[ast.expr, int, int]], sign: str) -> None:
        """Write a text in the place of spans that follow one another."""
        joined: list[tuple[ast.expr, int, int]] = []
        for holder, start, end in spans:
            if joined and joined[-1][0] is holder and joined[-1][2] == start:
                joined[-1] = (holder, joined[-1][1], end)
            else:
                joined.append((holder, start, end))
        for position, (holder, start, end) in enumerate(joined):
            self._change(holder, start, end, "" if position else sign)

    # Strings that are added up

    def _replace_added(self, pieces: list[tuple[int, int, int]], added: list[int], sign: str) -> None:
        """Write a placeholder in the place of `+ value +`, and of the ends of the strings around it."""
        if len(added) != 1:
            raise RefusedError("several values and texts are put together between its quotes")
        index = added[0]
        hole = self.sink.segments[index].part
        left, right = self._neighbour(index, -1), self._neighbour(index, 1)
        if left is None or not isinstance(hole, Hole):
            raise RefusedError("a part of it is put together elsewhere")
        before = [span for piece in pieces if piece[0] < index for span in self._spans(*piece)]
        behind = [span for piece in pieces if piece[0] > index for span in self._spans(*piece)]
        own = {id(left), id(right)}
        if any(id(holder) not in own for holder, _, _ in (*before, *behind)):
            raise RefusedError("its quotes are opened and closed in different strings")
        if any(isinstance(self.sink.segments[piece[0]].part, Hole) and piece[0] != index for piece in pieces):
            raise RefusedError("several values and texts are put together between its quotes")
        start, end = self._operator(left, hole.node, right)
        last, first = self._token(left, start - 1), self._token(right, end) if right is not None else None
        from_ = before[0][1] if before else last.end - self._quote_width(last)
        if right is None or first is None:
            self._change(left, from_, last.end - self._quote_width(last), sign)
            self._change(left, start, end, "")
            return
        to = behind[-1][2] if behind else self._content(first)
        if self._continues(last, first):
            self._change(left, from_, to, sign)
            return
        self._change(left, from_, last.end - self._quote_width(last), sign)
        if to == first.end - self._quote_width(first):
            self._change(left, start, first.end, "")
        else:
            self._change(left, start, self.at.range_of(hole.node)[1], "")
            self._change(right, self._content(first), to, "")

    def _neighbour(self, index: int, step: int) -> ast.expr | None:
        """The literal beside an operand, if that is one."""
        index += step
        while 0 <= index < len(self.sink.segments):
            segment = self.sink.segments[index]
            if segment.start < segment.end:
                return (
                    segment.part.literal if isinstance(segment.part, Chunk) else self._field_holder(segment)
                )
            index += step
        return None

    def _field_holder(self, segment: Segment) -> ast.expr | None:
        part = segment.part
        return part.literal if isinstance(part, Hole) and part.style == "f-string" else None

    def _operator(self, left: ast.expr, node: ast.expr, right: ast.expr | None) -> tuple[int, int]:
        """From the end of the string before an operand to the string behind it, or to its own end."""
        text = self.at.view.source.text
        start, end = self.at.range_of(left)[1], self.at.range_of(node)[1]
        opening = _PLUS.fullmatch(text, start, self.at.range_of(node)[0])
        if opening is None or self.at.f_string(node) is not None:
            raise RefusedError("a part of it is put together elsewhere")
        brackets = len(opening[1])
        if right is None:
            closing = re.compile(rf"\){{{brackets}}}").match(text, end)
            if closing is None:
                raise RefusedError("a part of it is put together elsewhere")
            return start, closing.end()
        closing = _PLUS_BEHIND.fullmatch(text, end, self.at.range_of(right)[0])
        if closing is None or len(closing[1]) != brackets:
            raise RefusedError("a part of it is put together elsewhere")
        return start, self.at.range_of(right)[0]

    def _continues(self, last: Token, first: Token) -> bool:
        """Whether two literals on one line can be one."""
        text = self.at.view.source.text
        same = last.prefix == first.prefix and self._quote(last) == self._quote(first)
        return same and "f" not in last.prefix and "\n" not in text[last.end : first.start]

    def _token(self, literal: ast.expr, offset: int) -> Token:
        tokens = self.at.view.string(literal).tokens
        found = next((token for token in tokens if token.start <= offset < token.end), None)
        if found is None:
            raise RefusedError("a part of it is put together elsewhere")
        return found

    def _content(self, token: Token) -> int:
        """Where the text of a literal begins."""
        return token.start + len(token.prefix) + self._quote_width(token)

    def _quote_width(self, token: Token) -> int:
        return len(self._quote(token))

    def _quote(self, token: Token) -> str:
        start = token.start + len(token.prefix)
        text = self.at.view.source.text
        return (
            text[start : start + 3]
            if text[start : start + 3] in {'"""', "'''"} and token.end - start > 5
            else text[start]
        )
