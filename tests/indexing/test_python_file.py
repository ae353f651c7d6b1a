"""How a file writes the things of libraries."""

from __future__ import annotations

import pytest

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.python_file import PythonFile

INDEX = "django.db.models.Index"


@pytest.mark.parametrize(
    ("text", "written", "after"),
    [
        ("from django.db import models\n", "models.Index", "from django.db import models\n"),
        ("from django.db.models import Index as I\n", "I", "from django.db.models import Index as I\n"),
        ("from django.db.models import *\n", "Index", "from django.db.models import *\n"),
        ("from django.contrib.gis.db import models as m\n", "m.Index", None),
        ("", "Index", "from django.db.models import Index\n"),
        ("Index = 1\n", INDEX, "import django.db.models\n\nIndex = 1\n"),
        ("from django.db.models import *\nIndex = 1\n", INDEX, None),
    ],
)
def test_a_thing_is_written_by_the_name_that_it_has_or_gets(text: str, written: str, after: str | None):
    file = PythonFile("models.py", text)
    assert file.name(INDEX) == written
    made = apply_edits(text, file.import_edits())
    compile(made, "models.py", "exec")
    assert after is None or made == after


def test_names_that_are_hidden_where_it_is_written_are_not_taken():
    file = PythonFile("models.py", "from django.db import models\n")
    assert file.name(INDEX, frozenset({"models"})) == "Index"
    with pytest.raises(UnwritableError, match="Index means something else"):
        file.name(INDEX, frozenset({"models", "Index", "django"}))
