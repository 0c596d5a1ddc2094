"""How far one has come in a room: what the server must know to send the rest."""

from typing import Any, Final

DISMISSED: Final = "onRoomDismissed"
KICKED_OUT: Final = "onKickedOutOfRoom"


class Progress:
    """The room that one is in, and the number of the last event that came.

    One event may be told in several frames, which share its number: ``frames`` counts those of the last one, ``None``
    right after a snapshot, which holds the whole of its event.
    """

    def __init__(self) -> None:
        self.room = ""
        self.seq = 0
        self.frames: int | None = None

    def begin(self, room: str, seq: int) -> None:
        """Start from a snapshot."""
        self.room, self.seq, self.frames = room, seq, None

    def end(self) -> None:
        """Be in no room."""
        self.begin("", 0)

    def take(self, event: str, room: str, seq: int | None) -> None:
        """Count a frame; one that ends the stay ends it here, too."""
        if room != self.room or seq is None:
            return
        if event in (DISMISSED, KICKED_OUT):
            self.end()
        elif seq == self.seq and self.frames is not None:
            self.frames += 1
        elif seq > self.seq:
            self.seq, self.frames = seq, 1

    def resume(self) -> dict[str, Any]:
        """Return the parameters of ``resume``."""
        known = {"roomId": self.room, "seq": self.seq}
        return known if self.frames is None else {**known, "frames": self.frames}
