"""A member who believes what he is told: his picture of the room is the snapshot of his entry and the frames since."""

import itertools
import time
from collections.abc import Callable
from typing import Any, Final

from websockets.exceptions import ConnectionClosed

from tests.house import Caller
from tests.member import PATIENCE, Closed, Frame, Member, Refused
from tests.picture import Picture, without_profiles

devices = itertools.count()
OUT: Final = (-2101, 100004, 100005)


class Viewer:
    """One device of one user, in one room at most; ``now`` is the server's time in milliseconds."""

    def __init__(self, caller: Caller, user: str, now: int) -> None:
        self.caller = caller
        self.user = user
        self.device = f"device {next(devices)}"
        self.room: str | None = None
        self.known_room: str | None = None  # that of the picture: of a connection that was cut, perhaps
        self.picture = Picture(user)
        self.connect(now)

    def connect(self, now: int) -> None:
        """Log in, for the first time or anew."""
        self.member = Member(self.caller, self.user, deviceId=self.device)
        self.heard = now

    def vanish(self, known: int) -> None:
        """End the connection; only so many of the events that have come were heard."""
        while known and self.member.events:
            self.follow(self.member.events.popleft())
            known -= 1
        self.member.close()
        self.room = None

    def show_life(self, now: int, silence: int) -> None:
        """Send a ping, unless the last one is no longer ago than so many seconds; hear what was told before."""
        if now - self.heard > silence * 1000:
            self.member.call("ping")
            self.heard = now
            self._take_in()

    def _take_in(self) -> None:
        while self.member.events:
            self.follow(self.member.events.popleft())

    def act(self, deed: str, body: dict[str, Any]) -> Any:
        """Do something; return what a model can know of the result. Raises ``Refused``: then nothing has changed."""
        if deed == "reconnect":
            return None
        if deed == "enterRoom":
            self._stand(body["roomId"], self.member.call(deed, **body))
            return None
        if deed == "resume":
            return self._resume(body["roomId"])
        result = self.member.call(deed, **body)
        if deed == "exitRoom":
            self.room = self.known_room = None
        elif self.room is not None:
            self.picture.answered(body, result)
        return result or None

    def _resume(self, room_id: str) -> Frame:
        knows = self.picture.place if room_id == self.known_room else {"seq": 0}
        result = self.member.call("resume", roomId=room_id, **knows)
        if result["resumed"]:
            assert result["snapshot"] is None
            self.room = room_id
        else:
            self._stand(room_id, result["snapshot"])
        return {"resumed": result["resumed"]}

    def _stand(self, room_id: str, snapshot: Frame) -> None:
        self._take_in()  # what came before the answer is of an earlier stay
        self.room = self.known_room = room_id
        self.picture.start(snapshot)

    def follow(self, frame: Frame) -> None:
        """Take in one event."""
        if frame.get("roomId") != self.room or self.room is None:
            return
        self.picture.follow(frame)
        if frame["event"] in ("onKickedOutOfRoom", "onRoomDismissed"):
            self.room = self.known_room = None
        elif self.picture.is_promoted:
            self._read_requests()

    def _read_requests(self) -> None:
        """Read what waits for an answer: whoever became owner or administrator was not told of it."""
        self.picture.is_promoted = False
        try:
            self.picture.take_requests(self.member.call("getRequestList")["requestList"])
        except ConnectionClosed:
            return  # whoever receives next hears so
        except Refused as refused:
            if refused.code not in OUT:
                raise

    def until(self, done: Callable[[], bool]) -> None:
        """Take in events until something is so; raises ``TimeoutError`` or ``Closed``."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            events = self.member.events
            frame = events.popleft() if events else self.member.receive(max(deadline - time.monotonic(), 0.001))
            assert "event" in frame, frame
            self.follow(frame)

    def until_closed(self) -> None:
        """Expect the server to end the connection."""
        try:
            self.until(lambda: False)
        except Closed:
            return

    def check(self) -> None:
        """Compare the picture with a fresh snapshot; nothing may be under way."""
        snapshot = self.member.call("getRoomSnapshot")
        for part, seen in self.picture.parts().items():
            present = Picture.parts_of(snapshot)[part]
            assert without_profiles(seen) == without_profiles(present), f"{self.user} sees another {part}"
