"""What a test needs of the machine; with CONCLAVE_TESTS_REQUIRE_ALL=1 a missing thing is a failure, not a skip."""

import importlib.util
import os
import shutil

import pytest

REQUIRE_ALL = os.environ.get("CONCLAVE_TESTS_REQUIRE_ALL") == "1"


def missing(what: str) -> None:
    """Skip the test for want of something, or fail it where everything is required."""
    if REQUIRE_ALL:
        pytest.fail(f"{what} is missing, and CONCLAVE_TESTS_REQUIRE_ALL=1 requires it")
    pytest.skip(f"{what} is missing")


def program(name: str) -> str:
    """Return the path of a program; skips or fails where it is not installed."""
    found = shutil.which(name)
    if found is None:
        missing(name)
    assert found is not None
    return found


def module(name: str) -> None:
    """Skip or fail where a Python module is not installed."""
    if importlib.util.find_spec(name) is None:
        missing(f"the Python module {name}")
