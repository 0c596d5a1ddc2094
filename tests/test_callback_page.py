"""What the pages about callbacks say is so: their test vectors, and the example of every callback."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from conclave.domain.callbacks import CALLBACKS
from tests.backend import SIX

DOCS = Path(__file__).parents[1] / "docs"
CONTRACT = (DOCS / "contract" / "callbacks.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "callbacks.md").read_text(encoding="utf-8")
SIGNED = re.findall(r"^\| `(whsec_\S+)` \| `(\S+)` \| (\d+) \| `(.+)` \| `v1,(\S+)` \|$", CONTRACT, re.MULTILINE)
TOKENS = re.findall(r"^\| `(\S+)` \| (\d{10}) \| `([0-9a-f]{64})` \|$", CONTRACT, re.MULTILINE)
# The documented keys of the six, without those of nested objects.
TOP: dict[str, set[str]] = {
    "Room.CallbackAfterCreateRoom": {"RoomInfo", "ScheduleInviteeList_Account"},
    "Room.CallbackAfterDestroyRoom": {"RoomId", "EventType"},
    "Room.CallbackAfterUpdateRoomInfo": {"RoomInfo"},
    "Room.CallbackAfterMemberEnter": {"RoomId", "MemberCount", "Type", "MemberList_Account"},
    "Room.CallbackAfterMemberLeave": {"RoomId", "MemberCount", "Type", "MemberList_Account", "Reason"},
    "Mic.CallbackAfterSeatInfoChanged": {"RoomId", "SeatList"},
}


def test_the_signature_of_the_page_is_that_of_the_public_library() -> None:
    assert SIGNED
    for secret, identifier, second, body, signature in SIGNED:
        moment = dt.datetime.fromtimestamp(int(second), dt.UTC)
        assert Webhook(secret).sign(identifier, moment, body) == f"v1,{signature}"


def test_the_secret_of_the_page_is_made_as_it_says() -> None:
    (words,) = re.findall(r"HMAC-SHA256 of the words `(.+?)` with the application's key", CONTRACT)
    (key,) = re.findall(r"The key of the one above is `(.+?)`", CONTRACT)
    derived = hmac.digest(key.encode(), words.encode(), "sha256")
    assert SIGNED[0][0] == "whsec_" + base64.b64encode(derived).decode()


@pytest.mark.parametrize(("token", "second", "sign"), TOKENS)
def test_sign_is_what_the_page_says(token: str, second: str, sign: str) -> None:
    assert hashlib.sha256((token + second).encode()).hexdigest() == sign


def test_both_published_vectors_are_there() -> None:
    assert [token for token, _, _ in TOKENS] == ["xxxxyyyy", "secret-token-01"]


def example(command: str) -> dict[str, Any]:
    """The example body on the page."""
    section = REFERENCE.partition(f"### {command}\n")[2].partition("\n### ")[0]
    (block,) = re.findall(r"```json\n(.*?)\n```", section, re.DOTALL)
    found: dict[str, Any] = json.loads(block)
    return found


@pytest.mark.parametrize("command", CALLBACKS)
def test_every_callback_has_an_example_of_itself(command: str) -> None:
    body = example(command)
    assert body["CallbackCommand"] == command
    assert next(iter(body)) == "CallbackCommand"
    assert list(body)[-1] == "EventTime"
    if command in SIX:
        assert body.keys() == {"CallbackCommand", "Operator_Account", "EventTime"} | TOP[command]
