"""``room_config``: where callbacks go and which, over REST, from the settings file and from the terminal [C1] [C2]."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conclave.domain.callbacks import CALLBACKS
from tests import database, invariants
from tests.backend import ALL, SIX, Backend
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.terminal import Terminal

SET, UPDATE, GET, DELETE = (f"room_config/{what}_callback" for what in ("set", "update", "get", "delete"))
SET_TOKEN, GET_TOKEN = "room_config/set_callback_token", "room_config/get_callback_token"
URL = "http://www.example.com/callback"
LEAVE, SEATS = "Room.CallbackAfterMemberLeave", "Mic.CallbackAfterSeatInfoChanged"


def configuration(url: str = URL, *commands: str) -> dict[str, Any]:
    return {"Url": url, "CallbackCommandList": list(commands)}


# set, update, get, delete.


def test_what_was_set_is_told(caller: Caller) -> None:
    assert caller.call(SET, configuration(URL, LEAVE, SEATS)).keys() == {
        "ActionStatus",
        "ErrorCode",
        "ErrorInfo",
        "RequestId",
    }
    assert caller.ok(GET) == configuration(URL, LEAVE, SEATS)


def test_a_second_configuration_is_refused_and_changes_nothing(caller: Caller) -> None:
    caller.ok(SET, configuration(URL, LEAVE))
    assert "update_callback" in caller.refused(100300, SET, configuration("https://other.example/", SEATS))
    assert caller.ok(GET) == configuration(URL, LEAVE)


def test_update_replaces_url_and_list(caller: Caller) -> None:
    caller.ok(SET, configuration(URL, LEAVE))
    caller.ok(UPDATE, configuration("https://other.example/?a=1&b=2", SEATS))
    assert caller.ok(GET) == configuration("https://other.example/?a=1&b=2", SEATS)


def test_without_a_configuration_there_is_nothing_to_update_or_get(caller: Caller) -> None:
    assert "set_callback" in caller.refused(100301, UPDATE, configuration(URL, LEAVE))
    assert "set_callback" in caller.refused(100301, GET, {})


def test_delete_always_succeeds_and_makes_way_for_another_configuration(caller: Caller) -> None:
    caller.ok(DELETE, {})
    caller.ok(SET, configuration(URL, LEAVE))
    caller.ok(DELETE, {})
    caller.ok(DELETE, {})
    caller.refused(100301, GET, {})
    caller.ok(SET, configuration(URL, SEATS))
    assert caller.ok(GET) == configuration(URL, SEATS)


def test_every_callback_may_be_listed(caller: Caller) -> None:
    caller.ok(SET, configuration(URL, *ALL))
    assert caller.ok(GET)["CallbackCommandList"] == list(CALLBACKS)


def test_an_empty_list_is_a_configuration_too(caller: Caller) -> None:
    caller.ok(SET, configuration(URL))
    assert caller.ok(GET) == configuration(URL)
    caller.refused(100300, SET, configuration(URL))


def test_the_alias_is_stored_under_the_name_that_is_sent(caller: Caller) -> None:
    caller.ok(SET, configuration(URL, "Room.CallbackUpdateRoomInfo", "Room.CallbackAfterUpdateRoomInfo"))
    assert caller.ok(GET)["CallbackCommandList"] == ["Room.CallbackAfterUpdateRoomInfo"]


@pytest.mark.parametrize(
    "name", ["Room.CallbackAfterCreateroom", "Room.CallbackBeforeCreateRoom", "Group.CallbackAfterSendMsg", "", " "]
)
@pytest.mark.parametrize("command", [SET, UPDATE])
def test_an_unknown_callback_is_refused_by_name(caller: Caller, command: str, name: str) -> None:
    if command == UPDATE:
        caller.ok(SET, configuration(URL, LEAVE))
    assert repr(name) in caller.refused(100002, command, configuration(URL, SEATS, name))
    if command == UPDATE:
        assert caller.ok(GET) == configuration(URL, LEAVE)
    else:
        caller.refused(100301, GET, {})


@pytest.mark.parametrize(
    "url",
    [
        "http://123.123.123.123/imcallback",
        "https://backend.example:8443/a/b?c=d&e=f",
        "http://[::1]:9000/",
        "http://x/" + "a" * 1015,
        "http://user:word@host/",
        "http://host.example./",
        "http://xn--hst-sna.example/",
        "http://a_host/",
    ],
)
def test_a_url_may_be(caller: Caller, url: str) -> None:
    caller.ok(SET, configuration(url, LEAVE))
    assert caller.ok(GET)["Url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.example.com/callback",
        "ftp://www.example.com/",
        "HTTP://www.example.com/",
        "http:/www.example.com/",
        "http://",
        "https:///callback",
        "http://:80/",
        "http://host:0/",
        "http://host:65536/",
        "http://host:port/",
        "http://[::1/",
        "http://host/a b",
        "http://host/\r\nX: y",
        "http://hőst/",
        "http://host/#fragment",
        "http://ho\\st/",
        "http://xn--xn--/",
        "http://host..example/",
        "http://" + "a" * 64 + ".example/",
        "http://x/" + "a" * 1016,
    ],
)
@pytest.mark.parametrize("command", [SET, UPDATE])
def test_a_url_may_not_be(caller: Caller, command: str, url: str) -> None:
    assert caller.refused(100002, command, configuration(url, LEAVE)).startswith("Url ")
    caller.refused(100301, GET, {})


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("Url", {"CallbackCommandList": []}),
        ("Url", {"Url": None, "CallbackCommandList": []}),
        ("Url", {"Url": 5, "CallbackCommandList": []}),
        ("CallbackCommandList", {"Url": URL}),
        ("CallbackCommandList", {"Url": URL, "CallbackCommandList": LEAVE}),
        ("CallbackCommandList", {"Url": URL, "CallbackCommandList": [1]}),
        ("CallbackCommandList", {"Url": URL, "CallbackCommandList": [LEAVE] * 101}),
    ],
)
@pytest.mark.parametrize("command", [SET, UPDATE])
def test_both_fields_are_needed(caller: Caller, command: str, field: str, body: dict[str, Any]) -> None:
    assert field in caller.refused(100002, command, body)


def test_applications_are_configured_each_for_itself(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.ok(SET, configuration(URL, LEAVE))
    other.refused(100301, GET, {})
    other.ok(DELETE, {})
    assert caller.ok(GET) == configuration(URL, LEAVE)


# The token.


def test_there_is_no_token_until_one_is_set(caller: Caller) -> None:
    assert "set_callback_token" in caller.refused(100302, GET_TOKEN, {})


@pytest.mark.parametrize("missing", ["Token", "IsTokenEnable"])
def test_the_first_time_both_are_needed(caller: Caller, missing: str) -> None:
    body = {"Token": "xxxxyyyy", "IsTokenEnable": True}
    del body[missing]
    assert missing in caller.refused(100002, SET_TOKEN, body)
    caller.refused(100302, GET_TOKEN, {})


def test_later_either_may_be_changed(caller: Caller) -> None:
    caller.ok(SET_TOKEN, {"Token": "one", "IsTokenEnable": False})
    assert caller.ok(GET_TOKEN) == {"Token": "one", "IsTokenEnable": False}
    caller.ok(SET_TOKEN, {"IsTokenEnable": True})
    assert caller.ok(GET_TOKEN) == {"Token": "one", "IsTokenEnable": True}
    caller.ok(SET_TOKEN, {"Token": "two"})
    assert caller.ok(GET_TOKEN) == {"Token": "two", "IsTokenEnable": True}
    caller.ok(SET_TOKEN, {})
    assert caller.ok(GET_TOKEN) == {"Token": "two", "IsTokenEnable": True}


def test_the_token_survives_the_configuration(caller: Caller) -> None:
    caller.ok(SET_TOKEN, {"Token": "one", "IsTokenEnable": True})
    caller.ok(SET, configuration(URL, LEAVE))
    caller.ok(DELETE, {})
    assert caller.ok(GET_TOKEN)["Token"] == "one"


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("Token", {"Token": "", "IsTokenEnable": True}),
        ("Token", {"Token": "x" * 129, "IsTokenEnable": True}),
        ("Token", {"Token": "ä" * 129, "IsTokenEnable": True}),
        ("Token", {"Token": 5, "IsTokenEnable": True}),
        ("IsTokenEnable", {"Token": "x" * 128, "IsTokenEnable": 1}),
        ("IsTokenEnable", {"Token": "x", "IsTokenEnable": "true"}),
    ],
)
def test_a_token_has_1_to_128_characters_and_a_switch_is_true_or_false(
    caller: Caller, field: str, body: dict[str, Any]
) -> None:
    assert field in caller.refused(100002, SET_TOKEN, body)
    caller.ok(SET_TOKEN, {"Token": "ä" * 128, "IsTokenEnable": True})
    assert caller.ok(GET_TOKEN)["Token"] == "ä" * 128


# The settings file owns what it names [G22].


def test_rest_does_not_change_what_the_settings_file_names(new_server: Callable[..., Server], backend: Backend) -> None:
    url = backend.receiver.url("/owned")
    server = new_server(
        toml=f'callback_url = "{url}"\ncallback_commands = ["Room.CallbackUpdateRoomInfo"]\n'
        'callback_token = "from the file"\ncallback_token_enabled = true'
    ).start()
    caller = Caller(server.url)
    assert caller.ok(GET) == configuration(url, "Room.CallbackAfterUpdateRoomInfo")
    assert caller.ok(GET_TOKEN) == {"Token": "from the file", "IsTokenEnable": True}
    caller.refused(100300, SET, configuration(URL, LEAVE))
    for command, body in (
        (UPDATE, configuration(URL, LEAVE)),
        (DELETE, {}),
        (SET_TOKEN, {"Token": "other"}),
        (SET_TOKEN, {"IsTokenEnable": False}),
    ):
        assert "settings file owns" in caller.refused(100002, command, body)
    for words in (("--url", URL), ("--token", "other"), ("--remove",)):
        assert "settings file owns" in Terminal(server.folder).refused(
            1, "app", "callbacks", str(FIRST_SDKAPPID), *words
        )
    caller.create_room()
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "new"}})
    (told,) = backend.receiver.got(1, "/owned")
    assert told.command == "Room.CallbackAfterUpdateRoomInfo"
    assert [name for name, _ in told.parameters][-2:] == ["Sign", "RequestTime"]


def test_rest_sets_what_the_settings_file_leaves_open(new_server: Callable[..., Server]) -> None:
    server = new_server(toml='callback_token = "from the file"').start()
    caller = Caller(server.url)
    caller.ok(SET, configuration(URL, LEAVE))
    caller.ok(SET_TOKEN, {"IsTokenEnable": True})
    server.stop()
    server.start()
    assert caller.ok(GET) == configuration(URL, LEAVE)
    assert caller.ok(GET_TOKEN) == {"Token": "from the file", "IsTokenEnable": True}


def test_what_the_settings_file_names_may_be_said_again_as_it_is(new_server: Callable[..., Server]) -> None:
    server = new_server(toml=f'callback_commands = ["{LEAVE}"]').start()
    caller = Caller(server.url)
    assert "settings file owns callback_commands" in caller.refused(100002, SET, configuration(URL, SEATS))
    caller.ok(SET, configuration(URL, LEAVE))
    assert "settings file owns callback_commands" in caller.refused(100002, UPDATE, configuration(URL))
    caller.ok(UPDATE, configuration("http://other.example/", LEAVE))
    caller.ok(DELETE, {})
    caller.refused(100301, GET, {})
    terminal, of = Terminal(server.folder), ("app", "callbacks", str(FIRST_SDKAPPID))
    assert "settings file owns" in terminal.refused(1, *of, "--url", URL, "--command", SEATS)
    assert f"url      {URL}\ncommand  {LEAVE}\n" in terminal.ok(*of, "--url", URL, "--command", LEAVE)
    assert terminal.ok(*of, "--remove").startswith("url      none")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('callback_url = "ftp://x"', "callback_url must start with"),
        ('callback_commands = ["Room.Nonsense"]', "callback_commands: there is no callback 'Room.Nonsense'"),
        (f'callback_token = "{"x" * 129}"', "callback_token"),
        ('callback_url = "http://xn--xn--/"', "callback_url is not a URL that can be called"),
        ("callback_token_enabled = 1", "callback_token_enabled"),
        ("end_notice = 0", "end_notice"),
    ],
)
def test_a_settings_file_that_cannot_be_meant_stops_the_start(tmp_path: Path, line: str, complaint: str) -> None:
    server = Server(tmp_path, toml=line)
    assert server.launch().wait(20) == 2
    assert complaint in server.log.read_text()


# ``conclave app callbacks``.


@pytest.fixture
def beside(new_server: Callable[..., Server]) -> tuple[Terminal, Caller]:
    """A terminal beside a running server, with its application's caller."""
    server = new_server(toml="rates = {default = 0}").start()
    return Terminal(server.folder), Caller(server.url)


def test_the_terminal_configures_a_running_server(beside: tuple[Terminal, Caller], backend: Backend) -> None:
    terminal, caller = beside
    of = ("app", "callbacks", str(FIRST_SDKAPPID))
    url = backend.receiver.url("/terminal")
    assert terminal.ok(*of).startswith("url      none")
    shown = terminal.ok(*of, "--url", url, "--token", "a token of the terminal")
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("command")] == list(SIX)
    assert "a token of the terminal" not in shown
    assert "whsec_" not in shown
    assert caller.ok(GET) == configuration(url, *SIX)
    caller.create_room()
    (told,) = backend.receiver.got(1, "/terminal")
    assert "Sign=" in told.query

    secret = terminal.ok(*of, "--with-secret")
    assert "token    a token of the terminal" in secret
    assert caller.ok("conclave/get_callback_secrets")["SecretList"][0] in secret
    for words in (("show",), ("limits",)):
        assert "a token of the terminal" not in terminal.ok("app", *words, str(FIRST_SDKAPPID))
    assert "a token of the terminal" in terminal.ok("app", "show", str(FIRST_SDKAPPID), "--with-key")

    terminal.ok(*of, "--command", "Room.CallbackUpdateRoomInfo", "--command", LEAVE, "--no-token")
    assert caller.ok(GET)["CallbackCommandList"] == ["Room.CallbackAfterUpdateRoomInfo", LEAVE]
    caller.refused(100302, GET_TOKEN, {})
    terminal.ok(*of, "--remove")
    caller.refused(100301, GET, {})


def test_both_may_change_what_callbacks_are_sent(beside: tuple[Terminal, Caller], tmp_path: Path) -> None:
    """Facts outside rooms are numbered without a gap, whichever process writes them."""
    terminal, caller = beside
    for number in range(3):
        caller.ok(DELETE, {})
        caller.ok(SET, configuration(f"{URL}/{number}", LEAVE))
        terminal.ok("app", "callbacks", str(FIRST_SDKAPPID), "--command", SEATS)
    invariants.check(database.at(terminal.data))


def test_the_terminal_says_what_cannot_be_set(beside: tuple[Terminal, Caller]) -> None:
    terminal, _ = beside
    of = ("app", "callbacks", str(FIRST_SDKAPPID))
    assert "callback_url must start with" in terminal.refused(1, *of, "--url", "ftp://x")
    assert "there is no callback" in terminal.refused(1, *of, "--command", "Room.Nonsense")
    assert "--remove goes without" in terminal.refused(2, *of, "--remove", "--url", URL)
    assert "no application 5" in terminal.refused(1, "app", "callbacks", "5")


def test_the_terminal_switches_the_token_without_forgetting_it(beside: tuple[Terminal, Caller]) -> None:
    terminal, caller = beside
    of = ("app", "callbacks", str(FIRST_SDKAPPID))
    assert "there is no token" in terminal.refused(1, *of, "--token-enabled")
    assert "token    one, which signs nothing" in terminal.ok(
        *of, "--token", "one", "--token-disabled", "--with-secret"
    )
    for words, enabled in (("--token-enabled", True), ("--token-disabled", False)):
        terminal.ok(*of, words)
        assert caller.ok(GET_TOKEN) == {"Token": "one", "IsTokenEnable": enabled}
    terminal.ok(*of, "--token", "two")
    assert caller.ok(GET_TOKEN) == {"Token": "two", "IsTokenEnable": True}
    terminal.refused(2, *of, "--no-token", "--token-disabled")
    terminal.ok(*of, "--no-token")
    caller.refused(100302, GET_TOKEN, {})


def test_the_terminal_empties_the_list(beside: tuple[Terminal, Caller]) -> None:
    terminal, caller = beside
    of = ("app", "callbacks", str(FIRST_SDKAPPID))
    terminal.ok(*of, "--url", URL, "--no-commands")
    assert caller.ok(GET) == configuration(URL)
    terminal.ok(*of, "--command", LEAVE)
    assert caller.ok(GET) == configuration(URL, LEAVE)
    terminal.ok(*of, "--no-commands")
    assert caller.ok(GET) == configuration(URL)
    for words in (("--no-commands", "--command", LEAVE), ("--no-commands", "--remove")):
        terminal.refused(2, *of, *words)


def test_the_secrets_of_a_url_are_shown_to_who_asks_for_secrets(beside: tuple[Terminal, Caller]) -> None:
    terminal, caller = beside
    application = str(FIRST_SDKAPPID)
    url = "http://user:word@host.example:8443/a@b/c?key=secret&d"
    caller.ok(SET, configuration(url, LEAVE))
    for words in (
        ("app", "callbacks", application),
        ("app", "show", application),
        ("app", "limits", application),
        ("callbacks", "list"),
    ):
        shown = terminal.ok(*words)
        assert "http://***@host.example:8443/a@b/c?***" in shown
        assert "word" not in shown.replace("password", "")
        assert "key=secret" not in shown
    assert url in terminal.ok("app", "callbacks", application, "--with-secret")
    assert url in terminal.ok("app", "show", application, "--with-key")
