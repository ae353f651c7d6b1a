"""What a file is for, as far as its path tells: some rules do not apply to tests, migrations or scripts.

Generated code is told by its first comment: nobody repairs it by hand.
"""

from __future__ import annotations

import re
from functools import lru_cache

SUFFIXES = {".py": "python", ".sql": "sql"}
"""The languages of files, by the end of their names."""

_FOLDERS = {
    "tests": {"test", "tests", "testing", "test_utils", "testutils", "pytest"},
    "migrations": {"migrations", "versions", "alembic", "south_migrations", "migrate"},
    "examples": {"examples", "example", "docs", "doc", "samples", "tutorials"},
    "scripts": {"script", "scripts", "bin", "tools", "examples", "example", "docs"},
    "development": {"dev", "devel", "development", "devtools"},
}
_NAMES = {
    "tests": re.compile(r"(test_.*|.*_(tests?|testing)|tests?|testing|conftest)\.\w+"),
    "migrations": re.compile(r"(?!)"),
    "examples": re.compile(r"(?!)"),
    "scripts": re.compile(r"(setup|noxfile|tasks|fabfile|manage)\.py"),
    "development": re.compile(
        r"((settings|config)_)?(dev|devel|develop|development|local|localhost|debug|sandbox|ci)(_(settings|config))?\.py"
    ),
}

HEAD = 2048
"""How many bytes of a file are enough for `is_generated`."""

_GENERATED_NAMES = re.compile(r".*_pb2(_grpc)?\.py")
_FIRST_COMMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|(?:\#|--)[^\n]*(?:\n|$)|/\*.*?(?:\*/|$)|\"\"\".*?(?:\"\"\"|$)|'''.*?(?:'''|$))*",
    re.DOTALL,
)
_SAYS_GENERATED = re.compile(
    rb"(?<!\w)@generated(?![\w.])|\bDO NOT EDIT\b"
    rb"|(?i:(?<![@\w])generated\b.{0,300}?\bdo not (?:edit|modify|change)\b)",
    re.DOTALL,
)


def is_generated(name: str, head: bytes) -> bool:
    """Whether a file of this name that begins like this is the output of a program."""
    if _GENERATED_NAMES.fullmatch(name):
        return True
    comment = _FIRST_COMMENT.match(head)
    return comment is not None and _SAYS_GENERATED.search(comment[0]) is not None


@lru_cache(maxsize=4096)
def kinds_of(path: str) -> frozenset[str]:
    """The kinds of `_FOLDERS` that a file is of, by its path; its folders are separated by slashes."""
    *folders, name = path.split("/")
    return frozenset(
        kind
        for kind, known in _FOLDERS.items()
        if not known.isdisjoint(folders) or _NAMES[kind].fullmatch(name)
    )
