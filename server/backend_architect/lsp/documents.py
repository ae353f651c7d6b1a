"""The documents that are open in the editor, each with its analysis."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from backend_architect.engine.analysis import Analysis, Result, found
from backend_architect.engine.findings import SEVERITIES, Finding, Span
from backend_architect.engine.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from backend_architect.engine.blocks import Block
    from backend_architect.engine.project import Seen
    from backend_architect.engine.reports import Reporter
    from backend_architect.engine.rules import RuleTable
    from backend_architect.lsp.positions import Encoding

SOURCE = "backend-architect"
"""The name that diagnostics and actions carry."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding at its place in a document."""

    finding: Finding
    start: int
    """The first line of its block."""

    @property
    def span(self) -> Span:
        """The place of the finding in the document."""
        return self.finding.span.moved(self.start)


@dataclass(slots=True)
class _Rendered:
    """The diagnostics of a block as JSON: a template with a gap for each line number, and its last use."""

    template: str
    lines: tuple[int, ...]
    start: int = -1
    text: str = ""

    def at(self, start: int) -> str:
        if start != self.start:
            self.start, self.text = start, self.template % tuple(start + line for line in self.lines)
        return self.text


@dataclass(slots=True, eq=False)
class Elsewhere:
    """What is known of the things in other files that a document asked for; the rest is wanted."""

    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    wanted: set[str] = field(default_factory=set[str])

    def __call__(self, path: str) -> Any:
        """The answer for a path; None where there is none, or not yet."""
        if path not in self.answers:
            self.wanted.add(path)
        return self.answers.get(path)

    def ask(self) -> tuple[str, ...]:
        """What was not asked before."""
        wanted, self.wanted = tuple(sorted(self.wanted)), set()
        self.answers |= dict.fromkeys(wanted)
        return wanted

    def learn(self, answers: dict[str, Any]) -> bool:
        """Take answers in; whether one of them is news."""
        news = any(self.answers.get(path) != value for path, value in answers.items())
        self.answers |= answers
        return news


@dataclass(slots=True, eq=False)
class OpenDocument:
    """An open document. Its text is what the client says it is; its analysis follows in `refresh`."""

    uri: str
    version: int
    language: str
    analysis: Analysis
    reporter: Reporter
    encoding: Encoding
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    root: Path | None = None
    """The root of its project; None where the client does not show places in other files."""
    stale: bool = False
    """Whether the text, or what stands in other files, has changed since the last `refresh`."""
    on_save: bool = False
    """Whether it is looked at when it is saved only, and not while somebody types."""
    unsaved: bool = False
    """Whether the text has changed since the document was opened or saved."""
    unsaid: bool = False
    """Whether the text has changed since other documents could hear of it."""
    followed: bool = False
    """Whether it was asked what its project says of it."""
    told: tuple[int, Seen] | None = None
    """The version and the blocks of the text that the project knows."""
    said: tuple[tuple[Finding, ...], Seen] | None = None
    """What the project said last, of which blocks."""
    seconds: float = 0.0
    """How long the last analysis took: of all of the text when it was opened, of what was edited later."""
    published: str = ""
    """The JSON of the diagnostics that the client has."""
    _rendered: dict[Result, _Rendered] = field(default_factory=dict[Result, _Rendered])

    @property
    def lines(self) -> list[str]:
        """The lines of the text, with their ends."""
        return self.analysis.document.lines

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Apply the edits of the client, in their order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                span = self.encoding.to_span(change.range, self.lines)
                self.analysis.document.edit(span, change.text)
            else:
                self._replace(split_lines(change.text))
        self.version = version
        self.stale = self.unsaid = self.unsaved = True
        self.analysis.edited()

    def _replace(self, lines: list[str]) -> None:
        """Take a whole new text over as an edit of the lines that differ, so that the others stay known."""
        old = self.lines
        shorter = min(len(old), len(lines))
        start = next((at for at in range(shorter) if old[at] != lines[at]), shorter)
        rest = shorter - start
        same = next((at for at in range(rest) if old[-1 - at] != lines[-1 - at]), rest)
        start = max(start - 1, 0)  # what is inserted may belong to the line before it
        self.analysis.document.replace(start, len(old) - same, lines[start : len(lines) - same])

    @property
    def waits(self) -> bool:
        """Whether nothing is to be said about it until it is saved."""
        return self.on_save and self.unsaved

    def refresh(self) -> None:
        """Bring the findings up to date with the text."""
        if self.stale:
            self.stale = False
            began = perf_counter()
            self.analysis.refresh()
            self.seconds = perf_counter() - began

    def learn(self, answers: dict[str, Any]) -> None:
        """Take in what the things of other files stand for."""
        if self.elsewhere.learn(answers):
            self.analysis.others_changed()
            self.stale = True

    def hear(self, version: int, findings: tuple[Finding, ...]) -> None:
        """Take in what the project says of a version of the text; of an older one than it knows, nothing."""
        if self.told is not None and self.told[0] == version:
            self.said = findings, self.told[1]
            self.analysis.give(*self.said)
            self.stale = True

    def use(self, analysis: Analysis, reporter: Reporter) -> None:
        """Go on under other settings."""
        self.analysis, self.reporter = analysis, reporter
        if self.said is not None:
            self.analysis.give(*self.said)
            self.analysis.refresh()
        self._rendered = {}

    @property
    def rules(self) -> RuleTable:
        """The rules that may speak in this document."""
        return self.analysis.rules

    def found(self, span: Span) -> Iterator[Found]:
        """The findings that touch a span."""
        for start, block, findings in self.analysis.findings():
            if start <= span.end_line and span.line <= start + block.height:
                for finding in findings:
                    if finding.span.moved(start).overlaps(span):
                        yield Found(finding, start)

    def all_found(self) -> Iterator[Found]:
        """All findings."""
        for start, _, findings in self.analysis.findings():
            for finding in findings:
                yield Found(finding, start)

    def statement(self, one: Found) -> tuple[int, int]:
        """The first and the last line of the statement that holds a finding."""
        block = next(block for start, block in self.analysis.document.blocks() if start == one.start)
        if block.broken:
            return one.span.line, one.span.line
        first, last = self.analysis.language.statement(block, one.finding.span)
        return one.start + first, one.start + last

    def diagnostics(self) -> str:
        """All findings as the JSON of a list of diagnostics."""
        parts: list[str] = []
        rendered: dict[Result, _Rendered] = {}
        for start, block in self.analysis.document.blocks():
            result: Result | None = block.result
            if result is None:
                if findings := found(block):
                    parts.append(self._render(findings, start, block).at(start))
            elif result.findings:
                known = self._rendered.get(result) or self._render(result.findings, start, block)
                rendered[result] = known
                parts.append(known.at(start))
        self._rendered = rendered
        return f"[{','.join(parts)}]"

    def _render(self, findings: Sequence[Finding], start: int, block: Block) -> _Rendered:
        lines = self.lines[start : start + block.height]
        template = ",".join(self._diagnostic_template(finding, lines) for finding in findings)
        numbers = tuple(line for finding in findings for line in (finding.span.line, finding.span.end_line))
        return _Rendered(template, numbers)

    def _diagnostic_template(self, finding: Finding, lines: Sequence[str]) -> str:
        one = self.diagnostic(finding, lines)
        start, end = one.range.start.character, one.range.end.character
        link = {"href": one.code_description.href} if one.code_description else None
        rest: dict[str, Any] = {
            "severity": one.severity,
            "code": one.code,
            "codeDescription": link,
            "source": one.source,
            "message": one.message,
        }
        if one.related_information:
            rest["relatedInformation"] = list(map(_plain, one.related_information))
        text = json.dumps(rest, separators=(",", ":")).replace("%", "%%")
        place = f'"start":{{"line":%d,"character":{start}}},"end":{{"line":%d,"character":{end}}}'
        return f'{{"range":{{{place}}},{text[1:]}'

    def diagnostic(self, finding: Finding, lines: Sequence[str]) -> types.Diagnostic:
        """A finding as a diagnostic, with lines counted as in `lines`."""
        return types.Diagnostic(
            range=self.encoding.to_range(finding.span, lines),
            message=finding.message,
            severity=types.DiagnosticSeverity(SEVERITIES.index(self.reporter.severity(finding)) + 1),
            code=finding.rule,
            code_description=types.CodeDescription(self.reporter.rules[finding.rule].url),
            source=SOURCE,
            related_information=self._related(finding),
        )

    def _related(self, finding: Finding) -> list[types.DiagnosticRelatedInformation] | None:
        root = self.root
        if root is None or not finding.related:
            return None
        return [
            types.DiagnosticRelatedInformation(
                types.Location((root / one.path).as_uri(), _start_of(one.line)), one.message
            )
            for one in finding.related
        ]


def _plain(related: types.DiagnosticRelatedInformation) -> dict[str, Any]:
    """What JSON says of a place; a converter takes much longer."""
    place = related.location.range.start
    start = {"line": place.line, "character": place.character}
    return {
        "location": {"uri": related.location.uri, "range": {"start": start, "end": start}},
        "message": related.message,
    }


def _start_of(line: int) -> types.Range:
    """The start of a line, which is the same in all units of columns."""
    return types.Range(types.Position(line, 0), types.Position(line, 0))
