"""The OpenAPI document: valid as 3.1, and true of a running server.

Each command is sent what the document allows and what it forbids, from a fixed seed, to a room that exists and to rooms
that do not. Whatever is sent, the answer must be one that the document describes: HTTP 200, the envelope, a payload of
the declared shape, or a declared code.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from conclave.reference import codes, openapi
from tests.house import Caller

EXAMPLES = 20
STEERING = "control"
COMMANDS = [command.path for command in codes.commands() if command.access != STEERING]
# As it is read by others: the document itself shares the declared examples, and schemathesis changes what it is given.
SCHEMA: Any = schemathesis.openapi.from_dict(json.loads(openapi.write()))


def test_the_document_is_openapi_3_1() -> None:
    assert SCHEMA.raw_schema["openapi"].startswith("3.1.")
    SCHEMA.validate()


def test_every_command_has_a_path_and_every_path_a_command() -> None:
    assert set(SCHEMA.raw_schema["paths"]) == {f"/v4/{command.path}" for command in codes.commands()}


@pytest.fixture
def furnished(new_caller: Callable[[], Caller]) -> Caller:
    """A caller whose application has a room with seats, a robot on one of them, and a ban."""
    caller = new_caller()
    caller.import_accounts("user1", "robot-1")
    caller.create_room("room-1", IsSeatEnabled=True, MaxSeatCount=5)
    caller.ok("room_engine_http_srv/add_robot", {"RoomId": "room-1", "Member_Account": "robot-1"})
    caller.ok("room_engine_http_mic/pick_user_on_seat", {"RoomId": "room-1", "Index": 0, "Member_Account": "robot-1"})
    caller.ok(
        "room_engine_http_srv/ban_room_member",
        {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "", "Duration": 3600},
    )
    return caller


@pytest.mark.parametrize("mode", list(GenerationMode), ids=["allowed", "forbidden"])
@pytest.mark.parametrize("path", COMMANDS)
def test_answers_conform_to_the_document(path: str, mode: GenerationMode, furnished: Caller) -> None:
    operation = SCHEMA[f"/v4/{path}"]["POST"]

    @hypothesis.seed(20)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), at_home=st.booleans())
    def conforms(case: Any, at_home: bool) -> None:
        if at_home:
            take_home(case.body)
        case.query = furnished.parameters()
        answer = case.call(base_url=furnished.url)
        assert answer.status_code == httpx.codes.OK
        case.validate_response(answer, checks=[content_type_conformance, response_schema_conformance])

    conforms()


def take_home(body: Any) -> None:
    """Let a generated body speak of the room that exists."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in ("RoomId", "GroupId") and isinstance(value, str):
                body[name] = "room-1"
            elif name.endswith("_Account") and isinstance(value, str):
                body[name] = "robot-1"
            else:
                take_home(value)
    elif isinstance(body, list):
        for each in body:
            take_home(each)
