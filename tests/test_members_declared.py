"""What methods and events there are, as they are declared."""

import re

import msgspec
import pytest

from conclave import errors
from conclave.domain import facts
from conclave.realtime import declared, translation
from conclave.realtime.registry import EVENTS, Event, Method

METHODS = declared.load()
# Told to nobody; those of an account end its connections instead, and of whoever moved to another node the old one.
QUIET = {
    "RoomEnding",
    "MembersBanned",
    "MembersUnbanned",
    "AccountKicked",
    "AccountDeleted",
    "CallbacksConfigured",
    "MemberMoved",
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_method_is_documented_and_its_example_is_one(method: Method) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z]+", method.name)
    assert method.doc.partition("\n")[0].endswith(".")
    assert method.params.__doc__
    method.decode(msgspec.json.encode(method.example))
    assert errors.REQUEST_INVALID in method.every_code


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_is_documented(event: Event) -> None:
    assert re.fullmatch(r"on[A-Z][A-Za-z]+", event.name)
    assert event.doc.endswith(".")
    assert event.receivers
    if event.name not in ("onError", "onKickedOffLine", "onUserSigExpired", "onUserRoleChanged"):
        assert event.data.__struct_fields__[0] == "roomId"


def test_every_fact_is_told_or_notified_or_known_to_be_quiet() -> None:
    told = {fact.__name__ for fact in translation.TOLD}
    assert told | translation.NOTICED.keys() == facts.KINDS.keys() - QUIET
