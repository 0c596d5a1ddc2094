"""What the member protocol needs of a WebSocket; the transport provides it."""

from typing import Protocol


class ChannelEnded(Exception):  # noqa: N818 - a state, not a fault
    """The peer closed, or is gone."""


class FrameUnreadable(Exception):  # noqa: N818 - the peer's fault, not ours
    """The WebSocket ended within a frame: one that is not UTF-8, or larger than the transport reads, or cut off."""


class Channel(Protocol):
    """One accepted WebSocket."""

    @property
    def ends_with_certificate(self) -> bool:
        """Tell whether the WebSocket cannot live on when the server takes up another certificate."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next frame; raises ``ChannelEnded``, ``FrameUnreadable``, or ``Hostile`` with a code of its own.

        May be cancelled.
        """
        ...

    async def send(self, text: str) -> None:
        """Send a text frame, waiting for as long as the peer does not read; raises ``ChannelEnded``."""
        ...

    def close(self, code: int) -> None:
        """Close with a status code, as far as the transport can say one."""
        ...
