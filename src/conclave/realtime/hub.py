"""Who is where: which connection shows the sign of life for which membership, and who listens to which room.

Bookkeeping only: nothing here asks the database, waits, or refuses. Everything happens on the loop, between two awaits,
so that the books are never half-written.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from conclave.realtime.connection import Connection
from conclave.realtime.guesses import Guesses
from conclave.realtime.logging_in import AccountKey, LoggingIn
from conclave.realtime.recent import Recent
from conclave.realtime.shapes.seats import SeatInfo
from conclave.realtime.talk import Talk

RoomKey = tuple[int, int]
"""``(sdkappid, room_key)``: one life of a room."""


class Place(msgspec.Struct, eq=False):
    """A membership that this node answers for.

    ``since`` is the number of the last event that its connection knows already, ``entered`` that of the snapshot with
    which the device came in. A place without a connection is lost since ``lost_ns``, and ``moment`` is that of the last
    login by which it was held; it keeps its member inside until the grace ends [M9]. ``farewell`` is the reason that
    the connection is told when the log says that the member left.
    """

    room: RoomKey
    room_id: str
    account: str
    device: str
    since: int
    entered: int
    connection: Connection | None
    client_ip: str
    moment: int
    lost_ns: int = 0
    farewell: int | None = None


class Audience:
    """Those who listen to one room, what it was told lately, and its seats as of the last event."""

    def __init__(self, room_id: str, seq: int, seats: list[SeatInfo], recent: Recent) -> None:
        self.room_id = room_id
        self.seq = seq
        self.recent = recent
        self.is_stale = False
        """Events were missed: what is here is not true any more, but for the places."""
        self.seats = {seat.index: seat for seat in seats}
        self.places: dict[str, Place] = {}

    def seat_of(self, account: str) -> SeatInfo | None:
        """Return the seat that the account sits on."""
        return next((seat for seat in self.seats.values() if seat.userId == account), None)


class Hub:
    """The books of one node."""

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self.sessions: dict[AccountKey, dict[str, Connection]] = {}
        self.audiences: dict[RoomKey, Audience] = {}
        self.logging_in = LoggingIn()
        self.talk = Talk()
        self.guesses = Guesses()
        self._held: dict[Connection, Place] = {}
        self._devices: dict[tuple[int, str, str], Place] = {}
        self._arriving: Counter[tuple[int, str, str]] = Counter()

    @property
    def is_listening(self) -> bool:
        """Tell whether anybody may have to be told something."""
        return bool(self.sessions or self.audiences)

    def log_in(self, connection: Connection) -> Connection | None:
        """Enter a connection under its identity; return the one of the same device that it replaces [M1]."""
        identity = connection.identity
        assert identity is not None
        devices = self.sessions.setdefault((identity.sdkappid, identity.account), {})
        replaced = devices.get(identity.device)
        devices[identity.device] = connection
        return replaced if replaced is not connection else None

    def forget(self, connection: Connection, lost_ns: int) -> None:
        """Take a connection that ends out of the books; its membership is lost since ``lost_ns``."""
        self.connections.discard(connection)
        place = self._held.pop(connection, None)
        if place is not None:
            place.connection, place.lost_ns = None, lost_ns
            place.moment = place.moment if connection.identity is None else connection.identity.moment
        self.log_out(connection)

    def log_out(self, connection: Connection) -> None:
        """Take a connection out from under its identity."""
        identity = connection.identity
        if identity is None:
            return
        devices = self.sessions.get((identity.sdkappid, identity.account), {})
        if devices.get(identity.device) is connection:
            del devices[identity.device]
            if not devices:
                del self.sessions[identity.sdkappid, identity.account]

    def of_account(self, sdkappid: int, account: str) -> list[Connection]:
        """Return the account's connections."""
        return list(self.sessions.get((sdkappid, account), {}).values())

    def held_by(self, connection: Connection) -> Place | None:
        """Return the place for which the connection shows the sign of life."""
        return self._held.get(connection)

    def on_device(self, sdkappid: int, account: str, device: str) -> Place | None:
        """Return the place that a device holds, or held when it was lost."""
        return self._devices.get((sdkappid, account, device))

    def place(self, room: RoomKey, account: str) -> Place | None:
        """Return the account's place in a room."""
        audience = self.audiences.get(room)
        return None if audience is None else audience.places.get(account)

    def places(self) -> Iterator[Place]:
        """Yield every place."""
        for audience in self.audiences.values():
            yield from audience.places.values()

    def take(self, place: Place, audience: Audience) -> Place | None:
        """Enter a place; ``audience`` serves if its room has none that is true. Return the place that it replaces."""
        present = self.audiences.setdefault(place.room, audience)
        if present.is_stale:
            audience.places = present.places
            present = self.audiences[place.room] = audience
        places = present.places
        replaced = places.pop(place.account, None)
        if replaced is not None:
            self._release(replaced)
        places[place.account] = place
        if place.connection is not None:
            self._held[place.connection] = place
        self._devices[place.room[0], place.account, place.device] = place
        return replaced

    def lose_track(self) -> None:
        """Note that events were missed: whoever comes back to a room starts afresh there."""
        for audience in self.audiences.values():
            audience.is_stale = True

    def return_to(self, place: Place, connection: Connection) -> None:
        """Let a connection go on in a place that its device held: it knows all that the room was told."""
        place.connection, place.since = connection, self.audiences[place.room].seq
        self._held[connection] = place

    def vacate(self, place: Place) -> None:
        """Take a place out of the books: the membership is over."""
        self._release(place)
        audience = self.audiences[place.room]
        del audience.places[place.account]
        if not audience.places:
            del self.audiences[place.room]

    def _release(self, place: Place) -> None:
        device = (place.room[0], place.account, place.device)
        if self._devices.get(device) is place:
            del self._devices[device]
        if place.connection is not None and self._held.get(place.connection) is place:
            del self._held[place.connection]

    def arrive(self, sdkappid: int, room_id: str, account: str) -> None:
        """Note that somebody is about to enter, so that nobody ends his grace meanwhile."""
        self._arriving[sdkappid, room_id, account] += 1

    def arrived(self, sdkappid: int, room_id: str, account: str) -> None:
        """Note that the entry was answered, whatever came of it."""
        key = (sdkappid, room_id, account)
        self._arriving[key] -= 1
        if not self._arriving[key]:
            del self._arriving[key]

    def is_arriving(self, sdkappid: int, room_id: str, account: str) -> bool:
        """Tell whether somebody is about to enter."""
        return (sdkappid, room_id, account) in self._arriving
