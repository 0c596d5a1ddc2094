"""Everything that the member protocol declares, loaded."""

import importlib
import pkgutil
from types import ModuleType

from conclave.realtime import events, methods
from conclave.realtime.registry import METHODS, Method


def load() -> dict[str, Method]:
    """Import the modules that declare methods and events, so that all are declared; return ``METHODS``."""
    for package in (methods, events):
        _import_modules_of(package)
    return METHODS


def _import_modules_of(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
