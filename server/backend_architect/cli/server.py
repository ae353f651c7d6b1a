"""The command `server`."""

from __future__ import annotations

import gc
import logging
from pathlib import Path

import click

_LEVELS = ("debug", "info", "warning", "error")


_EPILOG = """
\b
Examples:
  backend-architect server
  backend-architect server --log-file server.log --log-level debug
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the log. [default: standard error]",
)
@click.option(
    "--log-level",
    type=click.Choice(_LEVELS),
    default="warning",
    show_default=True,
    help="The least serious messages to log.",
)
@click.option("--stdio", is_flag=True, expose_value=False, help="Accepted because many clients give it.")
def command(log_file: Path | None, log_level: str) -> None:
    """Start the language server on standard input and output.

    Editors start it; nothing but the Language Server Protocol is written to standard output.
    """
    try:
        logging.basicConfig(
            filename=log_file,
            level=log_level.upper(),
            encoding="utf-8" if log_file else None,
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
    except OSError as error:
        raise click.BadParameter(f"cannot be written: {error.strerror}", param_hint="--log-file") from error
    # Clients cancel requests that were answered meanwhile all the time, and pygls warns of each.
    logging.getLogger("pygls.protocol.json_rpc").setLevel(max(logging.ERROR, logging.getLogger().level))
    gc.disable()  # a collection is felt at the start and in the middle of typing; the host collects at rest
    # The other commands work without the protocol, and must not wait for it.
    from backend_architect.lsp.server import serve  # noqa: PLC0415

    serve()
