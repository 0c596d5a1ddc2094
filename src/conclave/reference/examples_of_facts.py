"""One example of each fact that raises callbacks, from which the page of callbacks shows real bodies."""

from typing import Final

import msgspec

from conclave.domain import facts
from conclave.domain.facts import Fact, MemberSnapshot, RoomSnapshot, SeatSnapshot
from conclave.domain.operation import REST, SYSTEM
from conclave.store.events import EventRow

ROOM: Final = RoomSnapshot(
    name="Weekly",
    owner="ann",
    max_member_count=300,
    member_count=2,
    schedule_start=1_703_589_900,
    schedule_end=1_703_593_500,
    has_started=True,
    is_video_disabled=False,
    is_audio_disabled=False,
    is_message_disabled=True,
    is_screen_sharing_disabled=False,
    is_cloud_recording_disabled=False,
    custom_info="",
    is_seat_enabled=True,
    max_seat_count=16,
    take_seat_mode="ApplyToTake",
    is_password_enabled=False,
    created=1_703_580_000,
)
BOOKED: Final = msgspec.structs.replace(ROOM, has_started=False, member_count=0, is_message_disabled=False)


def _member(account: str, role: str = "Member", marks: tuple[int, ...] = ()) -> MemberSnapshot:
    return MemberSnapshot(account, account.title(), "", role, "", "", list(marks), account.startswith("robot"))


ANN: Final = _member("ann", "Owner")
BOB: Final = _member("bob", "Admin", (1000, 2001))
ROBOT: Final = _member("robot-1")
# Each with who did it.
FACTS: Final[tuple[tuple[Fact, str], ...]] = (
    (facts.RoomCreated(BOOKED, ["bob", "carl"]), "administrator"),
    (facts.RoomDestroyed(by_system=False, by_owner=False), "administrator"),
    (facts.RoomUpdated(ROOM, ["name", "is_message_disabled"]), "ann"),
    (facts.MemberEntered([BOB], member_count=2), "bob"),
    (facts.MemberLeft([BOB], "Kicked", "spam", member_count=1, by_server=True), "administrator"),
    (facts.SeatsChanged([SeatSnapshot(1, "bob", False, False, True)], ["bob"], [], [], ""), "ann"),
    (facts.OwnerChanged(ROOM, BOB, ANN), "administrator"),
    (facts.MemberUpdated(BOB, ["role"]), "ann"),
    (facts.MembersMarked([BOB]), "administrator"),
    (facts.MembersBanned(["dave"], until=1_703_600_000_000, reason="spam"), "administrator"),
    (facts.MembersUnbanned(["dave"]), "administrator"),
    (facts.RobotAdded([ROBOT], member_count=3), "administrator"),
    (facts.RobotRemoved([ROBOT], member_count=2), "administrator"),
    (facts.RoomStarted(ROOM), SYSTEM),
    (facts.RoomEnding(ROOM), SYSTEM),
)


def rows() -> list[EventRow]:
    """Return the examples as they would stand in the log."""
    return [
        EventRow(
            position=number,
            sdkappid=1_400_000_001,
            room_key=1,
            seq=number,
            room_id="weekly-1",
            kind=type(fact).__name__,
            at=1_703_590_000_123,
            operator=operator,
            platform="Unknown" if operator == SYSTEM else REST,
            client_ip="127.0.0.1",
            data=msgspec.json.encode(fact).decode(),
        )
        for number, (fact, operator) in enumerate(FACTS, 1)
    ]
