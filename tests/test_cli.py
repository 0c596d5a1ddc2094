"""The command line: what an operator types, and what comes of it, with a server beside it and without one."""

import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from conclave.api import usersig
from tests.certificates import Authority
from tests.house import ROOMS
from tests.terminal import Serving, Terminal

ROOM = {"RoomInfo": {"RoomId": "r1", "RoomType": "Conference"}}
FIRST = "1400000001"
KEY = "a key of the tests, 32 characters"
SEEN_WITHIN_S = 1.0 + 7.0  # [G22], and patience with a busy machine


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Serving]]:
    """A server after its first start; the tests of this module make applications of their own on it."""
    terminal = Terminal(tmp_path_factory.mktemp("running"))
    with terminal.serve() as serving:
        yield terminal, serving


@pytest.fixture
def beside(running: tuple[Terminal, Serving]) -> Terminal:
    """A terminal beside a running server."""
    return running[0]


@pytest.fixture
def application(beside: Terminal) -> str:
    """An application that no other test uses."""
    return beside.ok("app", "create", "--key", KEY).split()[1]


def within_a_second(is_so: Callable[[], bool]) -> None:
    """Wait until it is so, at most as long as a running server may take to see a change [G22]."""
    deadline = time.monotonic() + SEEN_WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def code_of(serving: Serving, application: str, key: str = KEY) -> int:
    """The ErrorCode of a get_room_info that is signed with a key."""
    token = usersig.make(int(application), key, "administrator", now=int(time.time()), expire=60)
    parameters = {"sdkappid": application, "identifier": "administrator", "usersig": token}
    with serving.client() as client:
        answer = client.post(f"/v4/{ROOMS}/get_room_info", params=parameters, content=b'{"RoomId": "r1"}').json()
    return int(answer["ErrorCode"])


def test_the_first_start_tells_all_that_is_needed(running: tuple[Terminal, Serving]) -> None:
    terminal, serving = running
    lines = dict(re.findall(r"^  (\S[^\n]*?)  +(\S+)$", serving.greeting, re.MULTILINE))
    assert lines["SDKAppID"] == FIRST
    assert lines["key"] in terminal.ok("app", "show", FIRST, "--with-key")
    assert lines["administrator"] == "administrator"
    assert (terminal.folder / lines["CA certificate"]).read_text() == terminal.ok("ca")
    assert (terminal.folder / lines["data folder"] / "owner.json").exists()


def test_the_line_of_the_first_start_creates_a_room(terminal: Terminal) -> None:
    if not (curl := shutil.which("curl")):
        pytest.skip("curl is not installed")
    with terminal.serve() as serving:
        line = next(line for line in serving.greeting.splitlines() if line.startswith("curl "))
        done = subprocess.run([curl, *shlex.split(line)[1:]], cwd=terminal.folder, capture_output=True, check=True)
        assert msgspec.json.decode(done.stdout)["ActionStatus"] == "OK"
        assert terminal.call(f"{ROOMS}/get_room_info", {"RoomId": "r1"})["ErrorCode"] == 0


def test_a_later_start_tells_the_address_and_no_key(terminal: Terminal) -> None:
    with terminal.serve():
        pass
    with terminal.serve() as serving:
        assert serving.greeting == f"Conclave serves {serving.url} from data\n"


def test_port_0_takes_a_free_port_and_says_which(running: tuple[Terminal, Serving]) -> None:
    _, serving = running
    assert serving.port > 0
    with serving.client() as client:
        assert client.get("/readyz").text == "ready\n"


@pytest.mark.parametrize("words", [(), ("serve",), ("app", "limits")])
def test_every_command_explains_itself(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert "Usage: " in terminal.ok(*words, "--help")


def test_an_unknown_command_or_option_is_wrong_use(terminal: Terminal) -> None:
    for words in (("sevre",), ("serve", "--prot", "1"), ("app", "creat"), ("call",)):
        done = terminal.run(*words)
        assert done.returncode == 2, done
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("app", "list"),
        ("app", "show", FIRST),
        ("usersig", "bob"),
        ("call", f"{ROOMS}/get_room_info"),
        ("backup", "b.db"),
    ],
)
def test_a_folder_without_a_database_is_said_to_be_one(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal.refused(1, *words)
    assert "there is no database" in said or "back it up with pg_dump" in said
    assert not terminal.data.exists()


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("app", "create")])
@pytest.mark.parametrize("place", ["diary.txt", "diary.txt/data"])
def test_a_data_folder_that_is_a_file_is_said_to_be_one(terminal: Terminal, words: tuple[str, ...], place: str) -> None:
    terminal.write("diary.txt", "no data")
    said = terminal.refused(1, *words, "--data", place)
    assert said.startswith(f"{place}: ")
    assert "must be a folder" in said


def test_applications_can_be_made_before_the_first_start(terminal: Terminal) -> None:
    terminal.ok("app", "create", "42", "--name", "mine", "--key", KEY)
    with terminal.serve() as serving:
        assert "SDKAppID" not in serving.greeting
        assert code_of(serving, "42") == 100004
    assert terminal.ok("app", "list") == "42  enabled   mine\n"


def test_a_created_application_may_call_within_a_second(running: tuple[Terminal, Serving]) -> None:
    terminal, serving = running
    number = terminal.ok("app", "create", "--name", "new", "--key", KEY).split()[1]
    within_a_second(lambda: code_of(serving, number) == 100004)
    assert f"{number}  enabled   new\n" in terminal.ok("app", "list")


def test_an_application_is_created_once(beside: Terminal, application: str) -> None:
    assert "exists already" in beside.refused(1, "app", "create", application)


@pytest.mark.parametrize("words", [("0",), ("-1",), ("9007199254740992",), ("--key", "short"), ("--name", "n" * 101)])
def test_an_application_out_of_bounds_is_not_created(beside: Terminal, words: tuple[str, ...]) -> None:
    done = beside.run("app", "create", *words)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr


def test_disabling_and_enabling_is_seen_within_a_second(running: tuple[Terminal, Serving], application: str) -> None:
    terminal, serving = running
    within_a_second(lambda: code_of(serving, application) == 100004)
    terminal.ok("app", "disable", application)
    within_a_second(lambda: code_of(serving, application) == 60016)
    assert f"{application}  disabled" in terminal.ok("app", "list")
    terminal.ok("app", "enable", application)
    within_a_second(lambda: code_of(serving, application) == 100004)


def test_a_rotated_key_stays_valid_for_the_overlap_only(running: tuple[Terminal, Serving], application: str) -> None:
    terminal, serving = running
    said = terminal.ok("app", "rotate-key", application)
    new = said.split()[1]
    assert "86400 s" in said
    within_a_second(lambda: code_of(serving, application, new) == 100004)
    assert code_of(serving, application) == 100004
    shown = terminal.ok("app", "show", application, "--with-key")
    assert f"key {KEY}: valid until" in shown
    assert f"key {new}: in force" in shown


def test_without_an_overlap_a_rotated_key_ends_at_once(running: tuple[Terminal, Serving], application: str) -> None:
    terminal, serving = running
    terminal.ok("app", "rotate-key", application, "--overlap", "0")
    within_a_second(lambda: code_of(serving, application) == 70009)


def test_an_overlap_of_its_own_is_an_applications_default(beside: Terminal, application: str) -> None:
    beside.ok("app", "limits", application, "key_overlap=60")
    assert "60 s" in beside.ok("app", "rotate-key", application)


def test_keys_are_shown_only_when_asked_for(beside: Terminal, application: str) -> None:
    for words in (("list",), ("show", application), ("disable", application)):
        assert KEY not in beside.ok("app", *words)
    assert KEY in beside.ok("app", "show", application, "--with-key")


@pytest.mark.parametrize(
    "settings",
    [
        {
            "max_member_count=500": "max_member_count = 500",
            "enabled=false": "enabled = false",
            "name=a name, with = and comma": 'name = "a name, with = and comma"',
            "rates.default=100": 'rates = {"default":100}',
            "networks=10.0.0.0/8, 2001:db8::/32": 'networks = ["10.0.0.0/8","2001:db8::/32"]',
            "administrators=alice,bob": 'administrators = ["alice","bob"]',
            f"disabled_commands={ROOMS}/create_room": f'disabled_commands = ["{ROOMS}/create_room"]',
            "owner_exit=forbid": 'owner_exit = "forbid"',
        },
        {f"rates.{ROOMS}/create_room=5": f'rates = {{"{ROOMS}/create_room":5}}', "networks=": "networks = []"},
        {'rates={"create_room": 1}': 'rates = {"create_room":1}'},
    ],
)
def test_any_setting_of_an_application_can_be_set(beside: Terminal, application: str, settings: dict[str, str]) -> None:
    shown = beside.ok("app", "limits", application, *settings).splitlines()
    assert set(settings.values()) <= set(shown)
    assert set(settings.values()) <= set(beside.ok("app", "show", application).splitlines())


def test_several_settings_are_set_at_once_or_not_at_all(beside: Terminal, application: str) -> None:
    beside.ok("app", "limits", application, "rates.default=7", "rates.create_room=8", "max_rooms=9")
    beside.ok("app", "limits", application, "rates.default=")
    shown = beside.ok("app", "show", application)
    assert 'rates = {"create_room":8}' in shown
    beside.refused(1, "app", "limits", application, "max_rooms=10", "max_seat_count=-1")
    assert "max_rooms = 9\n" in beside.ok("app", "show", application)


@pytest.mark.parametrize(
    ("exit_code", "assignment", "said"),
    [
        (2, "max_member_cont=5", "max_member_count"),
        (2, "max_member_count", "FIELD=VALUE"),
        (2, "max_member_count=many", "max_member_count must be a number"),
        (2, "enabled=maybe", "enabled must be true or false"),
        (2, "max_rooms.x=1", "max_rooms has no entries"),
        (1, "max_member_count=0", "max_member_count"),
        (1, "owner_exit=whatever", "owner_exit"),
        (1, "administrators=" + ",".join("abcdefghijk"), "administrators"),
        (1, "networks=300.0.0.1", "300.0.0.1"),
        (1, "rates.get_rom_info=5", "get_rom_info"),
        (1, "disabled_commands=create_room", f"did you mean {ROOMS}/create_room?"),
    ],
)
def test_a_setting_that_is_none_is_refused(beside: Terminal, exit_code: int, assignment: str, said: str) -> None:
    assert said in beside.refused(exit_code, "app", "limits", FIRST, assignment)


def test_a_switched_off_command_answers_so_within_a_second(running: tuple[Terminal, Serving], application: str) -> None:
    terminal, serving = running
    terminal.ok("app", "limits", application, f"disabled_commands={ROOMS}/get_room_info")
    within_a_second(lambda: code_of(serving, application) == 60017)


def test_an_application_that_is_none_is_said_to_be_none(beside: Terminal) -> None:
    for words in (("show",), ("disable",), ("rotate-key",), ("limits",)):
        assert "there is no application 5" in beside.refused(1, "app", *words, "5")


def test_with_several_applications_one_has_to_be_named(beside: Terminal, application: str) -> None:
    assert application  # beside the first one
    assert "--sdkappid" in beside.refused(1, "usersig", "bob")


def test_a_usersig_is_made_and_explained(beside: Terminal, application: str) -> None:
    token = beside.ok("usersig", "bob", "--sdkappid", application, "--expire", "60").strip()
    assert usersig.read(token).expire == 60
    said = beside.ok("usersig", "check", token)
    assert "bob" in said
    assert application in said
    assert "valid for members" in said
    own = beside.ok("usersig", "administrator", "--sdkappid", application).strip()
    assert beside.ok("usersig", "check", own).splitlines()[-1] == "valid"


def test_a_usersig_that_was_copied_from_a_url_is_explained(beside: Terminal, application: str) -> None:
    token = beside.ok("usersig", "bob", "--sdkappid", application).strip()
    spelt = "".join(f"%{ord(character):02X}" for character in token)  # not each has one that must be spelt so
    assert beside.ok("usersig", "check", spelt) == beside.ok("usersig", "check", token)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"key": "the key of somebody else"}, 70009),
        ({"now": 1_500_000_000}, 70001),
        ({"key": "the key of somebody else", "now": 1_500_000_000}, 70009),
    ],
)
def test_a_usersig_that_is_not_valid_is_told_why(
    beside: Terminal, application: str, made: dict[str, str | int], code: int
) -> None:
    now = int(made.get("now", time.time()))
    token = usersig.make(int(application), str(made.get("key", KEY)), "bob", now=now, expire=60)
    done = beside.run("usersig", "check", token)
    assert done.returncode == 1
    assert f"not valid, {code}" in done.stdout
    assert "bob" in done.stdout


def test_a_usersig_does_not_steer_the_terminal(beside: Terminal, application: str) -> None:
    token = usersig.make(int(application), KEY, "bob\x1b[2J\u202e\n\0", now=int(time.time()), expire=60)
    done = beside.run("usersig", "check", token)
    assert done.stdout.splitlines()[0] == r"identifier  bob\x1b[2J\u202e\n\x00"
    assert all(line.isprintable() for line in done.stdout.splitlines())
    assert "valid for members" in done.stdout


def test_a_usersig_of_a_stranger_or_of_nobody_is_told(beside: Terminal) -> None:
    token = usersig.make(77, KEY, "bob", now=int(time.time()), expire=60)
    assert "has no application 77" in beside.refused(1, "usersig", "check", token)
    assert "70003" in beside.refused(1, "usersig", "check", "rubbish")


def test_a_usersig_from_before_a_kick_is_told(beside: Terminal) -> None:
    beside.call("im_open_login_svc/account_import", {"UserID": "eve"}, "--sdkappid", FIRST)
    token = beside.ok("usersig", "eve", "--sdkappid", FIRST).strip()
    beside.call("im_open_login_svc/kick", {"UserID": "eve"}, "--sdkappid", FIRST)
    done = beside.run("usersig", "check", token)
    assert done.returncode == 1
    assert "70052" in done.stdout


def test_a_call_is_signed_sent_and_answered(beside: Terminal) -> None:
    beside.call(f"{ROOMS}/create_room", ROOM, "--sdkappid", FIRST)
    info = beside.call(f"{ROOMS}/get_room_info", {"RoomId": "r1"}, "--sdkappid", FIRST)
    assert info["Response"]["RoomInfo"]["RoomId"] == "r1"


def test_the_exit_code_of_a_call_is_that_of_its_answer(beside: Terminal) -> None:
    done = beside.run("call", f"{ROOMS}/get_room_info", '{"RoomId": "nowhere"}', "--sdkappid", FIRST)
    assert done.returncode == 1
    assert msgspec.json.decode(done.stdout)["ErrorCode"] == 100004


def test_the_body_of_a_call_may_come_from_standard_input(beside: Terminal) -> None:
    body = '{"RoomInfo": {"RoomId": "ключ", "RoomType": "Conference"}}'
    done = beside.run("call", f"{ROOMS}/create_room", "-", "--sdkappid", FIRST, stdin=body)
    assert msgspec.json.decode(done.stdout)["ErrorCode"] == 100002


def test_a_call_may_be_made_as_somebody_else(beside: Terminal) -> None:
    done = beside.run("call", f"{ROOMS}/get_room_info", "{}", "--as", "bob", "--sdkappid", FIRST)
    assert msgspec.json.decode(done.stdout)["ErrorCode"] == 60010


@pytest.mark.parametrize("command", [f"{ROOMS}/get_room_inf", "get_room_info"])
def test_a_call_of_no_command_names_those_near_it(beside: Terminal, command: str) -> None:
    assert f"did you mean {ROOMS}/get_room_info" in beside.refused(2, "call", command)


@pytest.mark.parametrize("words", [("call", f"{ROOMS}/get_room_info"), ("member", "room-1", "--as", "ann")])
def test_a_certificate_that_is_not_trusted_says_how_it_can_be(
    terminal: Terminal, tmp_path: Path, words: tuple[str, ...]
) -> None:
    own = Authority(tmp_path, "authority").issue("127.0.0.1")
    with terminal.serve("--tls", f"{own['certificate']}:{own['key']}"):
        assert "--cacert" in terminal.refused(1, *words)
        assert "does not answer" not in terminal.run(*words, "--cacert", "authority.pem").stderr


def test_a_call_that_nobody_answers_says_so(terminal: Terminal) -> None:
    terminal.ok("app", "create")
    assert "no server serves data" in terminal.refused(1, "call", f"{ROOMS}/get_room_info")
    url = "https://127.0.0.1:9"
    assert f"{url}/v4/{ROOMS}/get_room_info does not answer" in terminal.refused(
        1, "call", f"{ROOMS}/get_room_info", "--url", url
    )


def test_the_address_of_a_server_that_was_killed_is_not_believed(terminal: Terminal) -> None:
    with terminal.serve("--tls", "off") as serving:
        serving.process.kill()
        serving.process.wait()
    assert "does not answer" in terminal.refused(1, "call", f"{ROOMS}/get_room_info")


@pytest.mark.sqlite
def test_a_backup_of_a_running_server_can_be_served(running: tuple[Terminal, Serving], tmp_path: Path) -> None:
    terminal, _ = running
    terminal.call(f"{ROOMS}/create_room", {"RoomInfo": {**ROOM["RoomInfo"], "RoomId": "kept"}}, "--sdkappid", FIRST)
    copy = Terminal(tmp_path)
    copy.data.mkdir()
    terminal.ok("backup", str(copy.data / "conclave.db"))
    assert (copy.data / "conclave.db").stat().st_mode & 0o077 == 0
    with copy.serve():
        assert copy.call(f"{ROOMS}/get_room_info", {"RoomId": "kept"}, "--sdkappid", FIRST)["ErrorCode"] == 0


@pytest.mark.sqlite
def test_a_backup_never_overwrites(beside: Terminal) -> None:
    beside.write("precious", "mine")
    assert "precious exists" in beside.refused(1, "backup", "precious")
    assert "nowhere" in beside.refused(1, "backup", "nowhere/copy.db")
    assert (beside.folder / "precious").read_text() == "mine"
