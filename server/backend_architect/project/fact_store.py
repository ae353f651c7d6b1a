"""Facts of files, kept between runs under what they follow from: text, path, dialect and program."""

from __future__ import annotations

import hashlib
import logging
import pickle
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from backend_architect.knowledge.caching import load_own, program

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_LARGEST: Final = 64 << 20
"""Bytes of facts, beyond which those go that nobody has asked for the longest."""

_DAY: Final = 24 * 3600
"""Seconds; when facts were asked for need not be known more closely."""

_PATIENCE: Final = 1.0
"""Seconds to wait for another process that writes."""


class FactStore:
    """A small database in the user's folder for caches, which any number of processes may share.

    Whatever goes wrong with it, nothing is kept and nothing is known; no answer depends on it.
    """

    def __init__(self, folder: Path | None) -> None:
        """Opens the database of a folder, which is made if it is not there; with None nothing is kept."""
        self._program = hashlib.blake2b(repr(program()).encode(), digest_size=20).digest()
        self._new: dict[bytes, bytes] = {}
        self._used: set[bytes] = set()
        self._database: sqlite3.Connection | None = None
        if folder is None:
            return
        for _ in range(2):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._database = _opened(folder / "facts.sqlite3")
            except sqlite3.DatabaseError as error:
                log.info("the cache of facts is not used: %s", error)
                with suppress(OSError):
                    if not isinstance(error, sqlite3.OperationalError):
                        (folder / "facts.sqlite3").unlink()  # no database; the next try makes one
            except OSError as error:
                log.info("the cache of facts is not used: %s", error)
            else:
                return

    def key(self, kind: str, path: str, dialect: str, text: str) -> bytes:
        """What facts of a kind are known by."""
        digest = hashlib.blake2b(self._program, digest_size=20)
        for part in (kind, path, dialect, text):
            digest.update(part.encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        return digest.digest()

    def get(self, key: bytes) -> Any:
        """The facts of a key; None if they are not known."""
        if self._database is None:
            return None
        try:
            row = self._database.execute("SELECT facts FROM facts WHERE key = ?", (key,)).fetchone()
            facts = None if row is None else load_own(row[0])
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        except Exception:  # noqa: BLE001 - whatever is wrong with them, they are no use
            return None
        self._used.add(key)
        return facts

    def put(self, key: bytes, facts: object) -> None:
        """Keep facts, from the next `flush` on."""
        if self._database is not None:
            self._new[key] = pickle.dumps(facts, pickle.HIGHEST_PROTOCOL)

    def flush(self) -> None:
        """Write what is new in one step, and leave out what is too much."""
        database, now = self._database, int(time.time())
        if database is None or not (self._new or self._used):
            return
        try:
            with database:
                database.executemany(
                    "INSERT OR REPLACE INTO facts (key, facts, used) VALUES (?, ?, ?)",
                    [(key, facts, now) for key, facts in self._new.items()],
                )
                database.executemany(
                    "UPDATE facts SET used = ? WHERE key = ? AND used < ?",
                    [(now, key, now - _DAY) for key in self._used],
                )
                if self._new:
                    _shorten(database)
        except sqlite3.Error as error:
            self._give_up(error)
        self._new.clear()
        self._used.clear()

    def close(self) -> None:
        """Write what is new, and let go of the file."""
        self.flush()
        if self._database is not None:
            self._database.close()
            self._database = None

    def _give_up(self, error: sqlite3.Error) -> None:
        log.info("the cache of facts is not used any more: %s", error)
        self._new.clear()
        if self._database is not None:
            self._database.close()
            self._database = None


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=_PATIENCE)
    try:
        database.execute("CREATE TABLE IF NOT EXISTS facts (key BLOB PRIMARY KEY, facts BLOB, used INTEGER)")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _shorten(database: sqlite3.Connection) -> None:
    """Leave out what nobody has asked for the longest, down to half of what may be kept."""
    (size,) = database.execute("SELECT coalesce(sum(length(facts)), 0) FROM facts").fetchone()
    if size <= _LARGEST:
        return
    rows = database.execute("SELECT key, length(facts) FROM facts ORDER BY used, key").fetchall()
    gone: list[tuple[bytes]] = []
    for key, length in rows:
        if size <= _LARGEST // 2:
            break
        size -= length
        gone.append((key,))
    database.executemany("DELETE FROM facts WHERE key = ?", gone)
