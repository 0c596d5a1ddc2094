"""Lists read from the first page to the last: a page must cost the same at both ends."""

import statistics
import time
from contextlib import closing
from http.client import HTTPConnection
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
    """What paging costs: the entries of the list, and the milliseconds of a page in the first and in the last tenth."""

    entries: int
    first: float
    last: float

    @property
    def growth(self) -> float:
        """How many times as long a page takes at the end."""
        return self.last / self.first


class Page(msgspec.Struct, frozen=True):
    """One page: how many entries, where it goes on (empty or 0 at the end), and how long it took."""

    entries: int
    next: Any
    seconds: float


LISTINGS: Final = (
    Listing("conclave/list_rooms", "rooms", {"Count": 100}, "Next", "Next", "RoomList"),
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


def read(server: Server, listing: Listing, round_: int) -> Cost:
    """Read a list to its end, then its first and its last pages again, in turns.

    The second time, each round asks for pages of another length: such pages the server does not remember.

    Raises ``Failed`` when a page is refused, or there are too few to tell.
    """
    with closing(connect(server.port, tls=server.tls)) as connection:

        def page(cursor: Any, less: int = 0) -> Page:
            return _page(connection, listing, cursor, less)

        entries = 0
        cursors: list[Any] = [None]
        while cursors == [None] or cursors[-1]:
            found = page(cursors[-1])
            entries += found.entries
            cursors.append(found.next)
        del cursors[-2:]  # the end, and the last page, which may not be full
        part = len(cursors) // TENTH
        if not part:
            raise Failed(f"{listing.command} has only {len(cursors)} full pages: too few to compare both ends")
        turns = [
            (page(first, round_ + 1).seconds, page(last, round_ + 1).seconds)
            for first, last in zip(cursors[:part], cursors[-part:], strict=True)
        ]
    first, last = (statistics.median(seconds) * 1000 for seconds in zip(*turns, strict=True))
    return Cost(entries, first, last)


def _page(connection: HTTPConnection, listing: Listing, cursor: Any, less: int) -> Page:
    body = {name: value - less if isinstance(value, int) else value for name, value in listing.body.items()}
    if cursor is not None:
        body[listing.cursor] = cursor
    call = Call.of(listing.command, body)
    began = time.perf_counter()
    answer = post(connection, call.target, call.body)
    seconds = time.perf_counter() - began
    envelope = msgspec.json.decode(answer)
    if envelope["ErrorCode"]:
        raise Failed(f"{listing.command} answered {envelope['ErrorCode']}: {envelope['ErrorInfo']}")
    content = envelope.get("Response", envelope)
    return Page(len(content[listing.entries]), content[listing.next], seconds)
