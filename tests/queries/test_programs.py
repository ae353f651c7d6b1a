"""What programs ask through models, compared with the SQL that they equal."""

from __future__ import annotations

import pytest
from shaping import Programs

ALCHEMY = Programs("alchemy.py")


@pytest.mark.parametrize("name", ALCHEMY.functions)
def test_what_sqlalchemy_asks(name: str):
    read = ALCHEMY.read(name)
    assert read
    assert ALCHEMY.shapes(*read) == ALCHEMY.shapes(ALCHEMY.said(name))
