"""Every field of every room and seat command: what it refuses, with which code, and before the room is looked for."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final, get_type_hints

import msgspec
import pytest

from conclave.api import registry
from conclave.api.checks import item_of, struct_of
from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller, Server
from tests.room_commands import BODIES, FIELDS, Body, Field

PAIRS: Final = [(command, field) for command in FIELDS for field in FIELDS[command]]
ABSENT: Final = object()


def fields_where(wanted: Callable[[Field], bool]) -> pytest.MarkDecorator:
    """Parametrise a test with the fields that are so."""
    cases = [pytest.param(*pair, id=f"{pair[0]}:{pair[1].path}") for pair in PAIRS if wanted(pair[1])]
    return pytest.mark.parametrize(("command", "field"), cases)


every_field = fields_where(lambda field: True)


@pytest.fixture(scope="module")
def shared(house: Server, new_caller: Callable[[], Caller]) -> Iterator[Caller]:
    """One application for all bad requests: none of them may change anything."""
    caller = new_caller()
    caller.import_accounts("user1", "user2", "user3")
    caller.create_room(Owner_Account="user2", IsSeatEnabled=True)
    log = EventLog(house, caller)
    log.new()
    yield caller
    log.silent()
    assert caller.room()["RoomName"] == "room-1"


def with_value(command: str, path: str, value: Any) -> Body:
    """A whole request of the command with one field changed, or left out."""
    body = deepcopy(BODIES[command])
    *way, last = path.split(".")
    place: Any = body
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return body


def elsewhere(body: Body) -> Body:
    """The same request for a room that is not there."""
    body = deepcopy(body)
    body.get("RoomInfo", body)["RoomId"] = "no-room"
    return body


def name_of(field: Field) -> str:
    return field.path.rpartition(".")[2]


def paths(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    """Every field that a command declares, as the table writes it."""
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        path = prefix + field.encode_name
        yield path
        if inner := struct_of(hints[field.name]):
            yield from paths(inner, f"{path}.")
        if element := struct_of(item_of(hints[field.name])):
            yield from paths(element, f"{path}.0.")


def test_the_table_knows_every_field_of_every_command() -> None:
    commands = {f"{of}/{name}": declared for (of, name), declared in registry.load().items() if of in (ROOMS, SEATS)}
    assert commands.keys() == BODIES.keys() == FIELDS.keys()
    for path, declared in commands.items():
        assert sorted(paths(declared.request)) == sorted(field.path for field in FIELDS[path])


@every_field
def test_a_value_that_breaks_the_rule_of_its_field_is_100002_and_names_the_field(
    shared: Caller, command: str, field: Field
) -> None:
    for value in field.bad:
        info = shared.refused(100002, command, with_value(command, field.path, value))
        assert name_of(field) in info, (value, info)


@fields_where(lambda field: bool(field.strange))
def test_an_account_that_is_no_string_is_60015_and_wins_over_other_fields(
    shared: Caller, command: str, field: Field
) -> None:
    for value in field.strange:
        body = with_value(command, field.path, value)
        assert name_of(field) in shared.refused(60015, command, body)
        body.get("RoomInfo", body)["RoomId"] = ""
        shared.refused(60015, command, body)


@fields_where(lambda field: field.is_mandatory)
@pytest.mark.parametrize("value", [ABSENT, None], ids=["absent", "null"])
def test_a_mandatory_field_that_is_absent_or_null_is_100002_and_named(
    shared: Caller, command: str, field: Field, value: Any
) -> None:
    assert name_of(field) in shared.refused(100002, command, with_value(command, field.path, value))


@fields_where(lambda field: name_of(field) not in ("RoomId", "RoomInfo"))
def test_a_field_is_looked_at_before_the_room_is_looked_for(shared: Caller, command: str, field: Field) -> None:
    for value in field.bad:
        shared.refused(100002, command, elsewhere(with_value(command, field.path, value)))


@pytest.mark.parametrize("command", [command for command in BODIES if not command.endswith("create_room")])
@pytest.mark.parametrize("room_id", ["no-room", "ROOM-1", "room-1 ", "room", "a" * 48])
def test_a_room_that_is_not_there_is_100004(shared: Caller, command: str, room_id: str) -> None:
    path = "RoomInfo.RoomId" if "RoomInfo" in BODIES[command] else "RoomId"
    info = shared.refused(100004, command, with_value(command, path, room_id))
    assert "not exist" in info
    assert room_id in info
