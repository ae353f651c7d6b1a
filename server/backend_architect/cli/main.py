"""The command `backend-architect`; every subcommand is imported only when it is called."""

from __future__ import annotations

import io
import sys
import traceback
from importlib import import_module
from typing import Final, NoReturn

import click

from backend_architect import __version__

COMMANDS: Final = {
    "check": "Find what endangers data, security or uptime.",
    "fix": "Repair what check finds.",
    "explain": "Show what a rule looks for, why, and how to repair it.",
    "rules": "List all rules.",
    "schema": "Show the tables that the files of a project describe.",
    "indexes": "Advise the indexes that queries lack.",
    "snippets": "List all snippets.",
    "snippet": "Write a snippet for the project in the working directory.",
    "baseline": "Accept what is found today, and hear only of what is new.",
    "init": "Begin the settings of a project.",
    "settings-schema": "Write the JSON schema of the settings.",
    "server": "Start the language server on standard input and output.",
}
"""The subcommands, modules of this package, with the first sentences of their help."""

INTERRUPTED: Final = 130
"""What shells say about a command that was stopped by Ctrl-C."""


_EPILOG = """
\b
Examples:
  backend-architect check
  backend-architect fix --diff
  backend-architect explain http-call-without-timeout

\b
Exit codes:
  0  clean
  1  findings
  2  wrong use or crash
"""


class LazyGroup(click.Group):
    """A group whose help and completion do not import its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands, the everyday ones first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of a name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"backend_architect.cli.{cmd_name.replace('-', '_')}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Writes the commands and what they do."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="backend-architect", message="%(prog)s %(version)s")
def cli() -> None:
    """Finds what endangers the data, security or uptime of a Python backend, and repairs it."""


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # Source code may hold characters that the terminal does not have.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception:  # noqa: BLE001 - Python's own exit code for a crash, 1, means findings here
        traceback.print_exc()
        click.echo("This is a mistake in backend-architect; please report it with the lines above.", err=True)
        code = 2
    sys.exit(code)


if __name__ == "__main__":
    main()
