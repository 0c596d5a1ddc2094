"""The gateway: every call passes the same checks in the same order, and gets an envelope [G1].

``answer`` is the pipeline, one line per check. What the checks know stands in ``url``, ``gate``, ``usersig``,
``limits`` and ``decode``.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from conclave import errors
from conclave.api import envelope, registry
from conclave.api.failures import as_refusal
from conclave.api.gate import Gate
from conclave.api.limits import Tally, admit_among_nodes
from conclave.api.registry import Command
from conclave.api.url import MAX_NAME_SHOWN, parse_query, split_path
from conclave.clock import Clock, stopwatch_ns
from conclave.domain.directory import Directory
from conclave.domain.operation import REST, Operation
from conclave.errors import ErrorCode, Refusal
from conclave.log import AccessLine, Sink
from conclave.metrics import Meters
from conclave.store.engine import Engine
from conclave.store.statements import Transaction


class NoBody(msgspec.Struct, frozen=True, gc=False):
    """Why a body could not be read."""

    code: ErrorCode
    info: str


BODY_TOO_LARGE: Final = NoBody(errors.BAD_REQUEST, "the request body is larger than this server allows")
BODY_CUT_OFF: Final = NoBody(errors.BAD_REQUEST, "the request body ended before its Content-Length")
BODIES_TOO_MANY: Final = NoBody(errors.OVERLOADED, "too many request bodies are under way; try again later")
BODY_TOO_SLOW: Final = NoBody(errors.TIMED_OUT, "request format error: the body did not arrive in time")


class Request(msgspec.Struct, frozen=True, gc=False):
    """A call as the transport hands it over."""

    method: str
    path: str
    query: str
    client_ip: str
    body: bytes | NoBody


class Progress(msgspec.Struct):
    """How far a call came: what its log line and its failure tell."""

    request_id: str
    started: int
    client_ip: str
    command: Command | None = None
    sdkappid: int | None = None
    identifier: str = ""
    random: str = ""


class Gateway:
    """Answers every request to ``/v4/…``."""

    def __init__(
        self,
        engine: Engine,
        directory: Directory,
        clock: Clock,
        meters: Meters,
        sink: Sink,
        *,
        timeout: float,
        switched_off: frozenset[str] = frozenset(),
        tally: Tally | None = None,
    ) -> None:
        self._engine = engine
        self._directory = directory
        self._clock = clock
        self._meters = meters
        self._sink = sink
        self._timeout = timeout
        self._switched_off = switched_off
        self._tally = tally
        self._commands = registry.load()
        self._gates: dict[int, Gate] = {}

    async def answer(self, request: Request) -> bytes:
        """Return the body of the answer; it never raises."""
        progress = Progress(envelope.new_request_id(), stopwatch_ns(), request.client_ip)
        code = 0
        try:
            payload = await self._run(request, progress)
            assert progress.command is not None
            under_response = progress.command.service.payload_under_response
            body = envelope.success(progress.request_id, payload, under_response=under_response)
        except Exception as failure:  # noqa: BLE001 - whatever happened inside, the caller gets an envelope
            failed = errors.GATEWAY_FAILED if progress.command is None else progress.command.service.failed
            refusal = as_refusal(failure, failed, "request_id", progress.request_id)
            code = refusal.code.number
            body = envelope.failure(progress.request_id, refusal)
        self._record(progress, code)
        return body

    async def _run(self, request: Request, progress: Progress) -> Any:
        path, parameters = self._parse(request)
        command = progress.command = self._route(*path)
        now_ms = self._clock.now_ms()
        gate = self.gate(parameters.get("sdkappid"))
        progress.sdkappid = gate.application.sdkappid
        progress.random = parameters.get("random", "")
        gate.check_open(now_ms)
        gate.check_address(request.client_ip)
        self._check_contenttype(parameters)
        identifier, token = self._credentials(parameters)
        progress.identifier = identifier
        gate.check_caller(identifier, token, now_ms)
        if command.path in self._switched_off:
            raise Refusal(errors.COMMAND_DISABLED, f"{command.path} is switched off on this server")
        limits = gate.admit(command, self._clock.monotonic_ns())
        if self._tally is not None:
            await admit_among_nodes(limits, self._tally)
        assert isinstance(request.body, bytes)
        content = command.decode(request.body)
        return await self._execute(command, content, gate, identifier, request.client_ip)

    def _parse(self, request: Request) -> tuple[tuple[str, str], dict[str, str]]:
        if request.method != "POST":
            raise Refusal(errors.BAD_REQUEST, f"the method must be POST, not {request.method[:MAX_NAME_SHOWN]}")
        path, parameters = split_path(request.path), parse_query(request.query)
        if isinstance(request.body, NoBody):
            raise Refusal(request.body.code, request.body.info)
        return path, parameters

    def _route(self, service: str, name: str) -> Command:
        command = self._commands.get((service, name))
        if command is None:
            shown = f"{service[:MAX_NAME_SHOWN]}/{name[:MAX_NAME_SHOWN]}"
            raise Refusal(errors.UNKNOWN_COMMAND, f"there is no command {shown!r}")
        return command

    def gate(self, sdkappid: str | None) -> Gate:
        """Return the gate of an application; refuses with 60012 or 60006."""
        if sdkappid is None or sdkappid == "":
            raise Refusal(errors.SDKAPPID_MISSING, "the URL parameter sdkappid is absent")
        number = int(sdkappid) if sdkappid.isascii() and sdkappid.isdigit() and len(sdkappid) < 19 else None
        application = None if number is None else self._directory.get(number)
        if application is None:
            raise Refusal(errors.SDKAPPID_INVALID, f"sdkappid {sdkappid[:MAX_NAME_SHOWN]!r} names no application")
        gate = self._gates.get(application.sdkappid)
        if gate is None or gate.application is not application:
            gate = self._gates[application.sdkappid] = Gate(application, gate)
        return gate

    def _check_contenttype(self, parameters: Mapping[str, str]) -> None:
        if parameters.get("contenttype", "json") != "json":
            raise Refusal(errors.CONTENTTYPE_INVALID, "the URL parameter contenttype must be json")

    def _credentials(self, parameters: Mapping[str, str]) -> tuple[str, str]:
        identifier, token = parameters.get("identifier"), parameters.get("usersig")
        if not identifier or not token:
            raise Refusal(errors.CREDENTIALS_MISSING, "the URL parameters identifier and usersig are both needed")
        return identifier, token

    async def _execute(self, command: Command, content: Any, gate: Gate, identifier: str, client_ip: str) -> Any:
        if command.access == "control":
            return await command.handler(self._clock, content)

        async def operation(tx: Transaction) -> Any:
            return await command.handler(Operation(tx, gate.application, identifier, REST, client_ip), content)

        if command.access == "write":
            return await self._engine.write(operation, self._timeout)
        if command.access == "read_many" or (command.large and command.large(content)):
            return await self._engine.read_many(operation, self._timeout)
        if command.access == "point":
            return await self._engine.point(operation, self._timeout)
        return await self._engine.read(operation, self._timeout)

    def _record(self, progress: Progress, code: int) -> None:
        elapsed = stopwatch_ns() - progress.started
        name = "unknown" if progress.command is None else progress.command.path
        self._meters.count(name, code, elapsed)
        self._sink.access(
            AccessLine(
                self._clock.now_ms(),
                "call",
                progress.request_id,
                name,
                progress.sdkappid,
                progress.identifier[:MAX_NAME_SHOWN],
                progress.client_ip,
                code,
                elapsed // 1000 / 1000,
                progress.random[:MAX_NAME_SHOWN],
            )
        )
