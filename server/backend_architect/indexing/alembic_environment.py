"""What an environment of Alembic says about its revisions: `alembic.ini`, `pyproject.toml` and `env.py`."""

from __future__ import annotations

import re
import tomllib
from configparser import Error, RawConfigParser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backend_architect.schema.alembic import Revision

SLUG_LENGTH: Final = 40
"""Of Alembic, where nothing else is said."""
_OTHERS: Final = re.compile(r"\s*(?!postgres)\w+(?:\+\w+)?://")
"""The address of a database that is none of PostgreSQL."""
_FOLDER: Final = "the folder of env.py"
_BATCHES: Final = re.compile(r"\brender_as_batch\s*=\s*True\b")


@dataclass(frozen=True, slots=True)
class Environment:
    """What is known of an environment."""

    file_template: str = ""
    """As `%` takes it; empty where nobody says one."""
    slug_length: int = SLUG_LENGTH
    is_postgres: bool = True
    has_transactions: bool = True
    """Whether `env.py` runs revisions in a transaction of Alembic, which `autocommit_block` ends."""


def environment_of(head: Revision, read: Callable[[str], str | None]) -> Environment:
    """The environment of a revision; `read` gives the text of a file of the project."""
    folders = [folder.as_posix() for folder in PurePosixPath(head.path).parents]
    options = next(filter(None, (_options(folder, head, read) for folder in folders)), dict[str, str]())
    homes = [options[_FOLDER]] if _FOLDER in options else folders
    program = next(filter(None, (read(_join(folder, "env.py")) for folder in homes)), "")
    url, length = options.get("sqlalchemy.url", ""), options.get("truncate_slug_length", "")
    batches = _BATCHES.search(program) is not None and not url.startswith("postgres")
    return Environment(
        options.get("file_template", ""),
        int(length) if length.isdigit() else SLUG_LENGTH,
        _OTHERS.match(url) is None and not batches,
        not program or "begin_transaction" in program,
    )


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _options(folder: str, head: Revision, read: Callable[[str], str | None]) -> Mapping[str, str]:
    """What the configuration in a folder says, if it is about the environment of a revision."""
    found: dict[str, str] = {}
    here = PurePosixPath(folder)
    for section in (*_sections(_join(folder, "alembic.ini"), read), _table(folder, read)):
        location = section.get("script_location", "")
        if location and _is_of(section, here, head):
            # What pyproject.toml says comes last, and has the last word (Alembic 1.16).
            found |= {**section, _FOLDER: _below(here, location).as_posix()}
    return found


def _sections(path: str, read: Callable[[str], str | None]) -> Iterator[Mapping[str, str]]:
    parser = RawConfigParser()
    with suppress(Error):
        parser.read_string(read(path) or "")
        for name in parser.sections():
            yield {key: value.replace("%%", "%") for key, value in parser.items(name)}


def _table(folder: str, read: Callable[[str], str | None]) -> Mapping[str, str]:
    """The table of Alembic in `pyproject.toml`."""
    with suppress(ValueError, AttributeError, TypeError):
        tables = tomllib.loads(read(_join(folder, "pyproject.toml")) or "")
        said = cast("dict[str, Any]", tables.get("tool", {}).get("alembic", {}))
        return {key: str(value).replace("%%", "%") for key, value in said.items()}
    return {}


def _is_of(options: Mapping[str, str], here: PurePosixPath, head: Revision) -> bool:
    """Whether a section is that of the environment in whose folders a revision lies."""
    versions = re.split(r"[^\w./%()-]+", options.get("version_locations", ""))
    locations = filter(None, (options["script_location"], *versions))
    return any(PurePosixPath(head.path).is_relative_to(_below(here, one)) for one in locations)


def _below(here: PurePosixPath, location: str) -> PurePosixPath:
    """The folder that a location names, which may be that of a package: `shop:migrations`."""
    return here / location.replace("%(here)s/", "").replace(":", "/").strip()
