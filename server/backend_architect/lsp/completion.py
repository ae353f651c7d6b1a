"""Snippets while somebody types, where they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from backend_architect.engine.findings import Span
from backend_architect.engine.settings import ALL
from backend_architect.engine.text import split_lines
from backend_architect.lsp.markup import markup, unwrapped
from backend_architect.snippets.landmarks import FileFacts, facts_of, together
from backend_architect.snippets.places import Spot, spot_in_python, spot_in_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer
    from backend_architect.snippets.cards import Snippet
    from backend_architect.snippets.offering import Offer

OPTIONS = types.CompletionOptions(
    resolve_provider=True, completion_item=types.ServerCompletionItemOptions(label_details_support=True)
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place at which a snippet may stand, and what the file says without the word that is being typed."""

    spot: Spot
    span: Span
    """The word before the cursor."""
    file: FileFacts
    heading: list[str]
    """The lines up to the first code, without that word."""
    alone: bool
    """Whether there is nothing else in the file."""


async def complete(server: BackendServer, params: types.CompletionParams) -> types.CompletionList:
    """The snippets that fit at a place."""
    nothing = types.CompletionList(is_incomplete=False, items=[])
    document = server.host.current(params.text_document.uri)
    chosen = document.reporter.settings.snippets if document is not None else frozenset[str]()
    cursor = cursor_at(document, params.position) if document is not None and chosen else None
    if document is None or cursor is None:
        return nothing
    # The first completion loads the cards and jinja2, so that the server need not do it at its start.
    from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415
    from backend_architect.snippets.offering import offers  # noqa: PLC0415

    around = await server.host.projects.survey(document)
    snippets = [one for one in load_snippets().values() if not chosen.isdisjoint({ALL, one.family})]
    found = offers(snippets, document.language, cursor.spot.where, cursor.file, around)
    shown = Shown(server)
    return types.CompletionList(
        is_incomplete=False, items=[shown.item(document, cursor, offer) for offer in found]
    )


def resolved(server: BackendServer, item: types.CompletionItem) -> types.CompletionItem:
    """An item with its documentation and the imports that it needs."""
    data = cast("dict[str, Any]", item.data or {})
    document = server.host.current(data.get("uri", ""))
    from backend_architect.snippets.cards import load_snippets  # noqa: PLC0415 - as above

    snippet = load_snippets().get(data.get("snippet", ""))
    if document is None or snippet is None:
        return item
    shown = Shown(server)
    item.documentation = shown.documentation(snippet, data["framework"], data["missing"])
    if item.additional_text_edits is None:
        item.additional_text_edits = imports(document, data["imports"], data["line"]) or None
    return item


def cursor_at(document: OpenDocument, position: types.Position) -> Cursor | None:
    """What is at a position; None where no snippet can stand."""
    lines = document.lines
    here = document.encoding.to_span(types.Range(position, position), lines)
    spot = _spot(document, here)
    if spot is None:
        return None
    line = lines[here.line] if here.line < len(lines) else ""
    rest = line[here.column :].rstrip("\r\n")
    span = Span(here.line, len(spot.indent), here.line, here.column + len(rest))
    parts = list(_parts(document, here.line)) if document.language == "python" else []
    file = together(parts)
    alone = not any(one.strip() for at, one in enumerate(lines) if at != here.line)
    return Cursor(spot, span, file, _heading(document, parts, here.line), alone)


def _heading(document: OpenDocument, parts: list[tuple[int, FileFacts]], line: int) -> list[str]:
    """The lines up to the first code; that of the cursor is empty."""
    end = next((start for start, facts in parts if not facts.heading), len(document.lines))
    heading = document.lines[:end]
    if line < len(heading):
        heading[line] = "\n"
    return heading


def _spot(document: OpenDocument, here: Span) -> Spot | None:
    if document.language == "sql":
        dialect = document.reporter.settings.dialect_of(document.reporter.path)
        return spot_in_sql("".join(document.lines), here.line, here.column, dialect)
    start, block, owner = document.analysis.standing(here.line)
    lines = split_lines(block.text) if block is not None else []
    return spot_in_python(lines, here.line - start, here.column, member=owner is not None)


def _parts(document: OpenDocument, line: int) -> Iterator[tuple[int, FileFacts]]:
    """What the blocks of a document say, that of a line without the line."""
    for start, block in document.analysis.document.blocks():
        if start <= line < start + block.height:
            lines = split_lines(block.text)
            lines[line - start] = "\n"
            yield start, facts_of("".join(lines))
        else:
            yield start, facts_of(block.text)


def imports(document: OpenDocument, statements: list[str], line: int) -> list[types.TextEdit]:
    """The edits that add what a snippet on a line needs at the top of the file."""
    from backend_architect.snippets.inserting import imports_above  # noqa: PLC0415 - as above

    heading = _heading(document, list(_parts(document, line)), line)
    edits = imports_above(heading, statements, line) if statements else []
    return [
        types.TextEdit(document.encoding.to_range(edit.span, document.lines), edit.text) for edit in edits
    ]


class Shown:
    """Completion items as a client shows them."""

    def __init__(self, server: BackendServer) -> None:
        text_document = server.client_capabilities.text_document
        completion = text_document.completion if text_document else None
        item = completion.completion_item if completion else None
        modes = item.insert_text_mode_support if item else None
        resolving = item.resolve_support if item else None
        self.snippets = bool(item and item.snippet_support)
        self.adjusts = bool(modes and types.InsertTextMode.AdjustIndentation in modes.value_set)
        self.details = bool(item and item.label_details_support)
        self.waits = bool(resolving and "additionalTextEdits" in resolving.properties)
        self.formats = (item.documentation_format if item else None) or ()

    def item(self, document: OpenDocument, cursor: Cursor, offer: Offer) -> types.CompletionItem:
        """An offer at a place."""
        from backend_architect.snippets.inserting import insertion  # noqa: PLC0415 - as above

        snippet, line = offer.snippet, cursor.span.line
        wanted = insertion(offer, cursor.heading, line, alone=cursor.alone)
        text = wanted.text if self.snippets or self.adjusts else wanted.text.indented(cursor.spot.indent)
        label = types.CompletionItemLabelDetails(description=offer.framework) if self.details else None
        mode = types.InsertTextMode.AdjustIndentation if self.adjusts else None
        form = types.InsertTextFormat.Snippet if self.snippets else types.InsertTextFormat.PlainText
        place = document.encoding.to_range(cursor.span, document.lines)
        return types.CompletionItem(
            label=offer.label,
            label_details=label,
            kind=types.CompletionItemKind.Snippet,
            detail=snippet.title if self.details else f"{snippet.title} ({offer.framework})",
            sort_text=f"~{offer.label}",
            filter_text=" ".join((offer.label, *snippet.prefix)),
            insert_text_format=form,
            insert_text_mode=mode,
            text_edit=types.TextEdit(place, text.snippet if self.snippets else text.plain),
            additional_text_edits=None if self.waits else imports(document, [*wanted.imports], line) or None,
            data={
                "uri": document.uri,
                "snippet": snippet.id,
                "framework": offer.variant.framework,
                "imports": list(wanted.imports),
                "missing": list(offer.missing),
                "line": line,
            },
        )

    def documentation(self, snippet: Snippet, framework: str, missing: list[str]) -> types.MarkupContent:
        """The card of a snippet, with what the project lacks in front."""
        variant = snippet.variant(framework)
        names = " and ".join(f"`{name}`" for name in missing)
        note = f"Needs {names}, which the project does not depend on yet.\n\n" if missing else ""
        checked = f"\n\nChecked with {variant.checked}." if variant is not None and variant.checked else ""
        return markup(f"{note}{unwrapped(snippet.body.strip())}{checked}", self.formats)
