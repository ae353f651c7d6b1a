"""Repairs by one key: fixes of findings, comments that silence one, and changes of what is at the cursor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from backend_architect.engine.findings import BuiltFix, Span
from backend_architect.fixes.ignoring import ignore_comment
from backend_architect.fixes.merging import compatible, edits_of
from backend_architect.lsp.documents import SOURCE, Found, OpenDocument
from backend_architect.lsp.remedies import with_changes
from backend_architect.lsp.workspace_edits import EditedFile, workspace_edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.lsp.server import BackendServer

FIX_ALL = f"source.fixAll.{SOURCE}"
REFACTORING = types.CodeActionKind.RefactorRewrite
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL, REFACTORING)


async def offered(server: BackendServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The actions for a range; their edits follow when one is chosen, if the client can wait for them."""
    document = server.host.current(params.text_document.uri)
    if document is None:
        return []
    only = params.context.only or None
    actions: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix.value, only):
        span = document.encoding.to_span(params.range, document.lines)
        actions += _quick_fixes(document, _pointed_at(document, span))
    if only and wanted(FIX_ALL, only) and any(_is_safe(one) for one in document.all_found()):
        data = {"uri": document.uri, "do": "fix-safe"}
        actions.append(types.CodeAction("Fix all that is safe to fix", FIX_ALL, data=data))
    if wanted(REFACTORING.value, only or known_kinds(server)):
        known = {action.title for action in actions}
        found = _refactorings(document, params.range.start.line)
        actions += [action for action in found if action.title not in known]
        server.host.projects.ask()  # what they wanted to know of the project is there the next time
    if resolves_edits(server):
        return actions
    return [await resolved(server, action) for action in actions]


def _pointed_at(document: OpenDocument, span: Span) -> list[Found]:
    """The findings at a place; for a mere cursor beside all of them, those on its line."""
    found = list(document.found(span))
    if found or (span.line, span.column) != (span.end_line, span.end_column):
        return found
    end = len(document.lines[span.line]) if span.line < len(document.lines) else 0
    return list(document.found(Span(span.line, 0, span.line, end)))


async def resolved(server: BackendServer, action: types.CodeAction) -> types.CodeAction:
    """An action with its edit; without one if the document has changed so that it does not apply any more."""
    data = cast("dict[str, Any]", action.data or {})
    document = server.host.current(data.get("uri", ""))
    if document is None:
        return action
    if data.get("do") == "remedy":
        remedies = (one.finding.remedy for one in document.all_found() if _is_meant(one, data))
        remedy = next(filter(None, remedies), None)
        return action if remedy is None else await with_changes(server, action, document, remedy)
    fixes = list((_refactoring if data.get("do") == "refactor" else _fixes)(document, data))
    if fixes:
        action.edit = _edit(server, document, fixes)
    return action


def _quick_fixes(document: OpenDocument, found: list[Found]) -> Iterator[types.CodeAction]:
    everywhere = [one.finding.rule for one in document.all_found() if one.finding.fix is not None]
    for one in found:
        fix = one.finding.fix
        remedy = one.finding.remedy
        if fix is not None:
            yield _action(document, one, "fix", _title(fix.title), preferred=True)
        elif remedy is not None:
            yield _action(document, one, "remedy", _title(remedy.title), preferred=True)
    for rule in dict.fromkeys(one.finding.rule for one in found):
        count = everywhere.count(rule)
        first = next(one for one in found if one.finding.rule == rule)
        if count > 1:
            yield _action(document, first, "fix-rule", f"Fix all {count} of {rule} in this file")
        yield _action(document, first, "ignore", f"Ignore {rule} on this line")


def _refactorings(document: OpenDocument, line: int) -> Iterator[types.CodeAction]:
    data = {"uri": document.uri, "do": "refactor", "line": line, "version": document.version}
    for number, (_, fix) in enumerate(document.analysis.refactorings(line)):
        title = _title(fix.title)
        yield types.CodeAction(title, REFACTORING, data={**data, "number": number, "title": title})


def _refactoring(document: OpenDocument, data: dict[str, Any]) -> Iterator[BuiltFix]:
    """What a refactoring does, if the text is still the one for which it was offered."""
    line = data.get("line")
    if document.version != data.get("version") or not isinstance(line, int):
        return
    for number, (start, fix) in enumerate(document.analysis.refactorings(line)):
        if number == data.get("number") and _title(fix.title) == data.get("title"):
            yield document.reporter.build(fix, start, document.lines)


def _title(title: str) -> str:
    """The title of a fix without the marks of Markdown, which menus do not know."""
    return title.replace("`", "")


def _action(
    document: OpenDocument, one: Found, do: str, title: str, *, preferred: bool = False
) -> types.CodeAction:
    span, finding = one.span, one.finding
    return types.CodeAction(
        title,
        types.CodeActionKind.QuickFix,
        [document.diagnostic(replace(finding, span=span), document.lines)],
        is_preferred=preferred or None,
        data={
            "uri": document.uri,
            "do": do,
            "rule": finding.rule,
            "span": [span.line, span.column, span.end_line, span.end_column],
        },
    )


def _fixes(document: OpenDocument, data: dict[str, Any]) -> Iterator[BuiltFix]:
    """What an action does, as of now."""
    for one in document.all_found():
        fix = one.finding.fix
        same_rule = one.finding.rule == data.get("rule")
        here = _is_meant(one, data)
        match data.get("do"):
            case "fix":
                applies = here
            case "fix-rule":
                applies = same_rule
            case "fix-safe":
                applies = _is_safe(one)
            case _:
                applies = False
        if fix is not None and applies:
            yield document.reporter.build(fix, one.start, document.lines)
        elif here and data.get("do") == "ignore":
            statement = document.statement(one)
            edit = ignore_comment(document.lines, one.span, one.finding.rule, document.language, statement)
            yield BuiltFix("", "safe", "", (edit,))


def safe_fixes(document: OpenDocument) -> Iterator[BuiltFix]:
    """The fixes of a document that are safe; some may touch others."""
    return _fixes(document, {"do": "fix-safe"})


def _is_meant(one: Found, data: dict[str, Any]) -> bool:
    """Whether a finding is that of an action."""
    return one.finding.rule == data.get("rule") and one.span == Span(*data.get("span", ()))


def _is_safe(one: Found) -> bool:
    return one.finding.fix is not None and one.finding.fix.safety == "safe"


def _edit(server: BackendServer, document: OpenDocument, fixes: list[BuiltFix]) -> types.WorkspaceEdit:
    chosen = [fixes[index] for index in compatible(fixes)]
    file = EditedFile(document.uri, document.version, document.lines, edits_of(chosen))
    return workspace_edit(server, [file])


def wanted(kind: str, only: Iterable[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for some kinds only wants this one: a kind holds those below it."""
    if only is None:
        return True
    names = [str(getattr(one, "value", one)) for one in only]
    return any(kind == name or kind.startswith(f"{name}.") or not name for name in names)


def known_kinds(server: BackendServer) -> list[types.CodeActionKind | str]:
    """The kinds of actions that a client says it knows."""
    text_document = server.client_capabilities.text_document
    action = text_document.code_action if text_document else None
    literal = action.code_action_literal_support if action else None
    return list(literal.code_action_kind.value_set) if literal else []


def resolves_edits(server: BackendServer) -> bool:
    """Whether a client can wait for the edits of an action until one is chosen."""
    text_document = server.client_capabilities.text_document
    action = text_document.code_action if text_document else None
    resolve = action.resolve_support if action else None
    return bool(action and action.data_support and resolve and "edit" in resolve.properties)
