"""Members over REST: list, change, hand over (conference.md A.5-A.7)."""

from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.people import Enter
from tests.test_rooms import SIMPLE_OK, exact

LIST: Final = f"{ROOMS}/get_room_member_list"
UPDATE: Final = f"{ROOMS}/update_room_member_info"
OWNER: Final = f"{ROOMS}/change_room_owner"


def update(caller: Caller, account: str, **changes: Any) -> None:
    answer = caller.call(UPDATE, {"RoomId": "room-1", "MemberInfo": {"Member_Account": account, **changes}})
    assert (answer["ErrorCode"], sorted(answer)) == (0, SIMPLE_OK), answer


def refuse_update(caller: Caller, code: int, account: str, **changes: Any) -> str:
    return caller.refused(code, UPDATE, {"RoomId": "room-1", "MemberInfo": {"Member_Account": account, **changes}})


def hand_over(former: str, owner: str) -> dict[str, str]:
    return {"RoomId": "room-1", "From_Account": former, "NewOwner_Account": owner}


def put_out(caller: Caller, account: str) -> None:
    caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": [account], "Reason": ""})


@pytest.fixture
def room(caller: Caller, enter: Enter, log: EventLog) -> Caller:
    """A room with its owner user0, and user1, user2 inside, in this order."""
    caller.import_accounts("user0", "user1", "user2", "user3")
    caller.create_room(Owner_Account="user0", IsSeatEnabled=True)
    enter("user0", "user1", "user2")
    log.new()
    return caller


# The list


def test_the_list_is_in_the_order_of_entry_and_shaped_as_documented(room: Caller) -> None:
    answer = room.call(LIST, {"RoomId": "room-1"})
    assert sorted(answer) == sorted([*SIMPLE_OK, "Response"])
    member = {"NameCard": "", "Marks": [], "CustomInfo": ""}
    assert exact(answer["Response"]) == exact(
        {
            "Next": "",
            "MemberList": [
                {"Member_Account": "user0", "Role": "Owner", **member},
                {"Member_Account": "user1", "Role": "Member", **member},
                {"Member_Account": "user2", "Role": "Member", **member},
            ],
        }
    )


def test_an_empty_room_has_an_empty_list(caller: Caller) -> None:
    caller.create_room()
    assert exact(caller.ok(LIST, {"RoomId": "room-1"})) == exact({"Next": "", "MemberList": []})
    assert caller.room()["MemberCount"] == 0


def test_who_comes_back_is_last(room: Caller, enter: Enter) -> None:
    put_out(room, "user1")
    enter("user1")
    assert list(room.members()) == ["user0", "user2", "user1"]
    assert room.room()["MemberCount"] == 3


# update_room_member_info


def test_a_member_is_changed_as_the_contract_shows_it(room: Caller, log: EventLog) -> None:
    update(room, "user1", NameCard="Bob", Role="Admin", CustomInfo="m2")
    assert exact(room.members()["user1"]) == exact(
        {"Member_Account": "user1", "NameCard": "Bob", "Role": "Admin", "Marks": [], "CustomInfo": "m2"}
    )
    (updated,) = log.told("MemberUpdated")
    assert exact(updated.data) == exact(
        {
            "member": {
                "account": "user1",
                "nick": "",
                "face_url": "",
                "role": "Admin",
                "name_card": "Bob",
                "custom_info": "m2",
                "marks": [],
                "is_robot": False,
                "devices": 0,
                "is_muted": False,
                "attributes": {},
            },
            "changed": ["name_card", "role", "custom_info"],
        }
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("NameCard", "n" * 32),
        ("NameCard", "語" * 10 + "é"),
        ("NameCard", "🦆" * 8),
        ("CustomInfo", "c" * 60),
        ("CustomInfo", "語" * 20),
        ("CustomInfo", "🦆" * 15),
    ],
)
def test_a_value_at_the_edge_is_kept_and_the_rest_stays(room: Caller, field: str, value: str) -> None:
    update(room, "user1", NameCard="Bob", Role="Admin", CustomInfo="m2")
    before = room.members()["user1"]
    update(room, "user1", **{field: value})
    assert room.members()["user1"] == {**before, field: value}
    update(room, "user1", **{field: ""})
    assert room.members()["user1"] == {**before, field: ""}


def test_a_change_that_changes_nothing_is_no_event(room: Caller, log: EventLog) -> None:
    update(room, "user1", NameCard="Bob")
    log.told("MemberUpdated")
    for changes in ({}, {"NameCard": "Bob"}, {"Role": "Member"}, {"CustomInfo": ""}, {"NameCard": None}):
        update(room, "user1", **changes)
    log.silent()
    update(room, "user1", NameCard="Bob", CustomInfo="new")
    assert log.told("MemberUpdated")[0].data["changed"] == ["custom_info"]


@pytest.mark.parametrize("account", ["user3", "stranger"])
def test_a_target_that_is_not_inside_is_100005(room: Caller, log: EventLog, account: str) -> None:
    assert account in refuse_update(room, 100005, account, NameCard="x")
    log.silent()


@pytest.mark.parametrize("role", ["Admin", "Member"])
def test_the_owners_role_is_100006_inside_or_not(room: Caller, log: EventLog, role: str) -> None:
    refuse_update(room, 100006, "user0", Role=role, NameCard="x")
    assert room.members()["user0"]["NameCard"] == ""
    update(room, "user0", NameCard="boss")
    room.create_room("room-2", Owner_Account="user3")
    info = {"Member_Account": "user3", "Role": role}
    room.refused(100006, UPDATE, {"RoomId": "room-2", "MemberInfo": info})  # before 100005
    room.refused(100005, UPDATE, {"RoomId": "room-2", "MemberInfo": {"Member_Account": "user3", "NameCard": "x"}})


def test_a_sixth_administrator_is_100020(room: Caller, enter: Enter, log: EventLog) -> None:
    crowd = [f"admin{n}" for n in range(6)]
    room.import_accounts(*crowd)
    enter(*crowd)
    for account in crowd[:5]:
        update(room, account, Role="Admin")
    log.new()
    assert "administrators" in refuse_update(room, 100020, "admin5", Role="Admin", NameCard="x")
    assert room.members()["admin5"]["NameCard"] == ""
    log.silent()
    update(room, "admin0", Role="Admin")  # is one already
    update(room, "admin0", Role="Member")
    update(room, "admin5", Role="Admin")
    refuse_update(room, 100020, "admin0", Role="Admin")
    put_out(room, "admin5")  # leaving gives the place back [R23]
    update(room, "admin0", Role="Admin")


# change_room_owner


def test_the_room_is_handed_on(room: Caller, log: EventLog) -> None:
    answer = room.call(OWNER, hand_over("user0", "user1"))
    assert sorted(answer) == SIMPLE_OK
    assert room.room()["Owner_Account"] == "user1"
    roles = {account: member["Role"] for account, member in room.members().items()}
    assert roles == {"user0": "Member", "user1": "Owner", "user2": "Member"}
    (changed,) = log.told("OwnerChanged")
    assert changed.data["room"]["owner"] == "user1"
    assert (changed.data["former"]["account"], changed.data["former"]["role"]) == ("user0", "Member")
    assert (changed.data["owner"]["account"], changed.data["owner"]["role"]) == ("user1", "Owner")


def test_an_administrator_who_becomes_owner_frees_a_place(room: Caller, enter: Enter) -> None:
    crowd = [f"admin{n}" for n in range(6)]
    room.import_accounts(*crowd)
    enter(*crowd)
    for account in crowd[:5]:
        update(room, account, Role="Admin")
    room.ok(OWNER, hand_over("user0", "admin0"))
    update(room, "admin5", Role="Admin")
    refuse_update(room, 100020, "user0", Role="Admin")
    room.ok(OWNER, hand_over("admin0", "user1"))
    assert room.members()["admin0"]["Role"] == "Member"  # not what he was before [R16]


def test_the_same_owner_again_is_a_success_without_effect(room: Caller, log: EventLog) -> None:
    room.ok(OWNER, hand_over("user0", "user0"))
    room.create_room("room-2", Owner_Account="user3")
    log.new()
    room.ok(OWNER, {**hand_over("user3", "user3"), "RoomId": "room-2"})  # nor need he be inside
    log.silent()


@pytest.mark.parametrize(
    ("former", "owner", "code", "named"),
    [
        ("user1", "user2", 100002, "From_Account"),
        ("user1", "user1", 100002, "From_Account"),
        ("stranger", "user1", 100002, "From_Account"),
        ("user0", "user3", 100005, "user3"),
        ("user0", "stranger", 100002, "NewOwner_Account"),
        ("user1", "user3", 100002, "From_Account"),  # 100002 before 100005
        ("user1", "stranger", 100002, "NewOwner_Account"),  # accounts before the rest
    ],
)
def test_handing_on_is_refused(room: Caller, log: EventLog, former: str, owner: str, code: int, named: str) -> None:
    assert named in room.refused(code, OWNER, hand_over(former, owner))
    assert room.room()["Owner_Account"] == "user0"
    log.silent()


def test_an_owner_who_is_not_inside_hands_on_and_is_told_of(room: Caller, enter: Enter, log: EventLog) -> None:
    room.create_room("room-2", Owner_Account="user3")
    enter("user1", room_id="room-2")
    log.new()
    room.ok(OWNER, {**hand_over("user3", "user1"), "RoomId": "room-2"})
    (changed,) = log.told("OwnerChanged")
    assert (changed.data["former"]["account"], changed.data["former"]["role"]) == ("user3", "Member")
    assert room.room("room-2")["Owner_Account"] == "user1"
