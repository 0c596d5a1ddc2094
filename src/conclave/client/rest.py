"""A backend: every command of the REST API, signed and checked."""

import ssl as tls
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from conclave.client import address
from conclave.client.errors import NotConnected, OutcomeUnknown, of_answer
from conclave.clock import SystemClock

LIFE_S: Final = 3600
TIMEOUT_S: Final = 15.0


class Service:
    """One service; its commands are its methods."""

    def __init__(self, client: "Conclave", name: str) -> None:
        self._client = client
        self._name = name

    def __getattr__(self, command: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        path = f"{self._name}/{command}"
        _refuse_unknown(path)

        def call(**fields: Any) -> Awaitable[dict[str, Any]]:
            return self._client.call(path, fields)

        return call


class Conclave:
    """A client of the REST API, for one application.

    ``key`` signs as ``identifier``, an administrator of the application, and anew before the signature ends;
    ``usersig`` is used as it is. Services are attributes:
    ``await rest.room_engine_http_srv.get_room_info(RoomId="room-1")``.
    """

    def __init__(
        self,
        url: str,
        sdkappid: int,
        *,
        identifier: str = "administrator",
        key: str = "",
        usersig: str = "",
        ssl: tls.SSLContext | bool = True,
        timeout: float = TIMEOUT_S,
    ) -> None:
        if bool(key) == bool(usersig):
            raise ValueError("give either the key or a usersig")
        origin = address.origin(url)
        self._sdkappid = sdkappid
        self._identifier = identifier
        self._key = key
        self._usersig = usersig
        self._signed_s = 0
        # Reading the system's certificates is slow; plain HTTP needs none.
        verify = ssl if origin.startswith("https") else False
        self._http = httpx.AsyncClient(base_url=origin, verify=verify, timeout=timeout, trust_env=False)

    async def call(self, command: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call ``service/command``; return ``Response``, or the whole envelope where there is none.

        Raises ``Refused`` (nothing changed), ``NotConnected`` (not sent) or ``OutcomeUnknown`` (no answer, or 60008).
        """
        content = msgspec.json.encode(body or {})
        try:
            answer = await self._http.post(f"/v4/{command}", params=self._parameters(), content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotConnected(f"{command} was not sent: {error}") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"{command} was not answered: {error or type(error).__name__}") from error
        try:
            envelope = msgspec.json.decode(answer.content, type=dict[str, Any])
            code = int(envelope["ErrorCode"])
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise OutcomeUnknown(f"{command} was answered with HTTP {answer.status_code}: is that Conclave?") from error
        if code:
            raise of_answer(command, code, str(envelope.get("ErrorInfo", "")), str(envelope.get("RequestId", "")))
        payload: dict[str, Any] = envelope.get("Response", envelope)
        return payload

    def sign(self, user: str, seconds: int = LIFE_S) -> str:
        """Return a UserSig for anybody of the application, made with the key; for members' logins."""
        from conclave.api import usersig

        if not self._key:
            raise ValueError("this client was given a UserSig; only the key can sign")
        return usersig.make(self._sdkappid, self._key, user, now=SystemClock().now_ms() // 1000, expire=seconds)

    def _parameters(self) -> dict[str, str]:
        now_s = SystemClock().now_ms() // 1000
        if self._key and now_s > self._signed_s + LIFE_S // 2:
            self._usersig, self._signed_s = self.sign(self._identifier), now_s
        return {
            "sdkappid": str(self._sdkappid),
            "identifier": self._identifier,
            "usersig": self._usersig,
            "random": "1",
            "contenttype": "json",
        }

    def __getattr__(self, name: str) -> Service:
        if name.startswith("_"):
            raise AttributeError(name)
        return Service(self, name)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _refuse_unknown(path: str) -> None:
    from conclave.api import naming

    if path not in naming.callable_names():
        raise AttributeError(naming.unknown(path))
