"""What a report of a bug must say about a running server."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from backend_architect import __version__

if TYPE_CHECKING:
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.host import Host
    from backend_architect.lsp.server import BackendServer

COMMAND = "backend-architect.showInformation"

_LIBRARIES: Final = ("lsprotocol", "pygls", "sqlglot")


def information(server: BackendServer) -> str:
    """Versions, encoding, folders, and each open document with the settings and times that hold for it."""
    from importlib.metadata import version  # noqa: PLC0415 - not at the start

    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    return "\n".join(
        [
            f"backend-architect {__version__}",
            f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
            f"libraries {', '.join(libraries)}",
            f"position encoding {server.encoding}",
            *(f"folder {folder}" for folder in server.folders()),
            *(_line(document, server.host) for document in server.host.documents.values()),
        ]
    )


def _line(document: OpenDocument, host: Host) -> str:
    blocks = [block for _, block in document.analysis.document.blocks()]
    broken = sum(block.broken for block in blocks)
    reporter = document.reporter
    return (
        f"{document.uri} version {document.version}, {document.language}, {len(document.lines)} lines in "
        f"{len(blocks)} blocks of which {broken} cannot be read, {len(document.rules.rules)} rules, "
        f"dialect {reporter.settings.dialect_of(reporter.path)}, "
        f"{document.seconds * 1000:.1f} ms for the last analysis, "
        f"settings: {host.settings_file(document.uri) or 'defaults'}"
    )
