"""Modules of programs, run with the mappers that they are written for."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from django.apps import AppConfig, apps

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def imported(path: Path) -> ModuleType:
    """The module of a file, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"programs_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def installed(path: Path, label: str) -> ModuleType:
    """The module of a file with models of Django, which then know of each other."""
    config = AppConfig(label, imported(path))
    config.apps, apps.app_configs[label] = apps, config
    config.import_models()
    apps.clear_cache()
    return config.module
