"""Facts are kept, and whatever happens to the file nobody notices."""

from __future__ import annotations

import os
import pickle
import sqlite3
from typing import TYPE_CHECKING

from backend_architect.project import fact_store
from backend_architect.project.fact_store import FactStore
from backend_architect.project.facts import QueryFacts

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FACTS = QueryFacts(seeded=frozenset({"countries"}))


def key(store: FactStore, text: str) -> bytes:
    return store.key("queries", "shop/orders.py", "postgres", text)


def kept(folder: Path, *texts: str) -> None:
    store = FactStore(folder)
    for text in texts:
        store.put(key(store, text), FACTS)
    store.close()


def known(folder: Path, text: str) -> object:
    store = FactStore(folder)
    try:
        return store.get(key(store, text))
    finally:
        store.close()


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept(tmp_path / "new", "one")
    assert known(tmp_path / "new", "one") == FACTS
    assert known(tmp_path / "new", "two") is None


def test_path_dialect_and_kind_tell_facts_apart(tmp_path: Path) -> None:
    store = FactStore(tmp_path)
    keys = {
        store.key(kind, path, dialect, "x")
        for kind in ("declared", "queries")
        for path in ("a.py", "b.py")
        for dialect in ("postgres", "mysql")
    }
    store.close()
    assert len(keys) == 8


def test_another_program_has_facts_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, "one")
    monkeypatch.setattr(fact_store, "program", lambda: "another")
    assert known(tmp_path, "one") is None


def test_several_processes_may_write(tmp_path: Path) -> None:
    one, two = FactStore(tmp_path), FactStore(tmp_path)
    one.put(key(one, "one"), FACTS)
    two.put(key(two, "two"), FACTS)
    one.flush()
    two.flush()
    assert one.get(key(one, "two")) == two.get(key(two, "one")) == FACTS
    one.close()
    two.close()


def test_what_nobody_asks_for_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, "old", "used")
    with sqlite3.connect(tmp_path / "facts.sqlite3") as database:
        database.execute("UPDATE facts SET used = 1")
    database.close()
    store = FactStore(tmp_path)
    assert store.get(key(store, "used")) == FACTS
    store.flush()
    monkeypatch.setattr(fact_store, "_LARGEST", 4 * len(pickle.dumps(FACTS, pickle.HIGHEST_PROTOCOL)))
    for number in range(3):
        store.put(key(store, str(number)), FACTS)
    store.close()
    assert known(tmp_path, "old") is None
    assert [known(tmp_path, text) for text in ("used", "0", "1", "2")].count(FACTS) == 2


def test_a_file_that_is_no_database_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "facts.sqlite3").write_bytes(b"not a database at all, but long enough to be read" * 20)
    kept(tmp_path, "one")
    assert known(tmp_path, "one") == FACTS


def test_facts_of_others_are_not_taken(tmp_path: Path) -> None:
    kept(tmp_path, "one")
    with sqlite3.connect(tmp_path / "facts.sqlite3") as database:
        database.execute("UPDATE facts SET facts = ?", (pickle.dumps(os.system),))
    database.close()
    assert known(tmp_path, "one") is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file" / "below"):
        store = FactStore(folder)
        store.put(key(store, "one"), FACTS)
        store.flush()
        assert store.get(key(store, "one")) is None
        store.close()
