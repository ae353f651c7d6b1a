"""Unpacks the Python and SQL of a source package: `python tests/corpus/fetch.py wagtail==8.0.1 FOLDER`.

Where the package lies, pip knows from its own configuration. `pip download` itself would build the package
to read its metadata, which takes minutes and compilers; this uses its finder and session, and stops there.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from pip._internal.commands import create_command

if TYPE_CHECKING:
    from pip._internal.commands.download import DownloadCommand
    from pip._internal.models.link import Link
    from pip._internal.network.session import PipSession

SUFFIXES = (".py", ".sql")
LARGEST = 1 << 28
"""Bytes of an archive that are still believed."""


def fetch(requirement: str, folder: Path) -> None:
    """Download a pinned source package, and write its sources below a folder."""
    name, version = requirement.split("==")
    command = cast("DownloadCommand", create_command("download"))
    options, _ = command.parse_args(["--no-deps", "--no-binary", ":all:", requirement])
    with command.main_context():
        session = command.get_default_session(options)
        candidates = command._build_package_finder(options, session).find_all_candidates(name)
        links = [one.link for one in candidates if str(one.version) == version and not one.link.is_wheel]
        if not links:
            sys.exit(f"{requirement}: pip finds no source package")
        with tempfile.TemporaryFile() as archive:
            _download(links[0], session, archive)
            _unpack(archive, folder)


def _download(link: Link, session: PipSession, into: IO[bytes]) -> None:
    response = session.get(link.url_without_fragment, stream=True)
    response.raise_for_status()
    digest = hashlib.new(link.hash_name or "sha256")
    for chunk in response.iter_content(1 << 20):
        digest.update(chunk)
        into.write(chunk)
        if into.tell() > LARGEST:
            sys.exit(f"{link.filename}: larger than {LARGEST} bytes")
    if link.hash is not None and digest.hexdigest() != link.hash:
        sys.exit(f"{link.filename}: not what the index says it is")
    into.seek(0)


def _unpack(archive: IO[bytes], folder: Path) -> None:
    """Write the files below the only folder of the archive."""
    with tarfile.open(fileobj=archive, mode="r|*") as members:
        for member in members:
            path = Path(*Path(member.name).parts[1:])
            if member.isfile() and path.suffix in SUFFIXES and ".." not in path.parts:
                content = members.extractfile(member)
                assert content is not None
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())


if __name__ == "__main__":
    fetch(sys.argv[1], Path(sys.argv[2]))
