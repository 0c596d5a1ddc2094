"""How a receiver knows that a callback is genuine: Sign in the URL, and the headers of Standard Webhooks."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from conclave.callbacks import signing
from tests import backend as to
from tests.backend import Backend
from tests.house import Caller, Server, key_of
from tests.operating import OLD, Operator, becomes
from tests.receiver import Receiver, Told
from tests.tokens import ACCEPTED, code

VECTORS = [
    ("xxxxyyyy", 1669872112, "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"),
    ("secret-token-01", 1700000000, "537f35f2ad307d0afeac7f0b51ed62b2edaf3b83c643cc1ee108a116f00deab8"),
]
DOCUMENTED = ["SdkAppid", "CallbackCommand", "contenttype", "ClientIP", "OptPlatform"]


def set_token(backend: Backend, **values: object) -> None:
    backend.caller.ok("room_config/set_callback_token", values)


def secret(key: str) -> str:
    """The secret that belongs to an application's key, as libraries take it."""
    derived = hmac.digest(key.encode(), b"conclave callbacks, standard webhooks", "sha256")
    return f"whsec_{base64.b64encode(derived).decode()}"


def verify(told: Told, key: str) -> None:
    """Verify with the public package; raises when it is not genuine."""
    assert Webhook(secret(key)).verify(told.text, told.headers) == told.body


@pytest.mark.parametrize(("token", "second", "sign"), VECTORS)
def test_sign_is_that_of_the_contract(token: str, second: int, sign: str) -> None:
    assert signing.query(token, second) == f"Sign={sign}&RequestTime={second}"


def test_the_signature_pair_is_last_and_made_anew_at_each_attempt(
    clocked_house: Server, clocked: Caller, receiver: Receiver
) -> None:
    backend = Backend(clocked_house, clocked, receiver)
    backend.listen(to.CREATE)
    set_token(backend, Token="t & ä", IsTokenEnable=True)
    backend.rule("answer", status=404, times=1)
    backend.caller.create_room()
    backend.got(1)
    backend.until(lambda _: backend.rows()[0]["refusals"] == 1)
    backend.caller.advance(6)
    refused, delivered = backend.got(2)
    for told in (refused, delivered):
        assert [name for name, _ in told.parameters] == [*DOCUMENTED, "Sign", "RequestTime"]
        parameters = dict(told.parameters)
        second = parameters["RequestTime"]
        assert parameters["Sign"] == hashlib.sha256(f"t & ä{second}".encode()).hexdigest()
        assert second == told.headers["webhook-timestamp"]
    assert int(dict(delivered.parameters)["RequestTime"]) - int(dict(refused.parameters)["RequestTime"]) >= 5
    assert (refused.id, refused.text) == (delivered.id, delivered.text)


def test_a_token_signs_only_while_it_is_switched_on(backend: Backend) -> None:
    backend.listen(to.CREATE)
    set_token(backend, Token="one", IsTokenEnable=False)
    backend.caller.create_room("off")
    backend.got(1)
    set_token(backend, IsTokenEnable=True)
    backend.caller.create_room("on")
    off, on = backend.told(to.CREATE, to.CREATE)
    assert [name for name, _ in off.parameters] == DOCUMENTED
    assert [name for name, _ in on.parameters][5:] == ["Sign", "RequestTime"]


def test_the_request_time_is_the_present(backend: Backend) -> None:
    backend.listen(to.CREATE)
    set_token(backend, Token="one", IsTokenEnable=True)
    backend.caller.create_room()
    (told,) = backend.told(to.CREATE)
    assert abs(int(dict(told.parameters)["RequestTime"]) - time.time()) < 10


@pytest.mark.parametrize(("more", "before"), [("?a=1&b=%20", "a=1&b=%20&"), ("?", "")])
def test_a_url_with_a_query_of_its_own_keeps_it_in_front(backend: Backend, more: str, before: str) -> None:
    backend.listen(to.CREATE, url=backend.receiver.url(backend.path) + more)
    backend.caller.create_room()
    (told,) = backend.told(to.CREATE)
    assert told.query.startswith(f"{before}SdkAppid={backend.caller.sdkappid}&CallbackCommand=Room.Callback")


def test_the_public_package_verifies_a_callback(backend: Backend) -> None:
    backend.listen(to.CREATE)
    backend.caller.create_room(RoomName="ä \u2028 \U0001f600")
    (told,) = backend.told(to.CREATE)
    verify(told, backend.caller.key)
    assert told.headers["webhook-signature"].count("v1,") == 1
    for other in (told._replace(text=told.text + " "), told._replace(headers={**told.headers, "webhook-id": "evt_1"})):
        with pytest.raises(WebhookVerificationError):
            verify(other, backend.caller.key)
    with pytest.raises(WebhookVerificationError):
        verify(told, key_of(1))


def test_both_signatures_are_sent_while_a_replaced_key_is_valid_and_one_afterwards(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    server = new_server()
    with server:
        operator = Operator(server)
        caller = operator.create()
        caller.key, caller._token, new = OLD, None, key_of(77)
        backend = Backend(server, caller, receiver)
        backend.listen(to.CREATE)
        operator.app("rotate-key", str(caller.sdkappid), "--key", new, "--overlap", "200")
        backend.caller.create_room("during")
        (during,) = backend.told(to.CREATE)
        assert during.headers["webhook-signature"].count("v1,") == 2
        for key in (OLD, new):
            verify(during, key)
        newest, _ = during.headers["webhook-signature"].split(" ")
        verify(during._replace(headers={**during.headers, "webhook-signature": newest}), new)
        caller.key, caller._token = new, None
        becomes(lambda: code(caller, caller.token()), ACCEPTED)
        backend.caller.advance(120)
        backend.caller.create_room("last")
        (last,) = backend.told(to.CREATE)
        backend.caller.advance(81)
        backend.caller.create_room("after")
        (after,) = backend.told(to.CREATE)
        assert last.headers["webhook-signature"].count("v1,") == 2
        assert after.headers["webhook-signature"].count("v1,") == 1
        verify(after, new)
        with pytest.raises(WebhookVerificationError):
            verify(after, OLD)
