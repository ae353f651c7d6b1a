"""What programs ask through models, compared with the SQL that they equal."""

from __future__ import annotations

import pytest
from shaping import Programs, without_idle_order

ALCHEMY, LIBRARY = Programs("alchemy.py"), Programs("library.py")


@pytest.mark.parametrize("name", ALCHEMY.functions)
def test_what_sqlalchemy_asks(name: str):
    read = ALCHEMY.read(name)
    assert read
    assert ALCHEMY.shapes(*read) == ALCHEMY.shapes(ALCHEMY.said(name))


@pytest.mark.parametrize("name", LIBRARY.functions)
def test_what_django_asks(name: str):
    read = LIBRARY.read(name)
    assert read
    said = map(without_idle_order, LIBRARY.said(name).split(";"))
    assert LIBRARY.shapes(*read) == LIBRARY.shapes(*said)
