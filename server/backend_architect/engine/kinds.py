"""What a file is for, as far as its path tells: some rules do not apply to tests, migrations or scripts."""

from __future__ import annotations

import re
from functools import lru_cache

SUFFIXES = {".py": "python", ".sql": "sql"}
"""The languages of files, by the end of their names."""

_FOLDERS = {
    "tests": {"test", "tests", "testing", "test_utils", "testutils"},
    "migrations": {"migrations", "versions", "alembic", "south_migrations", "migrate"},
    "scripts": {"script", "scripts", "bin", "tools", "examples", "example", "docs"},
}
_NAMES = {
    "tests": re.compile(r"(test_.*|.*_tests?|tests?|conftest)\.\w+"),
    "migrations": re.compile(r"(?!)"),
    "scripts": re.compile(r"(setup|noxfile|tasks|fabfile|manage)\.py"),
}


@lru_cache(maxsize=4096)
def kinds_of(path: str) -> frozenset[str]:
    """Of tests, migrations and scripts, those that a file is; its folders are separated by slashes."""
    *folders, name = path.split("/")
    return frozenset(
        kind
        for kind, known in _FOLDERS.items()
        if not known.isdisjoint(folders) or _NAMES[kind].fullmatch(name)
    )
