"""Settings: where they come from, which one wins, and what is said about one that cannot be used."""

import re
import typing
from pathlib import Path

import msgspec
import pytest

from conclave import config
from conclave.config import SettingsError
from conclave.settings import CertificateFiles, ServerSettings
from tests.terminal import Terminal

KEY = "a key of the tests, 32 characters"
OTHER_KEY = "another key of the tests, longer"
APPLICATION = f'[[applications]]\nsdkappid = 7\nkey = "{KEY}"\n'
# What an environment variable may say for a setting of each type, and what it means.
SAMPLES = {
    str: ("info", "info"),
    str | CertificateFiles: ("a.pem:b.pem", CertificateFiles("a.pem", "b.pem")),
    tuple[str, ...]: ("10.0.0.0/8, 192.168.0.0/16", ("10.0.0.0/8", "192.168.0.0/16")),
    bool: ("true", True),
    int: ("2000", 2000),
    float: ("7.5", 7.5),
}
EXCEPTIONS = {  # the sample is out of the limits, or the default
    "workers": ("2", 2),
    "database": ("postgresql://db.example/conclave", "postgresql://db.example/conclave"),
    "database_connections": ("20", 20),
    "redis": ("rediss://cache.example/1", "rediss://cache.example/1"),
    "callback_schedule": ("1s, 2m", "1s, 2m"),
    "callback_pause_after": ("9", 9),
    "callback_private_networks": ("false", False),
}


NEEDED = {"redis": {"CONCLAVE_DATABASE": "postgresql://db.example/conclave"}}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize("name", ServerSettings.__struct_fields__)
def test_every_setting_comes_from_the_environment_too(name: str) -> None:
    text, value = EXCEPTIONS.get(name) or SAMPLES[typing.get_type_hints(ServerSettings)[name]]
    server = config.load(None, {}, {f"CONCLAVE_{name.upper()}": text, **NEEDED.get(name, {})}).server
    assert getattr(server, name) == value
    assert getattr(server, name) != getattr(ServerSettings(), name) or name == "log_level"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(terminal: Terminal) -> None:
    file = terminal.write("c.toml", '[server]\nhost = "file"\ndata = "file"\nlog_level = "error"\n')
    settings = config.load(terminal.folder / file, {"host": "line", "port": None}, {"CONCLAVE_HOST": "variable"})
    assert settings.server.host == "line"
    settings = config.load(terminal.folder / file, {}, {"CONCLAVE_HOST": "variable", "CONCLAVE_PORT": "9"})
    assert (settings.server.host, settings.server.port, settings.server.data) == ("variable", 9, "file")


def test_the_settings_file_may_be_named_by_the_environment(terminal: Terminal) -> None:
    terminal.write("c.toml", '[server]\ndata = "elsewhere"\n' + APPLICATION)
    with terminal.serve("--tls", "off", CONCLAVE_CONFIG="c.toml") as serving:
        assert "elsewhere" in serving.greeting
        assert terminal.ok("app", "list", CONCLAVE_CONFIG="c.toml").split() == ["7", "enabled"]


def test_applications_may_come_from_the_environment(terminal: Terminal) -> None:
    applications = msgspec.json.encode([{"sdkappid": 9, "key": KEY, "name": "nine", "max_seat_count": 5}]).decode()
    with terminal.serve("--tls", "off", CONCLAVE_APPLICATIONS=applications):
        shown = terminal.ok("app", "show", "9")
    assert "max_seat_count = 5  (the settings file's)" in shown


ON_POSTGRESQL = "[server]\ndatabase = 'postgresql://db.example/conclave'\n"
WRONG = {
    "[server]\nport = 70000": "server.port",
    "[server]\nport = 'x'": "server.port",
    "[server]\nprot = 1": "prot",
    "[server]\ntls = 'on'": "server.tls",
    "[server]\nlog_level = 'loud'": "server.log_level",
    "[server]\ncallback_schedule = '5s, soon'": "server.callback_schedule: 'soon'",
    "[server]\ncallback_pause_after = 0": "server.callback_pause_after",
    "[server]\nredis = 'redis://cache.example'": "server.redis is for the nodes of one PostgreSQL database",
    ON_POSTGRESQL + "redis = 'cache.example:6379'": "server.redis must be redis://HOST:PORT",
    ON_POSTGRESQL + "redis = 'unix:///run/redis.sock'": "server.redis must be redis://HOST:PORT",
    ON_POSTGRESQL + "redis = 'redis://:6379'": "server.redis must be redis://HOST:PORT",
    ON_POSTGRESQL + "redis = 'redis://cache.example:port'": "server.redis is no address",
    ON_POSTGRESQL + "redis = 'redis://cache.example/rooms'": "server.redis may end with /NUMBER",
    ON_POSTGRESQL + "redis = 'redis://cache.example/0#x'": "server.redis is no address",
    ON_POSTGRESQL + "redis = 'redis://cache.example?ssl_ca_certs=a.pem'": "server.redis takes only ssl_ca_certs",
    ON_POSTGRESQL + "redis = 'rediss://cache.example?ssl_cert_reqs=none'": "server.redis takes only ssl_ca_certs",
    ON_POSTGRESQL + "redis = 'redis://one.example,two.example'": "server.redis must be redis://HOST:PORT",
    "[server]\ndatabase = 'mysql://db.example/conclave'": "server.database must begin with postgresql://",
    "[server]\ndatabase = 'postgresql://db.example:port/conclave'": "server.database is no address",
    "[server]\ndatabase = 'postgresql://db.example/conclave#x'": "server.database is no address",
    "[server]\ndatabase = 'postgresql://db.example/conclave?sslmode'": "server.database is no address",
    "[serve]\nport = 1": "[serve]",
    "server = 1": "server must be a table",
    "applications = 1": "[[applications]]",
    "[server": "not TOML",
    "[[applications]]\nsdkappid = 7\nkey = 'short'": "applications[0].key",
    "[[applications]]\nsdkappid = 7": "applications[0]",
    APPLICATION + APPLICATION: "one sdkappid stands twice",
    APPLICATION + "administrators = []": "applications[0].administrators",
    APPLICATION + f"administrators = {[str(n) for n in range(11)]}": "applications[0].administrators",
}


@pytest.mark.parametrize(("toml", "named"), WRONG.items())
def test_a_wrong_setting_is_named(terminal: Terminal, toml: str, named: str) -> None:
    file = terminal.folder / terminal.write("c.toml", toml)
    with pytest.raises(SettingsError, match=re.escape(named)):
        config.load(file, {}, {})


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[server]\nport = 70000", "server.port"),
        (
            APPLICATION + "disabled_commands = ['room_engine_http_srv/create_rom']",
            "did you mean room_engine_http_srv/cr",
        ),
        (APPLICATION + "rates = {create_rooms = 5}", "create_rooms"),
        (APPLICATION + "networks = ['10.0.0.0/33']", "10.0.0.0/33"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(terminal: Terminal, toml: str, named: str) -> None:
    terminal.write("c.toml", toml)
    assert named in terminal.refused(2, "serve", "--config", "c.toml")


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PORT", "tcp://10.0.0.1"),
        ("INSECURE", "yes"),
        ("TIMEOUT", "fast"),
        ("APPLICATIONS", "[{"),
        ("CONFIG", "no.toml"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(text if variable == "CONFIG" else f"CONCLAVE_{variable}")):
        config.load(None, {}, {f"CONCLAVE_{variable}": text})


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("CONCLAVE_DATABSE", "CONCLAVE_DATABASE"),
        ("CONCLAVE_MEMBERPORT", "CONCLAVE_MEMBER_PORT"),
        ("CONCLAVE_APPLICATION", "CONCLAVE_APPLICATIONS"),
        ("CONCLAVE_PORT_443_TCP", "CONCLAVE_PORT"),
    ],
)
def test_an_unknown_variable_ends_the_start_with_a_sentence_that_names_the_nearest(
    terminal: Terminal, variable: str, nearest: str
) -> None:
    said = terminal.refused(2, "serve", **{variable: KEY})
    assert said == f"the variable {variable} is no setting; the nearest is {nearest}"
    assert not terminal.data.exists()


def test_variables_of_the_tests_and_of_others_are_passed_over() -> None:
    others = {"CONCLAVE_TESTS_REQUIRE_ALL": "1", "CONCLAVE_TEST_ENGINE": "sqlite", "CONCLAVES": "x", "PORT": "x"}
    assert config.load(None, {}, others).server == ServerSettings()


def test_a_key_in_a_broken_setting_is_not_repeated(terminal: Terminal) -> None:
    applications = f'[{{"sdkappid": "seven", "key": "{KEY}"}}, "{KEY}"'
    assert KEY not in terminal.refused(2, "serve", CONCLAVE_APPLICATIONS=applications)
    for address in (f"redis://:{KEY}@h:x", f"redis://:{KEY}/@h", f"http://:{KEY}@h", f"redis://:{KEY}@h?{KEY}=1"):
        terminal.write("c.toml", f'{ON_POSTGRESQL}redis = "{address}"')
        assert KEY not in terminal.refused(2, "serve", "--config", "c.toml")
    terminal.write("c.toml", f'[[applications]]\nsdkappid = 7\nkey = ["{KEY}"]\n')
    assert KEY not in terminal.refused(2, "serve", "--config", "c.toml")


@pytest.mark.parametrize("password", ["pa/ss", "12/ss", "pa#ss", "pa?ss", "pa?s=s", "pa[ss", "@pa/ss", "pa:12/ss"])
def test_a_password_whose_characters_are_not_written_as_they_must_be_is_not_repeated(
    terminal: Terminal, password: str
) -> None:
    address = f"postgresql://conclave:{password}@127.0.0.1:1/rooms"
    said = [
        terminal.refused(2, "serve", CONCLAVE_DATABASE=address),
        terminal.refused(2, "serve", CONCLAVE_DATABASE="postgresql://h/x", CONCLAVE_REDIS=f"redis://:{password}@h"),
        terminal.refused(2, "copy", address, "elsewhere"),
        terminal.refused(2, "copy", "elsewhere", address),
        terminal.refused(2, "copy", address.replace("postgresql", "postgres ql"), "elsewhere"),
    ]
    for sentence, name in zip(said, ("server.database", "server.redis", "SOURCE", "TARGET", "SOURCE"), strict=True):
        assert sentence.startswith(f"{name} ")
        assert "pa" not in sentence.replace("password", "").replace("special", "")
        assert "ss@" not in sentence
    assert all("special characters are written %XX" in sentence for sentence in said[:4])
    assert not terminal.data.exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://conclave:%2F%23%3F%40@db.example/conclave?sslmode=verify-full",
        "postgresql://one.example:5432,two.example:5433/conclave?target_session_attrs=primary",
        "postgres:///conclave?host=/run/postgresql",
        "postgresql://conclave:s@cret@[::1]:5432/conclave",
    ],
)
def test_an_address_may_be_what_libpq_takes(address: str) -> None:
    assert config.load(None, {}, {"CONCLAVE_DATABASE": address}).server.database == address


def test_several_workers_need_postgresql(terminal: Terminal) -> None:
    refusal = terminal.refused(2, "serve", "--workers", "2")
    assert "start several nodes on one PostgreSQL database" in " ".join(refusal.split())
    assert "conclave@.service" in refusal
    assert not terminal.data.exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_plain_http_is_for_loopback_only(terminal: Terminal, host: str) -> None:
    assert "--insecure" in terminal.refused(2, "serve", "--tls", "off", "--host", host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_plain_http_on_loopback_needs_no_permission(terminal: Terminal, host: str) -> None:
    with terminal.serve("--tls", "off", "--host", host) as serving:
        assert serving.client().get("/healthz").text == "ok\n"


def test_plain_http_elsewhere_can_be_insisted_on(terminal: Terminal) -> None:
    with terminal.serve("--tls", "off", "--host", "0.0.0.0", "--insecure") as serving:
        assert serving.client().get("/healthz").text == "ok\n"


def test_the_settings_file_owns_the_fields_that_it_names(terminal: Terminal) -> None:
    terminal.write("c.toml", APPLICATION + "max_member_count = 7\nenabled = true\n")
    with terminal.serve("--tls", "off", "--config", "c.toml"):
        assert "settings file owns max_member_count" in terminal.refused(1, "app", "limits", "7", "max_member_count=8")
        assert "settings file owns enabled" in terminal.refused(1, "app", "disable", "7")
        assert "settings file owns key" in terminal.refused(1, "app", "rotate-key", "7")
        assert "max_seat_count = 8" in terminal.ok("app", "limits", "7", "max_seat_count=8")


def test_what_the_file_does_not_name_survives_a_restart_and_what_it_names_no_more_is_free(terminal: Terminal) -> None:
    terminal.write("c.toml", APPLICATION + "max_member_count = 7\n")
    with terminal.serve("--tls", "off", "--config", "c.toml"):
        terminal.ok("app", "limits", "7", "max_seat_count=8")
    terminal.write("c.toml", APPLICATION)
    with terminal.serve("--tls", "off", "--config", "c.toml"):
        shown = terminal.ok("app", "limits", "7", "max_member_count=9")
    assert "max_seat_count = 8" in shown
    assert "max_member_count = 9\n" in shown


def test_an_application_that_left_the_file_stays_and_is_nobodys(terminal: Terminal) -> None:
    terminal.write("c.toml", APPLICATION)
    with terminal.serve("--tls", "off", "--config", "c.toml"):
        pass
    with terminal.serve("--tls", "off"):
        terminal.ok("app", "rotate-key", "7")


def test_a_key_replaced_in_the_file_stays_valid_for_the_overlap(terminal: Terminal) -> None:
    for key in (KEY, OTHER_KEY):
        terminal.write("c.toml", APPLICATION.replace(KEY, key))
        with terminal.serve("--tls", "off", "--config", "c.toml"):
            pass
    shown = terminal.ok("app", "show", "7", "--with-key").splitlines()
    assert f"key {OTHER_KEY}: in force" in shown
    assert any(line.startswith(f"key {KEY}: valid until") for line in shown)
