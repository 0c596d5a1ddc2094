"""Lists read from the first page to the last: a page must cost the same at both ends."""

import statistics
import time
from typing import Any, Final

import msgspec

from bench import commands
from bench.calls import Call
from bench.prepare import LARGE_ROOM
from bench.processes import Failed, Server, connect, post
from conclave.api import registry

TENTH: Final = 10


class Listing(msgspec.Struct, frozen=True):
    """A paged command: its body, where the cursor goes, where the next one comes from, and where the entries are."""

    command: str
    of: str
    body: dict[str, Any]
    cursor: str
    next: str
    entries: str

    @property
    def is_declared(self) -> bool:
        """Tell whether the server has the command."""
        service, _, name = self.command.partition("/")
        return (service, name) in registry.load()


class Cost(msgspec.Struct, frozen=True):
    """What paging cost: entries and pages read, and milliseconds of a page in the first and in the last tenth."""

    entries: int
    pages: int
    first: float
    last: float

    @property
    def growth(self) -> float:
        """How many times as long a page takes at the end."""
        return self.last / self.first


LISTINGS: Final = (
    Listing("conclave/list_rooms", "rooms", {"Limit": 100}, "Next", "Next", "RoomList"),
    Listing(f"{commands.GROUP}/get_appid_group_list", "rooms", {"Limit": 100}, "Next", "Next", "GroupIdList"),
    Listing(
        f"{commands.ROOM}/get_room_member_list",
        "members",
        {"RoomId": LARGE_ROOM, "Count": 100},
        "Next",
        "Next",
        "MemberList",
    ),
)


def read(server: Server, listing: Listing) -> Cost:
    """Read a list to its end; raises ``Failed`` when a page is refused, or there are too few to tell."""
    connection = connect(server.port, tls=server.tls)
    cursor: Any = None
    seconds: list[float] = []
    entries = 0
    while True:
        body = listing.body if cursor is None else {**listing.body, listing.cursor: cursor}
        call = Call.of(listing.command, body)
        began = time.perf_counter()
        answer = post(connection, call.target, call.body)
        seconds.append(time.perf_counter() - began)
        envelope = msgspec.json.decode(answer)
        if envelope["ErrorCode"]:
            raise Failed(f"{listing.command} answered {envelope['ErrorCode']}: {envelope['ErrorInfo']}")
        page = envelope.get("Response", envelope)
        entries += len(page[listing.entries])
        cursor = page[listing.next]
        if not cursor:
            break
    connection.close()
    part = len(seconds) // TENTH
    if not part:
        raise Failed(f"{listing.command} has only {len(seconds)} pages: too few to tell the first from the last")
    # The very first page pays for the connection, the very last one is not full.
    first, last = seconds[1 : part + 1], seconds[-part - 1 : -1]
    return Cost(entries, len(seconds), statistics.median(first) * 1000, statistics.median(last) * 1000)
