"""Telling the other nodes something at once: one channel, on which every message has a topic.

It is told once, to whoever listens at that moment. So nothing may rest on it: whoever tells a fact has written it to
the log before, and whoever listens looks by himself as well.
"""

import secrets
from collections.abc import Callable
from typing import Final

import structlog
from redis.asyncio.connection import Connection

from conclave.shared.address import number_of
from conclave.shared.line import Changed, Line, Trouble
from conclave.shared.questions import Questions

LOOK_SECONDS: Final = 1.0
LONGEST: Final = 8000
MOST_LISTENERS: Final = 2**31

Handler = Callable[[str], None]
log = structlog.get_logger()


class Topics(Line):
    """The connection that listens; telling goes with the questions."""

    def __init__(self, url: str, changed: Changed, questions: Questions) -> None:
        super().__init__(url, changed)
        self._questions = questions
        self._channel = f"conclave:{number_of(url)}"  # channels are common to all databases of a Redis
        self._name = secrets.token_hex(8)
        self._handlers: dict[str, Handler] = {}

    def on(self, topic: str, handler: Handler) -> None:
        """Call ``handler`` with the payload of what other nodes tell of ``topic``; what it raises is logged."""
        self._handlers[topic] = handler

    def tell(self, topic: str, payload: str = "") -> bool:
        """Tell the other nodes; ``False`` when there is no way to, and then nothing was told.

        ``True`` promises nothing: what was on its way may be lost with the connection. ``topic`` is one word;
        ``ValueError`` for a payload above 8000 bytes.
        """
        message = f"{self._name} {topic} {payload}"
        if len(payload.encode()) > LONGEST:
            raise ValueError(f"{topic}: a payload has at most {LONGEST} bytes")
        # Whoever listens learns at once that Redis has ended; whoever asks, when he asks.
        return self.is_usable and self._questions.tell(("PUBLISH", self._channel, message), MOST_LISTENERS)

    async def begin(self, connection: Connection) -> None:
        await connection.send_command("SUBSCRIBE", self._channel, check_health=False)
        if (answer := await connection.read_response()) != [b"subscribe", self._channel.encode(), 1]:
            raise Trouble(f"SUBSCRIBE was answered with {answer!r:.60}")

    async def serve(self, connection: Connection) -> None:
        """Listen. Silence is asked about, and a message that does not end is silence: it is not read for long."""
        is_asked = False
        while True:
            answer = await connection.read_response(timeout=LOOK_SECONDS)
            if answer is not None:
                is_asked = False
                self._hear(answer)
            elif is_asked:
                raise Trouble("whoever listens hears nothing any more")
            else:
                is_asked = True
                await connection.send_command("PING", check_health=False)

    def _hear(self, answer: object) -> None:
        match answer:
            case [b"message", bytes(), bytes(message)] if len(message) <= LONGEST + 256:
                name, _, rest = message.decode(errors="replace").partition(" ")
                topic, _, payload = rest.partition(" ")
            case _:
                return
        handler = self._handlers.get(topic)
        if name == self._name or handler is None:
            return
        try:
            handler(payload)
        except Exception as fault:  # noqa: BLE001 - anybody may write to a channel: it must not end what listens
            log.error("redis", trouble=f"what was told of {topic} could not be heard: {fault!r}")

    def lost(self) -> None:
        """Nobody waits here."""
