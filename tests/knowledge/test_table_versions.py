"""What tables say of some versions of a library only."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import pytest

from backend_architect.knowledge import entries, libraries
from backend_architect.knowledge.versions import ByVersion, Range, collected, is_versioned

FOLDER = Path(entries.__file__).with_name("tables")
NUMBERS = re.compile(r"\d+(\.\d+)*")


def read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def problems(contents: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the versions in files, by the name of the file and of the table."""
    found: list[str] = []
    by_path: defaultdict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for file, tables in contents.items():
        for table, groups in tables.items():
            for group in cast("list[dict[str, Any]]", groups if isinstance(groups, list) else []):
                where = f"{file}: {table}"
                found += [f"{where}: {problem}" for problem in _of_group(table, group)]
                for path in entries.words(group.get("calls", "")):
                    by_path[table, path].append((where, group))
    for (_, path), said in by_path.items():
        if any(is_versioned(group) for _, group in said):
            found += [
                f"{said[-1][0]}: {path}: {problem}" for problem in _of_path([group for _, group in said])
            ]
    return found


def _of_group(table: str, group: dict[str, Any]) -> list[str]:
    if not is_versioned(group):
        return ["a distribution without versions"] if "distribution" in group else []
    if table in entries.TYPED - {"timeouts"}:
        return ["this table knows no versions"]
    given = [str(group[name]) for name in ("since", "until") if name in group]
    if "version" in group:
        return [] if group["version"] == "unknown" and not given else ['only `version = "unknown"`, alone']
    bad = [f"{one!r} is no version" for one in given if not NUMBERS.fullmatch(one)]
    return bad or ([] if _since(group) in Range.of(group) else ["no version lies in it"])


def _of_path(groups: list[dict[str, Any]]) -> list[str]:
    if not all(map(is_versioned, groups)):
        return ["some groups say no versions"]
    if sum("version" in group for group in groups) > 1:
        return ["the unknown version twice"]
    ranged = [group for group in groups if "version" not in group]
    if any(
        not NUMBERS.fullmatch(str(group.get(name, "0"))) for group in ranged for name in ("since", "until")
    ):
        return []
    overlapping = [
        other for one in ranged for other in ranged if one is not other and _since(one) in Range.of(other)
    ]
    return ["versions overlap"] if overlapping else []


def _since(group: dict[str, Any]) -> tuple[int, ...]:
    return Range.of({"since": group.get("since", "0")}).since


def test_the_versions_in_all_files_are_sound() -> None:
    assert problems({file.name: read(file) for file in FOLDER.glob("*.toml")}) == []


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ([{"calls": "a.b"}, {"calls": "a.b", "since": "2"}], "a.toml: t: a.b: some groups say no versions"),
        (
            [{"calls": "a.b", "since": "2"}, {"calls": "a.b", "until": "2.1"}],
            "a.toml: t: a.b: versions overlap",
        ),
        (
            [{"calls": "a.b", "since": "2"}, {"calls": "a.b", "since": "2.0"}],
            "a.toml: t: a.b: versions overlap",
        ),
        ([{"calls": "a.b", "since": "2.x"}], "a.toml: t: '2.x' is no version"),
        ([{"calls": "a.b", "since": "2", "until": "1.9"}], "a.toml: t: no version lies in it"),
        ([{"calls": "a.b", "version": "old"}], 'a.toml: t: only `version = "unknown"`, alone'),
        ([{"calls": "a.b", "distribution": "ab"}], "a.toml: t: a distribution without versions"),
        ([{"calls": "a.b", "version": "unknown"}] * 2, "a.toml: t: a.b: the unknown version twice"),
    ],
)
def test_what_is_wrong_is_told(groups: list[dict[str, Any]], problem: str) -> None:
    assert problem in problems({"a.toml": {"t": groups}})


def test_typed_tables_without_versions_say_so() -> None:
    assert problems({"a.toml": {"sinks": [{"calls": "a.b", "since": "2"}]}}) == [
        "a.toml: sinks: this table knows no versions"
    ]


@pytest.mark.parametrize(
    ("release", "holds"),
    [((2,), True), ((2, 0, 0), True), ((1, 9, 9), False), ((8,), False), ((7, 99), True), ((), False)],
)
def test_ranges_are_half_open(release: tuple[int, ...], holds: bool) -> None:
    assert (release in Range.of({"since": "2.0", "until": "8.0"})) is holds


def entry_of(*groups: dict[str, Any], path: str = "yaml.load") -> ByVersion[str]:
    said = [(path, group, group["is"]) for group in groups]
    found = collected(said, lambda module: f"py{module}")[path]
    assert isinstance(found, ByVersion)
    return cast("ByVersion[str]", found)


def test_an_unknown_version_is_the_newest_unless_the_table_says_more() -> None:
    old, new, nobody = (
        {"until": "6", "is": "old"},
        {"since": "6", "is": "new"},
        {"version": "unknown", "is": "?"},
    )
    assert entry_of(old, new).under(lambda _: None) == "new"
    assert entry_of(old).under(lambda _: None) is None
    assert entry_of(old, nobody, new).under(lambda _: None) == "?"
    assert entry_of(old, nobody).under({"pyyaml": (5, 4)}.get) == "old"
    assert entry_of(old, nobody).under({"pyyaml": (6,)}.get) is None


def test_the_distribution_is_that_of_the_module_or_named() -> None:
    assert entry_of({"since": "1", "is": ""}).distribution == "pyyaml"
    assert entry_of({"since": "1", "is": "", "distribution": "ruamel"}).distribution == "ruamel"
    assert entry_of({"since": "3", "is": ""}, path="tarfile.open").distribution == "python"


def test_who_knows_no_version_may_ask_without() -> None:
    assert libraries.timeout("requests.get") == libraries.timeout("requests.get", lambda _: (1, 0))
