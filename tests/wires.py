"""A network namespace, and wires into it that can be cut: packets are lost, and nobody is told."""

import itertools
import os
import subprocess
from typing import Final, Self

import pytest

from tests import requirements

FORBIDDEN: Final = ("Operation not permitted", "Permission denied")
_numbers: Final = itertools.count(1)


class Wire:
    """A pair of virtual cards; ``here`` and ``there`` are the addresses of its ends."""

    def __init__(self, namespace: str, number: int) -> None:
        low = os.getpid() % 120 + 100
        self.network = f"10.{low}.{number % 250}.0/30"
        self.here, self.there = (f"10.{low}.{number % 250}.{end}" for end in (1, 2))
        self._card = f"cc{os.getpid()}n{number}"
        _ip("link", "add", self._card, "type", "veth", "peer", "name", f"eth{number}", "netns", namespace)
        for words, card, address in (
            ([], self._card, self.here),
            (["-n", namespace], f"eth{number}", self.there),
        ):
            _ip(*words, "addr", "add", f"{address}/30", "dev", card)
            _ip(*words, "link", "set", card, "up")

    def cut(self) -> None:
        _ip("link", "set", self._card, "down")

    def mend(self) -> None:
        _ip("link", "set", self._card, "up")


class Namespace:
    """A network of its own; processes are started in it with ``wrapper`` before their command."""

    def __init__(self) -> None:
        self.name = f"conclave{os.getpid()}n{next(_numbers)}"
        self.wrapper = ("ip", "netns", "exec", self.name)

    def __enter__(self) -> Self:
        requirements.program("ip")
        try:
            _ip("netns", "add", self.name)
            _ip("-n", self.name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError as failure:
            trouble = failure.stderr.decode().strip()
            if not any(word in trouble for word in FORBIDDEN):
                raise
            pytest.skip(
                f"the kernel forbids network namespaces here: {trouble}"
            )  # one that is stopped is tested anywhere
        return self

    def wire(self) -> Wire:
        """Lay a wire into it."""
        return Wire(self.name, next(_numbers))

    def __exit__(self, *_: object) -> None:
        _ip("netns", "delete", self.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
