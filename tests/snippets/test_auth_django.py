"""What logs users in to a project of Django, running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.snippets.django_shop import run_django_checks

if TYPE_CHECKING:
    from pathlib import Path


def test_the_project_passes_its_tests(tmp_path: Path):
    run_django_checks(tmp_path, {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "shop.db")})
