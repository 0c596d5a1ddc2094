"""A Redis that is not what it should be: whatever it answers, calls go on, and nothing secret is said of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from bench.ports import free_port

from conclave.shared.rates import SHA
from tests import redis
from tests.certificates import Authority
from tests.sharing import Node, sharing, steadily, until

pytestmark = pytest.mark.postgresql  # which alone has Redis beside it
# What is answered to SCRIPT LOAD, to the probe, to every later question, and to SUBSCRIBE.
GOOD: Final = {
    b"SCRIPT": b"+" + SHA.encode() + b"\r\n",
    b"EVALSHA": b":0\r\n",
    b"SUBSCRIBE": b"*3\r\n$9\r\nsubscribe\r\n$10\r\nconclave:0\r\n:1\r\n",
}
ANSWERS: Final = {
    "a text": b"+OK\r\n",
    "a string": b"$1\r\n0\r\n",
    "nothing": b"$-1\r\n",
    "a list": b"*2\r\n:0\r\n:0\r\n",
    "too great": b":3\r\n",
    "negative": b":-1\r\n",
    "enormous": b":999999999999999999999999\r\n",
    "no number": b":zero\r\n",
    "not the protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "nested without end": b"*1\r\n" * 100_000,
    "a string without end": b"$536870912\r\n" + b"x" * 100_000,
    "half an answer": b":",
    "a script that was killed": b"-ERR Error running script: Script killed by user with SCRIPT KILL...\r\n",
    "busy": b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
    "no memory": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "forgets at once": b"-NOSCRIPT No matching script. Please use EVAL.\r\n",
    "no right": b"-NOPERM this user has no permissions to run the 'evalsha' command\r\n",
    "moved": b"-MOVED 3999 127.0.0.1:6381\r\n",
    "the end": b"",
}


@contextlib.asynccontextmanager
async def hostile(answers: dict[bytes, bytes], later: bytes | None = None) -> AsyncIterator[int]:
    """A server on a port, which answers each command as told; ``later`` is for EVALSHA after the first of them."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        questions = 0
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while line := await reader.readline():
                words = []
                for _ in range(int(line[1:])):
                    length = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(length + 2))[:-2])
                answer = answers.get(words[0], b"+OK\r\n")
                if words[0] == b"EVALSHA":
                    questions += 1
                    answer = answer if later is None or questions == 1 else later
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield port
    finally:
        server.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_question_is_answered_with_the_node_counts_for_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        async with hostile(GOOD, ANSWERS[name]) as port, sharing(f"redis://127.0.0.1:{port}") as shared:
            node = Node(shared, rates={"default": 5}, total_rate=100)
            began = time.monotonic()
            assert await node.calls(7) == {0: 5, 60007: 2}
            assert time.monotonic() - began < 5

    steadily(main)
    assert "is away" in capsys.readouterr().out


@pytest.mark.parametrize("command", GOOD)
@pytest.mark.parametrize("name", ["a text", "a list", "not the protocol", "no right", "forgets at once", "the end"])
def test_a_redis_that_does_not_begin_well_is_never_used(command: bytes, name: str) -> None:
    async def main() -> None:
        answers = {**GOOD, command: ANSWERS[name]}
        async with hostile(answers) as port, sharing(f"redis://127.0.0.1:{port}", usable=False) as shared:
            for _ in range(20):
                assert not shared.is_usable
                await asyncio.sleep(0.01)
            assert await Node(shared, rates={"default": 5}).calls(7) == {0: 5, 60007: 2}

    steadily(main)


def test_what_goes_wrong_is_said_once_and_never_with_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    """Redis repeats the beginning of a command that it does not know."""
    echo = b"-ERR unknown command 'AUTH', with args beginning with: 'somebody' 'pass@word!'\r\n"

    async def main() -> None:
        async with hostile({b"AUTH": echo}) as port:
            url = f"redis://somebody:pass%40word!@127.0.0.1:{port}/3"
            async with sharing(url, usable=False) as shared:
                await asyncio.sleep(2.5)
                assert not shared.is_usable

    steadily(main)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1, lines
    assert "is away: unknown command 'AUTH'" in lines[0]
    assert "127.0.0.1" in lines[0]
    assert "pass" not in lines[0]


def test_a_password_opens_and_a_wrong_one_does_not() -> None:
    with redis.running(requirepass="s:e/c@r#e?t") as server:

        async def main() -> None:
            at = f"127.0.0.1:{server.port}/0"
            async with sharing(f"redis://:s%3Ae%2Fc%40r%23e%3Ft@{at}") as shared:
                assert shared.is_usable
            async with sharing(f"redis://:wrong@{at}", usable=False) as shared:
                await asyncio.sleep(0.3)
                assert not shared.is_usable

        steadily(main)


def test_a_user_with_the_rights_of_the_documentation_is_enough() -> None:
    page = (Path(__file__).parents[1] / "docs/redis.md").read_text()
    (rule,) = [line for line in page.splitlines() if line.startswith("ACL SETUSER conclave ")]
    with redis.running() as server:
        server.ask("ACL", "SETUSER", "conclave", *rule.replace("…", "word").split()[3:])

        async def main() -> None:
            async with sharing(f"redis://conclave:word@127.0.0.1:{server.port}/0") as shared:
                node = Node(shared, rates={"default": 5})
                assert await node.calls(6) == {0: 5, 60007: 1}
                assert shared.topics.tell("greeting")
                await asyncio.sleep(0.2)
                assert shared.is_usable

        steadily(main)


def test_tls_wants_a_certificate_of_a_known_authority_for_the_host(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    files = authority.issue("127.0.0.1")
    options = {
        "tls-cert-file": files["certificate"],
        "tls-key-file": files["key"],
        "tls-ca-cert-file": files["certificate"],
    }
    port = free_port()
    with redis.running(**options, **{"tls-port": str(port), "tls-auth-clients": "no"}):

        async def main() -> None:
            async with sharing(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.file}") as shared:
                assert await Node(shared, rates={"default": 5}).calls(6) == {0: 5, 60007: 1}
                assert shared.is_usable
            for url in (f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={other.file}", f"rediss://127.0.0.1:{port}"):
                async with sharing(url, usable=False) as shared:
                    await asyncio.sleep(0.3)
                    assert not shared.is_usable
            async with sharing(f"rediss://localhost:{port}/0?ssl_ca_certs={authority.file}", usable=False) as shared:
                await asyncio.sleep(0.3)
                assert not shared.is_usable

        steadily(main)


def test_a_redis_that_appears_later_is_taken_up() -> None:
    async def main() -> None:
        with redis.running() as server:
            server.stop()
            async with sharing(server.url, usable=False) as shared:
                assert await Node(shared, rates={"default": 5}).calls(6) == {0: 5, 60007: 1}
                server.start()
                await until(lambda: shared.is_usable)

    steadily(main)
