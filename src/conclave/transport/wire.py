"""The bytes of one WebSocket, as the library ``websockets`` reads and writes them, without a connection.

No extension is offered: the window of permessage-deflate would cost more memory than all the rest of a connection.
"""

import logging
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from conclave.realtime.channel import FrameUnreadable
from conclave.realtime.connection import MISTAKE, POLICY
from conclave.realtime.frames import LARGEST, MAX_FRAME, NOT_JSON, TOO_BIG, Hostile

HEAD_BYTES: Final = 64 * 1024
MOST_FRUITLESS: Final = 256
CONTROL: Final = (Opcode.PING, Opcode.PONG, Opcode.CLOSE)

# What peers do wrong is told to them; the library would tell the log as well, with a traceback each time.
_silent: Final = logging.getLogger("conclave.websockets")
_silent.setLevel(logging.CRITICAL + 1)


class Wire(ServerProtocol):
    """A handshake, then frames; messages are put together from their fragments.

    The library answers what breaks the rules with a close frame at once. Here ``trouble`` is noted instead, nothing
    more is to be read, and whoever serves the connection says the reason before he closes.
    """

    def __init__(self) -> None:
        super().__init__(max_size=MAX_FRAME, logger=_silent)
        self.trouble: Exception | None = None
        self._head = 0
        self._message: bytearray | None = None
        self._is_text = False

    @property
    def is_new(self) -> bool:
        """Tell whether the handshake is still to come."""
        return self.state is State.CONNECTING

    @property
    def is_open(self) -> bool:
        """Tell whether frames may be sent: neither side has closed."""
        return self.state is State.OPEN

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is to be said: the peer has closed, or was turned away."""
        return self.eof_sent

    def fail(self, code: int, reason: str = "") -> None:
        """Note why nothing more can be read."""
        if code == MISTAKE:
            self.trouble = RuntimeError("the parser of frames failed")  # whoever reads logs it, with its cause
        elif code == TOO_BIG:
            self.trouble = Hostile(TOO_BIG, LARGEST)
        else:
            self.trouble = FrameUnreadable(reason)

    def read_head(self, data: memoryview) -> Request | None:
        """Take bytes of the handshake; return it when it is whole. What cannot become one is turned away."""
        self._head += len(data)
        self.receive_data(data)  # type: ignore[arg-type]  # it only goes to the end of a bytearray
        found = self.events_received()
        if not found:
            if self._head > HEAD_BYTES and not self.is_over:
                self.turn_away(431, f"a handshake is at most {HEAD_BYTES} bytes long")
            return None
        request = found[0]
        if len(found) > 1:
            self.trouble = FrameUnreadable("frames came before the handshake was answered")
        assert isinstance(request, Request)
        return request

    def turn_away(self, status: int, sentence: str) -> None:
        """Answer the handshake with an HTTP status, and end."""
        self.send_response(self.reject(status, f"{sentence}\n"))

    def read(self, data: memoryview) -> tuple[list[str | bytes], int]:
        """Take bytes; return the messages that are whole now, and how many frames ended none.

        More than ``MOST_FRUITLESS`` of these at once are trouble.
        """
        self.receive_data(data)  # type: ignore[arg-type]  # it only goes to the end of a bytearray
        messages: list[str | bytes] = []
        fruitless = 0
        for frame in self.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in CONTROL:
                fruitless += 1
                continue
            if self._message is None:
                self._is_text = frame.opcode is Opcode.TEXT
                self._message = bytearray()
            self._message += frame.data
            if not frame.fin:
                fruitless += 1
                continue
            content, self._message = self._message, None
            try:
                messages.append(content.decode() if self._is_text else bytes(content))
            except UnicodeDecodeError:
                self.fail(NOT_JSON, "a text that is not UTF-8")
                break
        if fruitless > MOST_FRUITLESS and not self.is_over:
            self.trouble = Hostile(POLICY, "too many pings and fragments at once")
        return messages, fruitless
