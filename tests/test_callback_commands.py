"""Our own commands over the queue of callbacks: what became of them, sending one again, the secrets that sign them."""

from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.backend import CREATE, DESTROY, UPDATE, Backend
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver

LIST, RESEND, SECRETS = (
    f"conclave/{name}" for name in ("list_callback_deliveries", "resend_callback", "get_callback_secrets")
)
REFUSED = {"status": 400, "text": "no"}


def listed(caller: Caller, **body: Any) -> list[dict[str, Any]]:
    """The callbacks of all pages."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = caller.ok(LIST, {**body, "Next": after})
        found += page["DeliveryList"]
        after = page["Next"]
        if not after:
            return found


def names(caller: Caller, **body: Any) -> list[tuple[str, int]]:
    return [(each["RoomId"], each["Number"]) for each in listed(caller, **body)]


def counts(caller: Caller) -> tuple[int, int, int]:
    endpoint = caller.ok(LIST)["Endpoint"]
    return endpoint["WaitingCount"], endpoint["DeliveredCount"], endpoint["DeadCount"]


@pytest.fixture
def single(new_server: Callable[..., Server], receiver: Receiver) -> Backend:
    """A backend whose callbacks are dead after the first attempt that fails."""
    server = new_server(callback_schedule="none").start()
    return Backend(server, Caller(server.url), receiver)


# list_callback_deliveries.


def test_without_callbacks_the_list_is_empty_and_the_endpoint_fine(caller: Caller) -> None:
    assert caller.ok(LIST) == {
        "DeliveryList": [],
        "Next": "",
        "Endpoint": {
            "IsConfigured": False,
            "WaitingCount": 0,
            "DeliveredCount": 0,
            "DeadCount": 0,
            "Paused": "None",
            "PausedTime": 0,
            "FailureCount": 0,
            "Reason": "",
            "NextAttemptTime": 0,
        },
    }


def test_a_delivered_callback_is_listed_with_its_attempt(backend: Backend) -> None:
    backend.listen(CREATE)
    backend.caller.create_room()
    (told,) = backend.told(CREATE)
    until(lambda: counts(backend.caller) == (0, 1, 0))
    (delivery,) = listed(backend.caller)
    (attempt,) = delivery.pop("AttemptList")
    assert delivery == {
        "WebhookId": told.id,
        "RoomId": "room-1",
        "Number": 1,
        "CallbackCommand": CREATE,
        "EventTime": told.body["EventTime"],
        "State": "Delivered",
        "Refusals": 0,
    }
    assert attempt["Time"] >= told.body["EventTime"]
    assert (attempt["Outcome"], attempt["Status"], attempt["Detail"]) == ("Delivered", 200, "")
    assert 0 <= attempt["Milliseconds"] < 2000
    assert backend.caller.ok(LIST)["Endpoint"]["IsConfigured"]


def test_what_is_refused_is_dead_and_says_why(single: Backend) -> None:
    single.listen(CREATE)
    single.rule("answer", status=400, text="nonsense \x1b[31m")
    single.caller.create_room()
    until(lambda: counts(single.caller) == (0, 0, 1))
    (delivery,) = listed(single.caller)
    assert (delivery["State"], delivery["Refusals"]) == ("Dead", 1)
    (attempt,) = delivery["AttemptList"]
    assert (attempt["Outcome"], attempt["Status"], attempt["Detail"]) == ("Refused", 400, "HTTP 400")


def test_an_endpoint_that_fails_is_told_with_its_reason(new_server: Callable[..., Server], receiver: Receiver) -> None:
    server = new_server(callback_pause_after=1).start()
    backend = Backend(server, Caller(server.url), receiver)
    backend.rule("answer", status=503)
    backend.listen(CREATE)
    backend.caller.create_room()
    backend.until_paused()
    endpoint = backend.caller.ok(LIST)["Endpoint"]
    assert (endpoint["Paused"], endpoint["Reason"], endpoint["FailureCount"]) == ("Failures", "HTTP 503", 1)
    assert 4000 <= endpoint["NextAttemptTime"] - endpoint["PausedTime"] <= 6000
    assert counts(backend.caller) == (1, 0, 0)
    (delivery,) = listed(backend.caller, State="Waiting")
    assert (delivery["Refusals"], delivery["AttemptList"][0]["Outcome"]) == (0, "Failed")


@pytest.mark.parametrize("size", [1, 2, 3, 100, 10**9])
def test_callbacks_are_paged_the_latest_first(backend: Backend, size: int) -> None:
    backend.listen(CREATE, UPDATE)
    for room_id in ("a", "b"):
        backend.caller.create_room(room_id)
        backend.rename("one", "two", room_id=room_id)
    backend.got(6)
    until(lambda: counts(backend.caller) == (0, 6, 0))
    everything = [("b", 3), ("b", 2), ("b", 1), ("a", 3), ("a", 2), ("a", 1)]
    assert names(backend.caller, Count=size) == everything
    assert names(backend.caller, Count=size, RoomId="a") == everything[3:]
    assert names(backend.caller, Count=size, RoomId="a", State="Delivered") == everything[3:]
    assert names(backend.caller, Count=size, State="Delivered") == everything
    assert names(backend.caller, Count=size, State="Dead") == []
    assert names(backend.caller, Count=size, RoomId="c") == []


def test_callbacks_are_filtered_by_state(single: Backend) -> None:
    single.listen(CREATE)
    single.rule("answer", room="bad", **REFUSED)
    single.rule("slow", room="late", seconds=1.8)
    for room_id in ("good", "bad", "late"):
        single.caller.create_room(room_id)
    until(lambda: counts(single.caller) == (1, 1, 1))
    found = {state: names(single.caller, State=state) for state in ("Waiting", "Delivered", "Dead")}
    assert found == {"Waiting": [("late", 1)], "Delivered": [("good", 1)], "Dead": [("bad", 1)]}


def test_several_callbacks_of_one_event_are_all_listed(backend: Backend) -> None:
    muted = "Room.CallbackAfterMessageMuteChanged"
    backend.listen(UPDATE, muted)
    backend.caller.create_room()
    room = {"RoomId": "room-1", "IsMessageDisabled": True}
    backend.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": room})
    backend.told(UPDATE, muted)
    for size in (1, 2):
        found = [each["CallbackCommand"] for each in listed(backend.caller, Count=size)]
        assert found == [muted, UPDATE]


def test_a_page_looks_at_a_bounded_number_of_callbacks(new_server: Callable[..., Server]) -> None:
    """Rows are made while the server is down: thousands of deliveries would take long."""
    with new_server() as server:
        server.stop()
        server.database.change(
            "INSERT INTO callbacks (sdkappid, position, number, room_id, at, command, platform, client_ip, body, "
            "state) VALUES (?, ?, ?, 'room-1', 0, 'Room.CallbackAfterCreateRoom', 'RESTAPI', '::1', '{}', ?)",
            [(FIRST_SDKAPPID, n, n, "dead" if n == 1 else "delivered") for n in range(1, 2502)],
        )
        server.start()
        caller = Caller(server.url)
        for wanted in ({"State": "Dead"}, {"State": "Dead", "RoomId": "room-1"}):
            page = caller.ok(LIST, {**wanted, "Count": 100})
            assert page["DeliveryList"] == []
            assert page["Next"]
            assert names(caller, **wanted) == [("room-1", 1)]
        assert len(listed(caller, Count=100)) == 2501


@pytest.mark.parametrize(
    "body",
    [
        {"State": "waiting"},
        {"State": 1},
        {"RoomId": ""},
        {"RoomId": "x" * 49},
        {"Count": 0},
        {"Count": "5"},
        {"Next": 5},
        {"Next": "nonsense"},
    ],
)
def test_bad_fields_of_the_list_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(100002, LIST, body)


def test_a_cursor_belongs_to_its_list(backend: Backend) -> None:
    backend.listen(CREATE)
    for room_id in ("a", "b"):
        backend.caller.create_room(room_id)
    backend.got(2)
    after = backend.caller.ok(LIST, {"Count": 1})["Next"]
    assert after
    backend.caller.refused(100002, LIST, {"Next": after, "State": "Dead"})
    backend.caller.refused(100002, LIST, {"Next": after, "RoomId": "a"})
    backend.caller.refused(100002, "conclave/list_rooms", {"Next": after})


# resend_callback.


def test_a_delivered_callback_is_sent_again_as_it_was(backend: Backend) -> None:
    backend.listen(CREATE, UPDATE)
    backend.caller.create_room()
    backend.rename("later")
    first, second = backend.told(CREATE, UPDATE)
    until(lambda: counts(backend.caller) == (0, 2, 0))
    backend.caller.ok(RESEND, {"WebhookId": first.id})
    (again,) = backend.told(CREATE)
    assert (again.id, again.text) == (first.id, first.text)
    backend.caller.ok(RESEND, {"RoomId": "room-1", "Number": 2})
    (again,) = backend.told(UPDATE)
    assert (again.id, again.text) == (second.id, second.text)
    until(lambda: counts(backend.caller) == (0, 2, 0))
    assert [len(each["AttemptList"]) for each in listed(backend.caller)] == [2, 2]


def test_a_dead_callback_is_sent_again_and_may_die_again(single: Backend) -> None:
    single.listen(CREATE)
    single.rule("answer", **REFUSED)
    single.caller.create_room()
    until(lambda: counts(single.caller) == (0, 0, 1))
    body = {"RoomId": "room-1", "Number": 1}
    single.caller.ok(RESEND, body)
    until(lambda: [len(each["AttemptList"]) for each in listed(single.caller, State="Dead")] == [2])
    assert counts(single.caller) == (0, 0, 1)
    single.proper()
    single.caller.ok(RESEND, body)
    until(lambda: counts(single.caller) == (0, 1, 0))
    assert listed(single.caller)[0]["Refusals"] == 0


def test_what_is_sent_again_goes_before_what_waits(single: Backend) -> None:
    single.listen(CREATE, UPDATE, DESTROY)
    single.rule("answer", **REFUSED, times=1)
    single.caller.create_room()
    until(lambda: counts(single.caller) == (0, 0, 1))
    single.rule("slow", seconds=1.7, times=1)
    single.rename("two", "three")
    single.got(2)  # the second is on its way; the third waits behind it
    single.caller.ok(RESEND, {"RoomId": "room-1", "Number": 1})
    found = single.got(4)
    assert [told.number for told in found] == [1, 2, 1, 3]
    until(lambda: counts(single.caller) == (0, 3, 0))


def test_a_waiting_callback_is_not_sent_again(backend: Backend) -> None:
    backend.listen(CREATE)
    backend.rule("answer", status=400)
    backend.caller.create_room()
    backend.got(1)
    until(lambda: counts(backend.caller) == (1, 0, 0))
    assert "waits to be sent already" in backend.caller.refused(100006, RESEND, {"RoomId": "room-1", "Number": 1})
    assert counts(backend.caller) == (1, 0, 0)


def test_without_a_url_nothing_is_sent_again(backend: Backend) -> None:
    backend.listen(CREATE)
    backend.caller.create_room()
    (told,) = backend.told(CREATE)
    until(lambda: counts(backend.caller) == (0, 1, 0))
    backend.caller.ok("room_config/delete_callback")
    assert "no callback is configured" in backend.caller.refused(100301, RESEND, {"WebhookId": told.id})
    assert not backend.caller.ok(LIST)["Endpoint"]["IsConfigured"]
    backend.listen(CREATE)
    until(lambda: backend.caller.call(RESEND, {"WebhookId": told.id})["ErrorCode"] == 0)
    backend.told(CREATE)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("WebhookId", {}),
        ("WebhookId", {"RoomId": "room-1"}),
        ("WebhookId", {"Number": 1}),
        ("WebhookId", {"WebhookId": ""}),
        ("WebhookId", {"WebhookId": "evt_1_2"}),
        ("WebhookId", {"WebhookId": "evt_0_1_1_1"}),
        ("WebhookId", {"WebhookId": "evt_1_1_1_1\n"}),
        ("WebhookId", {"WebhookId": "evt_١_1_1_1"}),
        ("WebhookId", {"WebhookId": f"evt_{FIRST_SDKAPPID}_1_999999999999999999_999999999999999999"}),
        ("WebhookId", {"WebhookId": "x" * 61}),
        ("Number", {"RoomId": "room-1", "Number": 0}),
        ("Number", {"RoomId": "room-1", "Number": 2**53 + 1}),
        ("Number", {"RoomId": "nowhere", "Number": 1}),
    ],
)
def test_what_cannot_be_sent_again_is_refused(caller: Caller, field: str, body: dict[str, Any]) -> None:
    assert field in caller.refused(100002, RESEND, body)


def test_nobody_resends_what_is_anothers(backend: Backend, new_caller: Callable[[], Caller]) -> None:
    backend.listen(CREATE)
    backend.caller.create_room()
    (told,) = backend.told(CREATE)
    other = new_caller()
    other.ok("room_config/set_callback", {"Url": backend.receiver.url(), "CallbackCommandList": []})
    other.refused(100002, RESEND, {"WebhookId": told.id})
    other.refused(100002, RESEND, {"WebhookId": told.id.replace(str(backend.caller.sdkappid), str(other.sdkappid))})


# get_callback_secrets.


def test_the_secret_verifies_what_is_sent(backend: Backend) -> None:
    (secret,) = backend.caller.ok(SECRETS)["SecretList"]
    backend.listen(CREATE)
    backend.caller.create_room()
    (told,) = backend.told(CREATE)
    assert Webhook(secret).verify(told.text, told.headers) == told.body


def test_every_application_has_a_secret_of_its_own(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    assert caller.ok(SECRETS) != new_caller().ok(SECRETS)
    assert caller.ok(SECRETS) == caller.ok(SECRETS)
    assert caller.key not in str(caller.ok(SECRETS))
