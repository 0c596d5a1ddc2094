"""What happens when the owner leaves is a setting of the application [R27]."""

import pytest

from tests.clockwork import Life, Lives
from tests.house import ROOMS
from tests.member import Refused


def prepared(life: Life, *others: str) -> Life:
    """A room of user1, who is inside with the others."""
    life.caller.create_room(Owner_Account="user1")
    life.people.enter("user1", *others)
    life.log.new()
    return life


def make_admin(life: Life, account: str) -> None:
    info = {"Member_Account": account, "Role": "Admin"}
    life.caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    life.log.new()


def roles(life: Life) -> dict[str, str]:
    return {account: member["Role"] for account, member in life.caller.members().items()}


def test_by_default_the_room_keeps_its_owner_who_is_owner_on_return(lives: Lives) -> None:
    life = prepared(lives("plain"), "user2")
    life.people["user1"].call("exitRoom")
    life.log.told("MemberLeft")
    assert (life.caller.room()["Owner_Account"], roles(life)) == ("user1", {"user2": "Member"})
    life.people.enter("user1")
    assert roles(life) == {"user2": "Member", "user1": "Owner"}


@pytest.mark.parametrize(
    ("others", "admin", "heir"),
    [
        (("user2", "user3"), None, "user2"),
        (("user2", "user3"), "user3", "user3"),
        (("user3", "user2"), None, "user3"),
    ],
)
def test_transfer_hands_the_room_to_the_first_administrator_or_else_the_first_member(
    lives: Lives, others: tuple[str, ...], admin: str | None, heir: str
) -> None:
    life = prepared(lives("transfer"), *others)
    if admin:
        make_admin(life, admin)
    life.people["user1"].call("exitRoom")
    changed, left = life.log.told("OwnerChanged", "MemberLeft")
    assert (changed.data["former"]["account"], changed.data["owner"]["account"]) == ("user1", heir)
    assert left.data["members"][0]["role"] == "Member"  # he left as what he was then
    assert life.caller.room()["Owner_Account"] == heir
    assert roles(life)[heir] == "Owner"
    life.people.enter("user1")
    assert roles(life)["user1"] == "Member"


def test_transfer_with_nobody_to_hand_the_room_to_keeps_the_owner(lives: Lives) -> None:
    life = prepared(lives("transfer"))
    life.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})  # no heir
    life.log.new()
    life.people["user1"].call("exitRoom")
    life.log.told("MemberLeft")
    assert life.caller.room()["Owner_Account"] == "user1"


def test_forbid_keeps_the_owner_inside(lives: Lives) -> None:
    life = prepared(lives("forbid"), "user2")
    with pytest.raises(Refused) as refused:
        life.people["user1"].call("exitRoom")
    assert refused.value.code == -2102
    life.log.silent()
    assert list(roles(life)) == ["user1", "user2"]
    life.people["user2"].call("exitRoom")  # others come and go
    life.people.enter("user2")
    change = {"RoomId": "room-1", "From_Account": "user1", "NewOwner_Account": "user2"}
    life.caller.ok(f"{ROOMS}/change_room_owner", change)
    life.people["user1"].call("exitRoom")
    assert list(roles(life)) == ["user2"]


def test_dismiss_ends_the_room(lives: Lives) -> None:
    life = prepared(lives("dismiss"), "user2")
    life.people["user2"].call("exitRoom")
    life.people.enter("user2")
    life.log.new()
    life.people["user1"].call("exitRoom")
    (ended,) = life.log.told("RoomDestroyed")
    assert (ended.operator, ended.data) == ("user1", {"by_system": False, "by_owner": True})
    life.caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "room-1"})
