"""Which characters members may write: no control characters, and in messages and metadata only line breaks and tabs."""

from typing import Any

import pytest

from tests.meeting import Meeting, meeting
from tests.member import Join

__all__ = ["meeting"]  # a fixture

# By what is written: the method, and its parameters around the text.
LINES: dict[str, tuple[str, Any]] = {
    "name of oneself": ("setSelfInfo", lambda text: {"userName": text}),
    "picture": ("setSelfInfo", lambda text: {"avatarUrl": text}),
    "name card": ("changeUserNameCard", lambda text: {"userId": "owner", "nameCard": text}),
    "custom info": ("setCustomInfoForUser", lambda text: {"userId": "owner", "customInfo": {"team": text}}),
    "custom name": ("setCustomInfoForUser", lambda text: {"userId": "owner", "customInfo": {text: "blue"}}),
    "invitation": ("inviteUsers", lambda text: {"roomId": "room-1", "userIdList": ["eve"], "extensionInfo": text}),
    "application": ("takeSeat", lambda text: {"extensionInfo": text}),
    "invitation to a seat": ("takeUserOnSeatByAdmin", lambda text: {"userId": "ann", "extensionInfo": text}),
    "end on a seat": ("kickUserOffSeatByAdmin", lambda text: {"userId": "bob", "extensionInfo": text}),
    "kick": ("kickRemoteUserOutOfRoom", lambda text: {"userId": "bob", "reason": text}),
    "room name": ("updateRoomNameByAdmin", lambda text: {"roomName": text}),
    "new room": ("createRoom", lambda text: {"roomId": "room-2", "roomName": text}),
    "key of metadata": ("setRoomMetadataByAdmin", lambda text: {"metadata": {text: "x"}}),
    "business": ("sendCustomMessage", lambda text: {"businessId": text, "data": ""}),
    "name in a message": ("sendTextMessage", lambda text: {"textContent": "x", "extensionInfo": {text: "x"}}),
}
PROSE: dict[str, tuple[str, Any]] = {
    "text": ("sendTextMessage", lambda text: {"textContent": text}),
    "beside a text": ("sendTextMessage", lambda text: {"textContent": "x", "extensionInfo": {"x": text}}),
    "data": ("sendCustomMessage", lambda text: {"businessId": "x", "data": text}),
    "metadata": ("setRoomMetadataByAdmin", lambda text: {"metadata": {"x": text}}),
}
ALWAYS_BARRED = (0x00, 0x01, 0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x7F, 0x80, 0x85, 0x9F)


@pytest.mark.parametrize("written", LINES)
def test_a_line_has_no_control_characters(meeting: Meeting, written: str) -> None:
    method, params = LINES[written]
    meeting["bob"].call("takeSeat")
    meeting.forget()
    for number in (0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1F, 0x7F, 0x85, 0x9F):
        meeting.refused(-1001, method, "owner", **params(f"a{chr(number)}b"))
        meeting.refused(-1001, method, "owner", **params(f"a{chr(number)}"))
    meeting["owner"].call(method, **params("a \xa0\u2028é\U0001f600"))


@pytest.mark.parametrize("written", PROSE)
def test_prose_may_have_line_breaks_and_tabs(meeting: Meeting, written: str) -> None:
    method, params = PROSE[written]
    for number in ALWAYS_BARRED:
        meeting.refused(-1001, method, "owner", **params(f"a{chr(number)}b"))
    assert "control characters" in meeting["owner"].refused(-1001, method, **params("a\n\x1b"))
    meeting["owner"].call(method, **params("\ta\r\nb\n\xa0\U0001f600"))


@pytest.mark.parametrize("method", ["acceptRemoteRequest", "rejectRemoteRequest", "responseRemoteRequest"])
def test_an_answer_is_a_line(meeting: Meeting, method: str) -> None:
    more = {"agree": True} if method == "responseRemoteRequest" else {}
    request_id = meeting["owner"].call("takeUserOnSeatByAdmin", userId="ann")["requestId"]
    meeting["ann"].refused(-1001, method, requestId=request_id, extensionInfo="a\nb", **more)
    meeting["ann"].call(method, requestId=request_id, extensionInfo="a b", **more)


def test_the_sentence_names_the_field(member: Join, meeting: Meeting) -> None:
    told = meeting["owner"].refused(-1001, "setCustomInfoForUser", userId="owner", customInfo={"team": "a\x1b"})
    assert told == "customInfo.team must not contain control characters"
    told = meeting["owner"].refused(-1001, "setCustomInfoForUser", userId="owner", customInfo={"te\x1bam": "a"})
    assert told == "customInfo must not contain control characters"


def test_the_backend_may_write_what_it_likes(meeting: Meeting) -> None:
    meeting.rest("ann", NameCard="a\tb", CustomInfo="a\nb")
    assert meeting.caller.members()["ann"]["NameCard"] == "a\tb"
