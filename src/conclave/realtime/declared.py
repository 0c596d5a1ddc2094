"""Everything that the member protocol declares, loaded."""

import importlib
import pkgutil

from conclave.realtime import events as _events  # noqa: F401 - importing it declares them
from conclave.realtime import methods
from conclave.realtime.registry import METHODS, Method


def load() -> dict[str, Method]:
    """Import the modules that declare methods and events, so that all are declared; return ``METHODS``."""
    for module in pkgutil.iter_modules(methods.__path__):
        importlib.import_module(f"{methods.__name__}.{module.name}")
    return METHODS
