"""One declaration per command; everything else is derived from it.

Dispatch, validation, rate limits, OpenAPI, the reference pages and the command line read ``COMMANDS``. A command is
one async function; its parameter is the request, its return annotation the reply.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, get_type_hints

import msgspec

from conclave import errors
from conclave.api.decode import BodyDecoder
from conclave.errors import ErrorCode

Access = Literal["point", "read", "read_many", "write", "control"]
Handler = Callable[[Any, Any], Awaitable[Any]]
GENERAL_RATE: Final = 200


class Service(msgspec.Struct, frozen=True):
    """A service name, with the codes that its commands answer for a bad field and for an unexpected failure."""

    name: str
    summary: str
    parameter: ErrorCode
    failed: ErrorCode
    payload_under_response: bool
    """Conference commands put their payload under ``Response``, Chat commands at the top level."""


class Example(msgspec.Struct, frozen=True):
    """A request body that the reference shows, and that a test sends."""

    request: dict[str, Any]
    reply: dict[str, Any] | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A declared command."""

    service: Service
    name: str
    document: str
    access: Access
    large: Callable[[Any], bool] | None
    rate: int
    codes: tuple[ErrorCode, ...]
    example: Example
    aliases: tuple[str, ...]
    handler: Handler
    request: type[msgspec.Struct]
    reply: type[msgspec.Struct] | None
    decode: BodyDecoder[Any]
    path: str
    """``service/name``: how settings, logs and metrics call it."""

    @property
    def has_documented_rate(self) -> bool:
        """A rate of its own, which ``rates.default`` does not replace [G13]."""
        return self.rate != GENERAL_RATE

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]

    @property
    def every_code(self) -> tuple[ErrorCode, ...]:
        """The declared codes, and those that every command of the service may answer."""
        return tuple(dict.fromkeys((*self.codes, self.service.parameter, self.service.failed)))


SERVICES: Final[dict[str, Service]] = {}
COMMANDS: Final[dict[tuple[str, str], Command]] = {}


def service(
    name: str,
    summary: str,
    *,
    parameter: ErrorCode = errors.PARAMETER,
    failed: ErrorCode = errors.INTERNAL,
    payload_under_response: bool = True,
) -> Service:
    """Declare a service name."""
    declared = SERVICES[name] = Service(name, summary, parameter, failed, payload_under_response)
    return declared


def command(
    of: Service,
    *,
    document: str,
    access: Access,
    large: Callable[[Any], bool] | None = None,
    example: Example,
    codes: tuple[ErrorCode, ...] = (),
    rate: int = GENERAL_RATE,
    aliases: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as the command of its own name.

    ``document`` is the number of the public page, or ``"ours"``. ``access`` says how the function uses the store:
    ``point`` for few statements that need not agree, ``read`` for a snapshot of seldom more than 100 rows,
    ``read_many`` for more, ``write`` for changes. ``large`` tells that this request is one for ``read_many``
    after all, where that is known beforehand. A handler takes an ``Operation`` and its request; only
    ``control`` handlers, which steer the server and not its data, take the server's ``Clock`` instead.
    """

    def declare(handler: Handler) -> Handler:
        hints = get_type_hints(handler)
        reply = hints["return"]
        declared = Command(
            service=of,
            name=handler.__name__,
            document=document,
            access=access,
            large=large,
            rate=rate,
            codes=codes,
            example=example,
            aliases=aliases,
            handler=handler,
            request=hints["request"],
            reply=None if reply is type(None) else reply,
            decode=BodyDecoder(hints["request"], of.parameter),
            path=f"{of.name}/{handler.__name__}",
        )
        for name in (handler.__name__, *aliases):
            if (of.name, name) in COMMANDS:
                raise ValueError(f"{of.name}/{name} is declared twice")
            COMMANDS[of.name, name] = declared
        return handler

    return declare


def load() -> dict[tuple[str, str], Command]:
    """Import every service module, so that its commands are declared; return ``COMMANDS``."""
    from conclave.api import services

    for module in pkgutil.iter_modules(services.__path__):
        importlib.import_module(f"{services.__name__}.{module.name}")
    return COMMANDS
