"""Our own commands: list_rooms, get_capabilities, set_clock."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.house import ROOMS, Caller, Server

LIST = "conclave/list_rooms"
CAPABILITIES = "conclave/get_capabilities"
CLOCK = "conclave/set_clock"


def rooms(caller: Caller, **body: Any) -> list[str]:
    """The rooms of all pages."""
    found: list[str] = []
    after = ""
    while True:
        page = caller.ok(LIST, {**body, "Next": after})
        found += [room["RoomId"] for room in page["RoomList"]]
        after = page["Next"]
        if not after:
            return found


# list_rooms.


def test_a_room_is_listed_with_what_a_list_shows(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    caller.create_room(
        RoomName="weekly",
        Owner_Account="ann",
        MaxMemberCount=20,
        IsSeatEnabled=True,
        IsPasswordEnabled=True,
        Password="secret",
        ScheduleStartTime=4_000_000_000,
        ScheduleEndTime=4_000_003_600,
    )
    answer = caller.call(LIST, {})
    (room,) = answer["Response"]["RoomList"]
    assert room == {
        "RoomId": "room-1",
        "RoomName": "weekly",
        "Owner_Account": "ann",
        "RoomStatus": "NotStarted",
        "MemberCount": 0,
        "MaxMemberCount": 20,
        "ScheduleStartTime": 4_000_000_000,
        "ScheduleEndTime": 4_000_003_600,
        "CreateTime": caller.room()["CreateTime"],
        "IsSeatEnabled": True,
        "IsPasswordEnabled": True,
    }
    assert (answer["Response"]["Next"], answer["Response"]["TotalCount"]) == ("", 1)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})
    assert caller.ok(LIST)["RoomList"][0]["MemberCount"] == 1


def test_an_application_without_rooms_has_an_empty_list(caller: Caller) -> None:
    absent = dict.fromkeys(("Status", "Owner_Account", "NamePrefix", "CreatedSince", "CreatedUntil", "Count", "Next"))
    assert caller.ok(LIST, absent) == {"RoomList": [], "Next": "", "TotalCount": 0}


@pytest.mark.parametrize("size", [1, 3, 7, 100, 10**9])
def test_rooms_are_paged_in_the_order_of_their_creation(caller: Caller, size: int) -> None:
    made = [f"room-{number}" for number in (5, 3, 1, 4, 2, 7, 6)]
    for room_id in made:
        caller.create_room(room_id)
    assert rooms(caller, Count=size) == made
    page = caller.ok(LIST, {"Count": size})
    assert page["TotalCount"] == 7
    assert (page["Next"] == "") == (size >= 7)


def test_a_page_has_50_rooms_unless_told_and_at_most_100(caller: Caller) -> None:
    made = [f"room-{number}" for number in range(102)]
    for room_id in made:
        caller.create_room(room_id)
    for body, size in (({}, 50), ({"Count": 99}, 99), ({"Count": 100}, 100), ({"Count": 101}, 100)):
        page = caller.ok(LIST, body)
        assert [room["RoomId"] for room in page["RoomList"]] == made[:size]
        assert page["Next"]
        assert page["TotalCount"] == 102
    assert rooms(caller) == made


def test_paging_goes_on_while_rooms_come_and_go(caller: Caller) -> None:
    made = [f"room-{number}" for number in range(6)]
    for room_id in made:
        caller.create_room(room_id)
    page = caller.ok(LIST, {"Count": 2})
    for gone in ("room-1", "room-3"):
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": gone})
    caller.create_room("room-1")
    page = caller.ok(LIST, {"Count": 10, "Next": page["Next"]})
    assert [room["RoomId"] for room in page["RoomList"]] == ["room-2", "room-4", "room-5", "room-1"]
    assert page["TotalCount"] == 5


def test_rooms_are_filtered_by_status(clocked: Caller) -> None:
    now = clocked.ok(CLOCK, {"Freeze": False})["Time"] // 1000
    clocked.create_room("now")
    clocked.create_room("soon", ScheduleStartTime=now + 1000, ScheduleEndTime=now + 2000)
    assert rooms(clocked, Status="Running") == ["now"]
    assert rooms(clocked, Status="NotStarted") == ["soon"]
    clocked.advance(1000)
    assert rooms(clocked, Status="Running") == ["now", "soon"]
    assert rooms(clocked, Status="NotStarted") == []


def test_rooms_are_filtered_by_owner_and_name(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    owned = {"RoomId": "a-group-of-anns"}
    for room_id, owner, name in (
        ("r1", "ann", "weekly sync"),
        ("r2", "bob", "weekly"),
        ("r3", "ann", "daily"),
        ("r4", "ann", "Weekly"),
        ("r5", "ann", "用户 weekly"),
    ):
        caller.create_room(room_id, Owner_Account=owner, RoomName=name)
        owned["RoomId"] += "x"
        body = {"Type": "Public", "Name": "weekly", "GroupId": owned["RoomId"], "Owner_Account": owner}
        caller.ok("group_open_http_svc/create_group", body)  # a group is no room, whoever owns it
    for size in (1, 2, 50):
        assert rooms(caller, Count=size, Owner_Account="ann") == ["r1", "r3", "r4", "r5"]
        assert rooms(caller, Count=size, Owner_Account="nobody") == []
        assert rooms(caller, Count=size, NamePrefix="weekly") == ["r1", "r2"]
        assert rooms(caller, Count=size, NamePrefix="weekly", Owner_Account="ann") == ["r1"]
        assert rooms(caller, Count=size, NamePrefix="用") == ["r5"]
        assert rooms(caller, Count=size, NamePrefix="") == ["r1", "r2", "r3", "r4", "r5"]
    assert "TotalCount" not in caller.ok(LIST, {"Owner_Account": "ann"})
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "r3", "RoomName": "weekly too"}})
    assert rooms(caller, NamePrefix="weekly") == ["r1", "r2", "r3"]


def test_rooms_are_filtered_by_the_time_of_their_creation(clocked: Caller) -> None:
    times = []
    for number in range(4):
        clocked.create_room(f"room-{number}")
        times.append(clocked.room(f"room-{number}")["CreateTime"])
        clocked.advance(10)
    assert rooms(clocked, CreatedSince=times[1]) == ["room-1", "room-2", "room-3"]
    assert rooms(clocked, CreatedSince=times[1] + 1) == ["room-2", "room-3"]
    assert rooms(clocked, CreatedUntil=times[1]) == ["room-0", "room-1"]
    assert rooms(clocked, CreatedUntil=times[1] - 1) == ["room-0"]
    assert rooms(clocked, CreatedSince=times[1], CreatedUntil=times[2]) == ["room-1", "room-2"]
    assert rooms(clocked, CreatedSince=times[2], CreatedUntil=times[1]) == []


def test_a_page_looks_at_a_bounded_number_of_rooms(new_server: Callable[..., Server]) -> None:
    """Rooms are copied while the server is down: making thousands of them by calls would take long."""
    with new_server() as server:
        caller = Caller(server.url)
        caller.create_room("room-1", RoomName="common")
        server.stop()
        new = [(number, "rare" if number == 2500 else "common") for number in range(2, 2502)]
        changed = {"group_id": "'room-' || CAST(? AS TEXT)", "group_key": "CAST(? AS BIGINT)", "name": "?"}
        copy(server, "groups", changed, [(number, str(number), name) for number, name in new])
        copy(server, "rooms", {"room_key": "CAST(? AS BIGINT)"}, [(number,) for number, _ in new])
        server.database.change("UPDATE counters SET value = 2501 WHERE name LIKE 'rooms%' OR name LIKE 'keys%'")
        server.start()
        sizes = []
        after = ""
        while True:
            page = caller.ok(LIST, {"NamePrefix": "rare", "Count": 1, "Next": after})
            sizes.append(len(page["RoomList"]))
            after = page["Next"]
            if not after:
                break
        assert sum(sizes) == 1
        assert len(sizes) >= 2
        assert sizes[0] == 0
        assert rooms(caller, NamePrefix="rare") == rooms(caller, NamePrefix="rare", Owner_Account="administrator")
        assert len(rooms(caller, Count=100)) == 2501


def copy(server: Server, table: str, changed: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Copy the first row of a table with some columns changed, once for each of the rows of values."""
    columns = server.database.columns()[table]
    values = ", ".join(changed.get(column, column) for column in columns)
    key = "room_key" if table == "rooms" else "group_key"
    query = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {key} = 1"
    server.database.change(query, rows)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (100002, {"Status": "None"}),
        (100002, {"Status": 1}),
        (60015, {"Owner_Account": 5}),
        (100002, {"Owner_Account": ""}),
        (100002, {"NamePrefix": "x" * 101}),
        (100002, {"CreatedSince": -1}),
        (100002, {"CreatedUntil": 253_402_300_800}),
        (100002, {"CreatedUntil": "0"}),
        (100002, {"Count": 0}),
        (100002, {"Count": 1.5}),
        (100002, {"Next": 5}),
        (100002, {"Next": "nonsense"}),
    ],
)
def test_bad_fields_of_list_rooms_are_refused(caller: Caller, code: int, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(code, LIST, body)


def test_a_cursor_belongs_to_its_list(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    for each in (caller, other):
        for number in range(3):
            each.create_room(f"room-{number}")
    after = caller.ok(LIST, {"Count": 1})["Next"]
    assert rooms(caller, Count=2)[1:] == [
        room["RoomId"] for room in caller.ok(LIST, {"Count": 100, "Next": after})["RoomList"]
    ]
    caller.refused(100002, LIST, {"Next": after, "Status": "Running"})
    other.refused(100002, LIST, {"Next": after})
    caller.refused(100002, "conclave/get_room_history", {"RoomId": "room-1", "Next": after})


# get_capabilities.


def test_capabilities_tell_the_ceilings_and_what_may_be_called(new_server: Callable[..., Server]) -> None:
    toml = (
        "max_rooms = 7\nmax_member_count = 11\nmax_seat_count = 5\nmax_robot_count = 2\nmax_group_member_count = 9\n"
        'total_rate = 1000\nempty_room_ttl = 60\nowner_exit = "transfer"\n'
        'rates = {default = 150, create_room = 20}\ndisabled_commands = ["room_engine_http_srv/add_robot"]'
    )
    with new_server(toml=toml) as server:
        answer = Caller(server.url).ok(CAPABILITIES)
    services = {each["Name"]: {it["Name"]: it for it in each["Commands"]} for each in answer.pop("Services")}
    assert answer.pop("Version")
    assert answer == {
        "Ceilings": {
            "MaxRoomCount": 7,
            "MaxMemberCount": 11,
            "MaxSeatCount": 5,
            "MaxRobotCount": 2,
            "MaxGroupMemberCount": 9,
            "MaxCallsPerSecond": 1000,
        },
        "RoomTypes": ["Conference"],
        "TakeSeatModes": ["FreeToTake", "ApplyToTake"],
        "GroupTypes": ["Private", "Public", "ChatRoom", "AVChatRoom", "Community"],
        "EmptyRoomSeconds": 60,
        "OwnerExit": "transfer",
    }
    assert services["room_engine_http_srv"]["create_room"] == {"Name": "create_room", "Aliases": [], "Rate": 20}
    assert "add_robot" not in services["room_engine_http_srv"]
    assert services["room_engine_http_mic"]["lock_seat"]["Rate"] == 150
    assert services["group_open_http_svc"]["get_appid_group_list"]["Rate"] == 1
    assert {it["Rate"] for name, it in services["im_open_login_svc"].items() if "import" not in name} == {100, 150}
    assert services["im_open_login_svc"]["multiaccount_import"]["Rate"] == 100
    rooms, callbacks = {"list_rooms", "get_room_history"}, {"list_callback_deliveries", "resend_callback"}
    assert set(services["conclave"]) == rooms | callbacks | {"get_capabilities", "get_callback_secrets"}


def test_lifted_rates_are_told_as_zero(caller: Caller) -> None:
    services = caller.ok(CAPABILITIES, {"unknown": 1})["Services"]
    assert {each["Rate"] for service in services for each in service["Commands"]} == {0}


# set_clock.


def test_the_clock_is_moved_and_frozen(new_server: Callable[..., Server]) -> None:
    with new_server() as server:
        caller = Caller(server.url)
        start = caller.ok(CLOCK)["Time"]
        assert caller.ok(CLOCK, {"Advance": 86_400, "Freeze": None})["Time"] >= start + 86_400_000
        frozen = caller.ok(CLOCK, {"Freeze": True})["Time"]
        assert caller.ok(CLOCK, {"Advance": None})["Time"] == frozen
        assert caller.ok(CLOCK, {"Advance": 0.25})["Time"] == frozen + 250
        assert caller.ok(CLOCK, {"Advance": 0})["Time"] == frozen + 250
        caller.create_room()
        assert caller.room()["CreateTime"] == (frozen + 250) // 1000
        running = caller.ok(CLOCK, {"Freeze": False, "Advance": 1})["Time"]
        assert frozen + 1250 <= running < frozen + 60_000
        for _ in range(1000):
            if caller.ok(CLOCK)["Time"] > running:
                break
        assert caller.ok(CLOCK)["Time"] > running


@pytest.mark.parametrize(
    "body", [{"Advance": -1}, {"Advance": "5"}, {"Advance": True}, {"Advance": 4e8}, {"Freeze": 1}, {"Freeze": "yes"}]
)
def test_bad_fields_of_set_clock_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(100002, CLOCK, body)


def test_only_a_test_server_lets_its_clock_be_moved(new_server: Callable[..., Server]) -> None:
    with new_server(insecure_test_clock=False) as server:
        caller = Caller(server.url)
        caller.refused(60017, CLOCK, {"Advance": 1})
        caller.refused(60017, CLOCK, {"Advance": -1})
        caller.ok(LIST)


# Isolation.


def test_applications_do_not_share_rooms(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.create_room()
    assert caller.ok(LIST)["TotalCount"] == 1
    assert other.ok(LIST) == {"RoomList": [], "Next": "", "TotalCount": 0}
    assert rooms(other, Owner_Account="administrator") == []
    assert rooms(other, NamePrefix="room") == []
