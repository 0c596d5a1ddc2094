"""The backend that callbacks are sent to: a process of its own that can be told to misbehave, and remembers everything.

HTTP listeners that anybody may call, and one more for the test that steers it. What it does with a request is decided
by the first rule that fits; without one it answers properly.
"""

import asyncio
import contextlib
import re
import ssl
import time
from typing import Any, Final

import aiohttp
import msgspec
from aiohttp import web

from tests.receiver import Told

PROPER: Final = b'{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}'
Rule = dict[str, Any]


class _Desk:
    """The receiver's own side: what came, and by which rules it is answered."""

    def __init__(self) -> None:
        self.told: dict[str, list[Told]] = {}
        self.rules: list[Rule] = []
        self.sites: dict[int, web.TCPSite] = {}
        self.links: dict[int, tuple[int, int, asyncio.Transport]] = {}  # port, requests so far
        self.busy: set[int] = set()
        self.written = 0
        self.news = asyncio.Condition()
        self._names = 0

    def _link(self, request: web.Request) -> int:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        found = next((name for name, (_, _, each) in self.links.items() if each is transport), None)
        if found is None:
            self._names += 1
            found = self._names
            self.links = {name: each for name, each in self.links.items() if not each[2].is_closing()}
            self.links[found] = (transport.get_extra_info("sockname")[1], 0, transport)
        port, served, _ = self.links[found]
        self.links[found] = (port, served + 1, transport)
        return found

    def _rule(self, path: str, text: str, is_reused: bool) -> Rule:
        for rule in self.rules:
            about = re.search(r'"RoomId":"([^"]*)"', text)
            if rule["path"] not in ("", path) or rule["room"] not in ("", about[1] if about else ""):
                continue
            if rule["times"] == 0 or (rule["do"] == "abort reused" and not is_reused):
                continue
            if rule["times"] is not None:
                rule["times"] -= 1
            return rule
        return {"do": "answer"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Take a callback."""
        at, link, text = time.monotonic(), self._link(request), await request.text()
        self.busy.add(link)
        try:
            rule = self._rule(request.path, text, self.links[link][1] > 1)
            read = await self._read(rule, text) if "read" in rule else None
            query = request.raw_path.partition("?")[2]
            headers = {name.lower(): value for name, value in request.headers.items()}
            told = Told(at, link, request.path, query, headers, text, rule["do"], read)
            async with self.news:
                self.told.setdefault(request.path, []).append(told)
                self.news.notify_all()
            return await self._act(rule, request)
        finally:
            self.busy.discard(link)

    async def _read(self, rule: Rule, text: str) -> Any:
        """Ask the server about the room at once."""
        about = re.search(r'"RoomId":"([^"]*)"', text)
        assert about
        asked = msgspec.json.encode({"RoomId": about[1]})
        async with aiohttp.ClientSession() as session, session.post(rule["read"], data=asked) as answer:
            return await answer.json(content_type=None)

    async def _act(self, rule: Rule, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert isinstance(transport, asyncio.Transport)
        match rule["do"]:
            case "abort" | "abort reused":
                transport.abort()
            case "hang":
                await asyncio.sleep(rule.get("seconds", 30))
            case "slow":
                await asyncio.sleep(rule["seconds"])
            case "raw":
                transport.write(rule["text"].encode("latin-1"))
                transport.close()
            case "endless" | "drip":
                return await self._stream(rule, request)
        status, headers = rule.get("status", 200), rule.get("headers", {})
        body = bytes.fromhex(rule["hex"]) if "hex" in rule else rule.get("text", PROPER.decode()).encode()
        return web.Response(status=status, headers={"Content-Type": "application/json", **headers}, body=body)

    async def _stream(self, rule: Rule, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=rule.get("status", 200), headers={"Content-Type": "application/json"})
        with contextlib.suppress(ConnectionError):
            await answer.prepare(request)
            await answer.write(b'{"ActionStatus":"')
            if rule["do"] == "drip":
                for byte in PROPER * 10:
                    await asyncio.sleep(0.05)
                    await answer.write(bytes([byte]))
            while True:
                await answer.write(b"x" * 65_536)
                self.written += 65_536
        return answer


async def _rule(desk: _Desk, how: Rule) -> None:
    desk.rules.insert(0, how)


async def _forget(desk: _Desk, how: Rule) -> None:
    desk.rules = [rule for rule in desk.rules if rule["path"] != how["path"]]


async def _got(desk: _Desk, how: Rule) -> list[Told]:
    def found() -> list[Told]:
        if how["path"]:
            return desk.told.get(how["path"], [])
        return sorted((each for of in desk.told.values() for each in of), key=lambda each: each.at)

    async with desk.news:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(how["patience"]):
                await desk.news.wait_for(lambda: len(found()) >= how["least"])
    return found()


async def _deafen(desk: _Desk, how: Rule) -> None:
    await desk.sites.pop(how["port"]).stop()
    for port, _, transport in desk.links.values():
        if port == how["port"]:
            transport.abort()


async def _hang_up(desk: _Desk, __: Rule) -> None:
    for link, (_, _, transport) in desk.links.items():
        if link not in desk.busy:
            transport.close()


async def _written(desk: _Desk, _: Rule) -> int:
    return desk.written


_STEERED: Final = {
    "rule": _rule,
    "forget": _forget,
    "got": _got,
    "deafen": _deafen,
    "hang_up": _hang_up,
    "written": _written,
}


async def _main() -> None:
    desk = _Desk()
    receiving = web.Application(client_max_size=2**26)
    receiving.router.add_route("*", "/{path:.*}", desk.serve)
    runner = web.AppRunner(receiving, access_log=None, shutdown_timeout=0.1, keepalive_timeout=600)
    await runner.setup()

    async def listen(how: Rule) -> int:
        context = None
        if how.get("certificate"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(how["certificate"], how["key"])
        site = web.TCPSite(runner, "127.0.0.1", how["port"], ssl_context=context, reuse_address=True)
        await site.start()
        assert isinstance(site._server, asyncio.Server)
        found: int = site._server.sockets[0].getsockname()[1]
        desk.sites[found] = site
        return found

    async def steer(request: web.Request) -> web.Response:
        how = msgspec.json.decode(await request.read())
        what = request.match_info["what"]
        done = await (listen(how) if what == "listen" else _STEERED[what](desk, how))
        return web.Response(body=msgspec.json.encode(done))

    steering = web.Application(client_max_size=2**26)
    steering.router.add_post("/{what}", steer)
    control = web.AppRunner(steering, access_log=None)
    await control.setup()
    await web.TCPSite(control, "127.0.0.1", 0).start()
    print(control.addresses[0][1], await listen({"port": 0}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
