"""How a fact becomes tellings: the declarations that the translators share."""

from collections.abc import Callable, Iterator
from typing import Any, Final, get_type_hints

import msgspec

from conclave.domain.facts import Fact
from conclave.realtime.hub import Audience
from conclave.store.events import EventRow


class Telling(msgspec.Struct, frozen=True):
    """An event for those in the room; ``only`` names the receivers, ``without`` those left out of all."""

    data: msgspec.Struct
    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """An event for accounts, wherever they are logged in; ``outside_only``: who is in the room is told there.

    ``without_device`` is not told: it knows already.
    """

    data: msgspec.Struct
    accounts: tuple[str, ...]
    outside_only: bool = False
    without_device: str = ""


Translator = Callable[[Any, EventRow, Audience], Iterator[Telling]]
Notifier = Callable[[Any, EventRow], Iterator[Notice]]
TOLD: Final[dict[type[Fact], Translator]] = {}
NOTICED: Final[dict[str, Notifier]] = {}
"""By the fact's name, so that a row which tells accounts nothing need not be read."""


def tells(translator: Translator) -> Translator:
    """Declare what those in a room are told of the fact that is the function's first argument."""
    TOLD[_fact_of(translator)] = translator
    return translator


def notifies(notifier: Notifier) -> Notifier:
    """Declare what accounts are told of the fact that is the function's first argument."""
    NOTICED[_fact_of(notifier).__name__] = notifier
    return notifier


def _fact_of(function: Callable[..., Any]) -> type[Fact]:
    fact: type[Fact] = next(iter(get_type_hints(function).values()))
    return fact
