"""Chat groups over REST: all of an application, and the end of one."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.groups import (
    DESTROY,
    IMPOSSIBLE_IDS,
    INFO,
    JOINED,
    LIST,
    MEMBERS,
    OLD_NAMES,
    TYPES,
    create,
    info,
    listed,
    people,
)
from tests.house import ROOMS, Caller, Server

# Disbanding.


@pytest.mark.parametrize("group_type", TYPES)
def test_a_disbanded_group_is_gone_and_its_id_free(caller: Caller, group_type: str) -> None:
    caller.import_accounts("ann")
    group_id = create(caller, Type=group_type, Owner_Account="ann")
    envelope = caller.ok(DESTROY, {"GroupId": group_id})
    assert envelope.keys() == {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"}
    caller.refused(10010, DESTROY, {"GroupId": group_id})
    caller.refused(10010, MEMBERS, {"GroupId": group_id, "Next": ""})
    assert caller.ok(LIST)["TotalCount"] == 0
    body = {"Member_Account": "ann", "WithNoActiveGroups": 1}
    assert caller.ok(JOINED, body)["TotalCount"] == 0


def test_a_custom_id_may_be_used_again(caller: Caller) -> None:
    caller.import_accounts("ann")
    create(caller, "again", Owner_Account="ann")
    caller.ok(DESTROY, {"GroupId": "again"})
    create(caller, "again")
    assert info(caller, "again")["MemberNum"] == 0


def test_the_group_of_a_room_is_not_disbanded(caller: Caller) -> None:
    caller.create_room(RoomName="stays")
    caller.refused(10007, DESTROY, {"GroupId": "room-1"})
    assert caller.room()["RoomName"] == info(caller, "room-1")["Name"] == "stays"


@pytest.mark.parametrize("command", [DESTROY, MEMBERS])
def test_commands_on_a_group_check_its_id(caller: Caller, command: str) -> None:
    for absent in ({}, {"GroupId": None}, {"GroupId": 5}, {"GroupId": ["x"]}):
        assert "GroupId" in caller.refused(10004, command, absent)
    for impossible in IMPOSSIBLE_IDS:
        assert "invalid group id" in caller.refused(10015, command, {"GroupId": impossible})
    caller.refused(10010, command, {"GroupId": "nowhere"})


# All groups of an application.


def test_the_sample_call_of_the_documentation(caller: Caller) -> None:
    first, second = create(caller), create(caller)
    create(caller)
    answer = caller.http.post(f"/v4/{LIST}", params=caller.parameters(), content=b'{\n"Limit": 2\n}')
    assert answer.status_code == 200
    for name, value in {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "X-Requested-With",
        "access-control-allow-methods": "POST",
    }.items():
        assert answer.headers[name] == value
    envelope = msgspec.json.decode(answer.content)
    assert re.fullmatch(r"Id-[0-9a-f]{32}-O-Seq-[0-9]+", envelope.pop("RequestId"))
    assert isinstance(envelope.pop("Next"), int)
    assert envelope == {
        "ActionStatus": "OK",
        "ErrorCode": 0,
        "ErrorInfo": "",
        "GroupIdList": [{"GroupId": first}, {"GroupId": second}],
        "TotalCount": 3,
    }


def test_an_application_without_groups_has_an_empty_list(caller: Caller) -> None:
    answer = caller.ok(LIST, {"Limit": None, "Next": None, "GroupType": None})
    assert (answer["GroupIdList"], answer["TotalCount"], answer["Next"]) == ([], 0, 0)


def pages(caller: Caller, size: int, between: Callable[[int], None] = lambda _page: None, **body: Any) -> list[str]:
    """All ids, page by page; ``between`` runs after each page."""
    found: list[str] = []
    after, page = 0, 0
    while True:
        answer = caller.ok(LIST, {"Limit": size, "Next": after, **body})
        assert len(answer["GroupIdList"]) <= size
        found += [group["GroupId"] for group in answer["GroupIdList"]]
        after, page = answer["Next"], page + 1
        if not after:
            return found
        between(page)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 10_000])
def test_groups_are_paged_in_the_order_of_their_creation(caller: Caller, size: int) -> None:
    made = []
    for number in range(5):
        made.append(create(caller, Type="Meeting"))
        caller.create_room(f"room-{number}")
        made.append(f"room-{number}")
    assert pages(caller, size) == made
    assert pages(caller, size, GroupType="ChatRoom") == made
    assert (caller.ok(LIST, {"Limit": size})["Next"] == 0) == (size >= 10)


def test_paging_goes_on_while_groups_come_and_go(caller: Caller) -> None:
    made = [create(caller) for _ in range(6)]

    def change(page: int) -> None:
        if page == 1:  # the last one seen, one to come, and a new one
            caller.ok(DESTROY, {"GroupId": made[1]})
            caller.ok(DESTROY, {"GroupId": made[3]})
            made.append(create(caller))

    assert pages(caller, 2, change) == [*made[:3], *made[4:]]


def test_groups_are_listed_and_counted_by_type(caller: Caller) -> None:
    made = {name: [create(caller, Type=name) for _ in range(place)] for place, name in enumerate(TYPES, start=1)}
    caller.create_room()
    made["ChatRoom"].append("room-1")
    for field in ("GroupType", "Type"):
        for name, stored in OLD_NAMES.items():
            answer = caller.ok(LIST, {field: name, "Limit": 1})
            assert answer["TotalCount"] == len(made[stored])
            assert listed(caller, **{field: name}) == made[stored]
    answer = caller.ok(LIST, {"GroupType": "BChatRoom"})
    assert (answer["GroupIdList"], answer["TotalCount"], answer["Next"]) == ([], 0, 0)
    assert listed(caller, GroupType="Public", Type="Private") == made["Public"]
    assert caller.ok(LIST)["TotalCount"] == 16
    caller.ok(DESTROY, {"GroupId": made["Public"].pop()})
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert caller.ok(LIST)["TotalCount"] == 14
    assert caller.ok(LIST, {"GroupType": "Public"})["TotalCount"] == len(made["Public"])
    assert caller.ok(LIST, {"GroupType": "ChatRoom"})["TotalCount"] == 3


@pytest.mark.parametrize(
    "body",
    [
        {"Limit": 0},
        {"Limit": -1},
        {"Limit": 10_001},
        {"Limit": "2"},
        {"Limit": 2.0},
        {"Limit": True},
        {"Next": -1},
        {"Next": "0"},
        {"Next": 2**64},
        {"GroupType": "Meetings"},
        {"GroupType": 3},
        {"Type": "public"},
    ],
)
def test_bad_fields_of_the_list_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(10004, LIST, body)


def test_a_place_beyond_the_last_group_is_the_end(caller: Caller) -> None:
    create(caller)
    answer = caller.ok(LIST, {"Next": 2**63 - 1})
    assert (answer["GroupIdList"], answer["TotalCount"], answer["Next"]) == ([], 1, 0)


def test_an_application_may_ask_for_the_list_once_a_second(new_server: Callable[..., Server]) -> None:
    with new_server(toml="name = 'documented rates'") as server:
        caller = Caller(server.url)
        caller.ok("conclave/set_clock", {"Freeze": True})
        caller.ok(LIST)
        caller.refused(60007, LIST, {})
        caller.advance(1)
        caller.ok(LIST)


def test_an_answer_above_a_mebibyte_is_refused(caller: Caller) -> None:
    for number in range(50):
        create(caller, f"{number}", Introduction="\x01" * 400, Notification="\x01" * 400, FaceUrl="\x01" * 500)
    ids = [str(number) for number in range(50)]
    assert len(caller.ok(INFO, {"GroupIdList": ids})["GroupInfo"]) == 50
    accounts = [f"{number:030d}" for number in range(100)]
    caller.import_accounts(*accounts)
    custom = [{"Key": f"k{n}", "Value": "\x01" * 64} for n in range(5)]
    full = [{"Member_Account": account, "AppMemberDefinedData": custom} for account in accounts]
    big = [create(caller, f"big-{n}", MemberList=full) for n in range(6)]
    assert "1 MiB" in caller.refused(10018, INFO, {"GroupIdList": big})
    assert len(caller.ok(INFO, {"GroupIdList": big[:4]})["GroupInfo"]) == 4


# Isolation.


def test_applications_do_not_share_groups(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.import_accounts("ann")
    create(caller, "ours", Owner_Account="ann", MemberList=people("administrator"))
    caller.create_room()
    assert other.ok(LIST)["TotalCount"] == 0
    assert listed(other) == []
    codes = [item["ErrorCode"] for item in other.ok(INFO, {"GroupIdList": ["ours", "room-1"]})["GroupInfo"]]
    assert codes == [10010, 10010]
    for command in (DESTROY, MEMBERS):
        other.refused(10010, command, {"GroupId": "ours"})
    other.refused(10019, JOINED, {"Member_Account": "ann"})
    assert other.ok(JOINED, {"Member_Account": "administrator"})["TotalCount"] == 0
    create(other, "ours")
    other.ok(DESTROY, {"GroupId": "ours"})
    assert listed(caller) == ["ours", "room-1"]
