"""Every snippet, rendered for every place, in projects with and without what it can build upon."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

from backend_architect.cli.repair import apply_edits
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import Snippet, Variant, load_snippets
from backend_architect.snippets.context import Surroundings, variables
from backend_architect.snippets.landmarks import FileFacts, Landmark
from backend_architect.snippets.rendering import Rendered, render

TEXTS = {
    "shop/main.py": (
        '"""The application."""\n\nfrom fastapi import FastAPI\n\nfrom shop import orders\n\n'
        "app = FastAPI()\n\napp.include_router(orders.router)\n"
    ),
    "shop/settings.py": (
        '"""Settings."""\n\nfrom pydantic_settings import BaseSettings\n\n\n'
        'class Settings(BaseSettings):\n    """All of them."""\n\n    name: str = "shop"\n'
    ),
}
"""The files that actions edit."""

LINES = {"shop/main.py": (6, 7), "shop/settings.py": (5, 8)}
"""Where in them the objects are made."""

FILES = {"code": "shop/example", "migrations": "shop/migrations/0002_example", "tests": "tests/test_example"}


def landmark(kind: str, name: str, style: str, module: str) -> Landmark:
    """An object in a module of its own."""
    path = f"{module.replace('.', '/')}.py"
    return Landmark(kind, name, style, *LINES.get(path, (10, 11)), 0, module, path)


def project(framework: str, session: str) -> tuple[Landmark, ...]:
    """All that snippets can build upon."""
    return (
        landmark("application", "app", framework, "shop.main"),
        landmark("session", "sessions", session, "shop.database"),
        landmark("settings", "settings", "", "shop.settings"),
        landmark("settings-class", "Settings", "", "shop.settings"),
        landmark("user", "User", "sqlalchemy", "shop.models"),
    )


@dataclass(frozen=True)
class Case:
    """A template in one project, at one place."""

    snippet: Snippet
    variant: Variant
    template: str
    path: str
    """Where the result stands."""
    rendered: Rendered

    @property
    def name(self) -> str:
        return f"{self.template}-{self.path}"


@cache
def cases() -> list[Case]:
    """All of them; texts that are the same, once."""
    found: dict[tuple[str, str], Case] = {}
    for snippet in load_snippets().values():
        for variant in snippet.variants:
            for one in _cases(snippet, variant):
                found.setdefault((one.template, one.rendered.marked), one)
    return list(found.values())


def _cases(snippet: Snippet, variant: Variant) -> list[Case]:
    made: list[Case] = []
    for where, file, around in _contexts(variant):
        known = variables(variant, where, file, around)
        if any(known[name.replace("-", "_")] is None for name in variant.requires):
            continue
        made.append(Case(snippet, variant, variant.template, around.path, render(variant.template, known)))
        if variant.action is not None and around.landmarks:
            changes = act(variant, variant.action, around, TEXTS.__getitem__)
            made += [
                Case(snippet, variant, one.path, one.path, Rendered(one.text)) for one in changes.creates
            ]
            made += [
                Case(snippet, variant, path, path, Rendered(apply_edits(TEXTS[path], edits)))
                for path, edits in changes.edits.items()
            ]
    return made


def _contexts(variant: Variant) -> list[tuple[str, FileFacts, Surroundings]]:
    suffix = ".sql" if variant.language == "sql" else ".py"
    routers = [(), (landmark("router", "router", variant.framework, ""),)]
    projects = [(), project(variant.framework, "sync"), project(variant.framework, "async")]
    tables = [((), ()), (("invoices",), ("id", "paid_at")), (("invoices", "orders"), ())]
    return [
        (
            where,
            FileFacts(landmarks=router, asynchronous=asynchronous, bare=where == "empty"),
            Surroundings(f"{FILES[kind]}{suffix}", "shop.example", landmarks, tables=names, columns=columns),
        )
        for where, kind, router, landmarks, (names, columns), asynchronous in product(
            variant.where, variant.files, routers, projects, tables, (False, True)
        )
    ]
