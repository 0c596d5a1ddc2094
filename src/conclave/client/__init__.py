"""The Python client: ``Conclave`` for backends (REST), ``Member`` for people in meetings (WebSocket). Async.

    async with Conclave("https://localhost:8443", 1400000001, key=KEY) as rest:
        await rest.room_engine_http_srv.create_room(RoomInfo={"RoomId": "room-1", "RoomType": "Conference"})

    async with await Member.connect("https://localhost:8443", 1400000001, "ann", make_usersig) as me:
        snapshot = await me.enterRoom("room-1")
        async for event in me.events():
            print(event.name, event.data)

What lives here: ``rest``; ``member`` (what one uses), ``session`` (staying connected), ``link`` (one WebSocket),
``progress`` (how far one has come in a room), ``waiting`` (events that nobody has read yet), ``backoff``, ``address``
and ``errors``. What may not: anything of the server's but the UserSig and the registry of commands.

Invariants of ``Member``:

- Every event of the room that one is in comes once, in its order, whatever becomes of connections; where the server no
  longer knows what was missed, ``onRoomSnapshot`` comes instead, with the room as it stands.
- A call is sent at most once. When the connection breaks before its answer, ``OutcomeUnknown`` says that it may have
  happened.
- Nothing grows without bound: not the events that wait to be read, not the pauses between attempts to connect.
"""

from conclave.client.errors import ClientError, Ended, NotConnected, OutcomeUnknown, Refused
from conclave.client.link import Event
from conclave.client.member import Member
from conclave.client.rest import Conclave

__all__ = [
    "ClientError",
    "Conclave",
    "Ended",
    "Event",
    "Member",
    "NotConnected",
    "OutcomeUnknown",
    "Refused",
]
