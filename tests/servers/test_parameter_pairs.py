"""The stand-in for `sqlalchemy.text` in `tests/fixes/parameters` beside the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from sqlalchemy.dialects.postgresql import psycopg2
from tests.fixes.parameters.data import Pair, pairs
from tests.fixes.parameters.databases import Text
from tests.fixes.parameters.judge import ran
from tests.fixes.parameters.tokens import same_lists, told

if TYPE_CHECKING:
    from tests.fixes.parameters.tokens import Tokens

TEXTS = [pair for pair in pairs() if "text(" in pair.after]


def really_told(clause: Text, parameters: dict[str, Any] | None) -> Tokens:
    """What SQLAlchemy would give to psycopg2."""
    values = {**clause.values, **(parameters or {})}
    text = sqlalchemy.text(clause.text).bindparams(
        *(
            sqlalchemy.bindparam(name, value, expanding=name in clause.expanding)
            for name, value in values.items()
        )
    )
    compiled = text.compile(dialect=psycopg2.dialect(), compile_kwargs={"render_postcompile": True})
    return told("format", str(compiled), dict(compiled.params))


@pytest.mark.parametrize("pair", [pytest.param(pair, id=pair.name) for pair in TEXTS])
def test_text_binds_what_sqlalchemy_binds(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Tokens, Tokens]] = []
    faked = Text.told

    def both(clause: Text, parameters: dict[str, Any] | None) -> Tokens:
        tokens = faked(clause, parameters)
        seen.append((tokens, really_told(clause, parameters)))
        return tokens

    monkeypatch.setattr(Text, "told", both)
    for way in range(3):
        for line in pair.runs(way):
            assert not ran(pair.after, pair.driver, line).problem
    assert seen
    for fake, real in seen:
        assert same_lists(fake) == same_lists(real)
