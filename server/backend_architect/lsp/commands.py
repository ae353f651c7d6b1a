"""The commands that editors offer to people; each takes one object and answers with one.

| command | argument | answer |
| --- | --- | --- |
| `backend-architect.explain` | `{uri, position}` or `{rule}` | `{title, markdown, rules}`; null for nothing |
| `backend-architect.fixAll` | `{uri?, folder?, apply?}` | `{fixed, files, applied, edit}` |
| `backend-architect.checkWorkspace` | `{folder?}` | `{files, findings, severities, problems}` |
| `backend-architect.snippets` | `{uri, position}` | a list of `{label, title, for, documentation, ...}` |
| `backend-architect.snippet` | an element of that list | `{range, text, format, imports}` or `{applied}` |
| `backend-architect.createBaseline` | `{folder?, force?}` | `{written, file, message}` |

Folders are URIs; without one, all that are open are meant. What cannot be done is answered with an error
whose message is a sentence for people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from backend_architect.lsp import accepting, checking, explaining, fixing, snippet_commands

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend_architect.lsp.server import BackendServer

    Command = Callable[[BackendServer, dict[str, Any]], Awaitable[Any]]

COMMANDS: Final[dict[str, Command]] = {
    "backend-architect.explain": explaining.explain,
    "backend-architect.fixAll": fixing.fix_all,
    "backend-architect.checkWorkspace": checking.check_workspace,
    "backend-architect.snippets": snippet_commands.snippets,
    "backend-architect.snippet": snippet_commands.snippet,
    "backend-architect.createBaseline": accepting.create_baseline,
}


def add(server: BackendServer) -> None:
    """Let clients call all commands."""
    for name, command in COMMANDS.items():
        server.command(name)(_called(server, command))


def _called(server: BackendServer, command: Command) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: Any) -> Any:
        return await command(server, _object(arguments[0]) if arguments else {})

    return call


def _object(argument: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", argument) if isinstance(argument, dict) else {}
