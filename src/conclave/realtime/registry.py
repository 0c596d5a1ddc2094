"""One declaration per method and per event; dispatch, validation and the reference page are derived from it.

A method is one async function; its second parameter is the request, its return annotation the result. An event is the
Struct of its data.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeVar, get_type_hints

import msgspec

from conclave import errors
from conclave.api.decode import BodyDecoder
from conclave.errors import ErrorCode

Result = msgspec.Struct | None
Handler = Callable[[Any, Any], Awaitable[Result]]
Needs = Literal["nothing", "login", "room"]
E = TypeVar("E", bound=type[msgspec.Struct])

EVERY_METHOD: Final = (errors.REQUEST_INVALID, errors.TIMED_OUT, errors.TOO_MANY_FRAMES, errors.INTERNAL)
AFTER_LOGIN: Final = (
    errors.NOT_LOGGED_IN,
    errors.APPLICATION_DISABLED,
    errors.PLAN_EXPIRED,
    errors.OVERLOADED,
)


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A declared method; ``needs`` says what must have come before it."""

    name: str
    needs: Needs
    codes: tuple[ErrorCode, ...]
    example: dict[str, Any]
    handler: Handler
    params: type[msgspec.Struct]
    result: type[msgspec.Struct] | None
    decode: BodyDecoder[Any]

    @property
    def doc(self) -> str:
        """The function's docstring."""
        return (self.handler.__doc__ or "").strip()

    @property
    def every_code(self) -> tuple[ErrorCode, ...]:
        """The declared codes, and those that every method of its kind may answer."""
        general = EVERY_METHOD if self.needs == "nothing" else (*EVERY_METHOD, *AFTER_LOGIN)
        in_room = (errors.NOT_IN_ROOM,) if self.needs == "room" else ()
        return tuple(dict.fromkeys((*self.codes, *in_room, *general)))


class Event(msgspec.Struct, frozen=True):
    """A declared event: the Struct of its data, and who receives it, as a phrase."""

    name: str
    data: type[msgspec.Struct]
    receivers: str

    @property
    def doc(self) -> str:
        """The Struct's docstring."""
        return (self.data.__doc__ or "").strip()


METHODS: Final[dict[str, Method]] = {}
EVENTS: Final[dict[str, Event]] = {}
NAMES: Final[dict[type[msgspec.Struct], str]] = {}


def method(
    name: str, *, needs: Needs, example: dict[str, Any], codes: tuple[ErrorCode, ...] = ()
) -> Callable[[Handler], Handler]:
    """Declare the decorated function, of a ``Call`` and its parameters, as the method ``name``."""

    def declare(handler: Handler) -> Handler:
        if name in METHODS:
            raise ValueError(f"method {name} is declared twice")
        hints = get_type_hints(handler)
        result = hints["return"]
        METHODS[name] = Method(
            name=name,
            needs=needs,
            codes=codes,
            example=example,
            handler=handler,
            params=hints["params"],
            result=None if result is type(None) else result,
            decode=BodyDecoder(hints["params"], errors.REQUEST_INVALID),
        )
        return handler

    return declare


def event(name: str, *, receivers: str) -> Callable[[E], E]:
    """Declare the decorated Struct as the data of the event ``name``."""

    def declare(data: E) -> E:
        if name in EVENTS:
            raise ValueError(f"event {name} is declared twice")
        EVENTS[name] = Event(name, data, receivers)
        NAMES[data] = name
        return data

    return declare
