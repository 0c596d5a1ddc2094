"""Members: log in, enter, sit down, get up, leave."""

from tests.house import Caller
from tests.member import Member


def test_a_member_enters_sits_down_gets_up_and_leaves(caller: Caller) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=3)
    with Member(caller, "ann") as ann:
        assert ann.call("ping")["serverTime"] > 0
        snapshot = ann.enter()
        assert snapshot["roomInfo"]["roomId"] == "room-1"
        assert [user["userId"] for user in snapshot["members"]["list"]] == ["ann"]
        assert ann.call("takeSeat") == {"requestId": "", "seatIndex": 0}
        assert caller.seats() == ["ann", "", ""]
        assert ann.call("getRoomSnapshot")["seats"][0]["userId"] == "ann"
        ann.call("leaveSeat")
        assert caller.seats() == ["", "", ""]
        ann.call("exitRoom")
        assert caller.members() == {}
