"""Settings: declared once, read from the settings file, the environment and the command line, in rising order.

``docs/reference/settings.md`` is generated from these declarations. Every name that makes a server less safe has
``insecure`` in it.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import msgspec
from msgspec import Meta

from conclave.domain import callback_schedule as schedule
from conclave.domain.applications import ApplicationSettings

ENVIRONMENT: Final = "CONCLAVE_"
DECADE: Final = 10 * 366 * 86_400


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and the rule that it broke."""


class CertificateFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate of your own, as PEM files."""

    certificate: str
    key: str


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[server]` table."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")] = 8443
    tls: Annotated[
        str | CertificateFiles,
        Meta(
            description='`"auto"` makes a local CA and a certificate, `"off"` serves plain HTTP on loopback only, '
            '`{certificate = "…", key = "…"}` (`CERT:KEY` on the command line) takes yours.'
        ),
    ] = "auto"
    tls_names: Annotated[
        tuple[str, ...],
        Meta(description="More names and addresses for the automatic certificate, beside localhost and this machine."),
    ] = ()
    data: Annotated[str, Meta(min_length=1, description="Folder of the database and the certificates.")] = "./data"
    workers: Annotated[
        int, Meta(ge=1, le=64, description="Processes that serve; above 1 needs an engine other than SQLite.")
    ] = 1
    insecure: Annotated[
        bool, Meta(description='Allow `tls = "off"` on an address that is not loopback: secrets travel in the clear.')
    ] = False
    insecure_test_clock: Annotated[
        bool,
        Meta(
            description="Allow `conclave/set_clock`: whoever may call the API may move the server's clock. For tests."
        ),
    ] = False
    insecure_sign_in: Annotated[
        bool,
        Meta(
            description="Allow `POST /meet/sign-in`: whoever reaches the server may sign in to `/meet/` as anybody, by "
            "name alone. For development."
        ),
    ] = False
    body_limit: Annotated[
        int, Meta(ge=1024, le=64 * 2**20, description="Largest request body in bytes, above it 60002 [G7].")
    ] = 2**20
    body_memory: Annotated[
        int,
        Meta(
            ge=1024,
            description="Bytes that all request bodies together may take, from their announcement until they are "
            "answered; above it 60018. At least one body of `body_limit` always has room.",
        ),
    ] = 256 * 2**20
    timeout: Annotated[
        float, Meta(gt=0, le=60, description="Processing time of a call in seconds, above it 60008 [G8].")
    ] = 3.0
    body_timeout: Annotated[
        float, Meta(gt=0, le=600, description="Seconds within which a request's body must arrive, else 60008.")
    ] = 10.0
    max_connections: Annotated[
        int, Meta(ge=16, le=65_536, description="Connections that are served at the same time; more wait.")
    ] = 4096
    idle_timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Seconds within which a connection's next request must begin and its head arrive; a connection "
            "on which nothing moves for longer is closed (a member's only after `heartbeat_silence`).",
        ),
    ] = 75.0
    queue: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Changes that may wait to be written, above it 60018.")
    ] = 10_000
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Networks (CIDR) whose `X-Forwarded-For` tells the client's address [G21]."),
    ] = ()
    metrics_networks: Annotated[
        tuple[str, ...], Meta(description="Networks (CIDR) that may read `/metrics`, beside loopback [G21].")
    ] = ()
    max_member_connections: Annotated[
        int,
        Meta(ge=1, le=65_536, description="Members' WebSockets that are open at the same time; more get HTTP 503."),
    ] = 4096
    member_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Frames a second that one member's connection may send, in bursts of up to two seconds' worth; "
            "above it -2. 0 lifts the limit.",
        ),
    ] = 50
    member_devices: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="Devices on which one account may be logged in at the same time; more get 60018.",
        ),
    ] = 20
    heartbeat_silence: Annotated[
        float, Meta(gt=0, le=3600, description="Seconds without a frame after which a member counts as lost [M9].")
    ] = 30.0
    heartbeat_grace: Annotated[
        float,
        Meta(gt=0, le=86_400, description="Seconds for which a lost member keeps his place, role and seat [M9]."),
    ] = 60.0
    event_retention: Annotated[
        int, Meta(ge=60, le=DECADE, description="Seconds for which the event log, and so get_room_history, is kept.")
    ] = 30 * 86_400
    event_log_size: Annotated[
        int, Meta(ge=1000, description="Events that the log keeps at most; what callbacks have not read stays anyway.")
    ] = 10_000_000
    callback_schedule: Annotated[
        str,
        Meta(
            description="Pauses between the attempts at a callback, up to ten per cent longer or shorter; `none`: one "
            "attempt only, as the original does [C7] [C13]."
        ),
    ] = "5s, 30s, 2m, 10m, 30m, 2h, 6h, 12h, 24h"
    callback_pause_after: Annotated[
        int,
        Meta(ge=1, le=1000, description="Failures in a row after which an endpoint is paused and only probed [C12]."),
    ] = 5
    callback_keep: Annotated[
        int,
        Meta(
            ge=60, le=DECADE, description="Seconds for which callbacks wait for a paused endpoint; then they are dead."
        ),
    ] = 7 * 86_400
    callback_retention: Annotated[
        int, Meta(ge=0, le=DECADE, description="Seconds for which delivered callbacks are kept to be looked at.")
    ] = 7 * 86_400
    callback_log_size: Annotated[
        int, Meta(ge=0, description="Delivered callbacks that are kept for each application at most.")
    ] = 1_000_000
    callback_private_networks: Annotated[
        bool, Meta(description="Whether callbacks may go to loopback and private networks [C13].")
    ] = True
    callback_ca: Annotated[
        str, Meta(description="PEM file of certificate authorities that endpoints' certificates may come from, too.")
    ] = ""
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="Least weight of what is logged.")
    ] = "info"


class ApplicationEntry(ApplicationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[applications]]` table: the application's id and key, and any of its settings."""

    sdkappid: Annotated[int, Meta(ge=1, le=2**53 - 1, description="The application's id.")]
    key: Annotated[
        str, Meta(min_length=16, max_length=256, description="The secret that signs UserSigs, used as UTF-8 bytes.")
    ]


class Settings(msgspec.Struct, frozen=True):
    """Everything that was set, and for each application which fields were named [G22]."""

    server: ServerSettings
    applications: tuple[ApplicationEntry, ...]
    named: tuple[frozenset[str], ...]

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.server.data)


def load(file: Path | None, overrides: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a TOML file, overridden by ``CONCLAVE_…`` variables, overridden by the command line.

    ``file`` is by default what ``CONCLAVE_CONFIG`` names, if anything. ``overrides`` holds fields of ``[server]``;
    ``None`` means not given. Raises ``SettingsError``.
    """
    environment = os.environ if environment is None else environment
    if file is None and (named := environment.get(f"{ENVIRONMENT}CONFIG")):
        file = Path(named)
    content = _read(file) if file is not None else {}
    unknown = content.keys() - {"server", "applications"}
    if unknown:
        raise SettingsError(f"{file}: unknown table [{min(unknown)}]; there are [server] and [[applications]]")
    server = {**_table(content.get("server", {}), "server"), **_from_environment(environment)}
    server |= {name: value for name, value in overrides.items() if value is not None}
    entries = _applications(environment) or content.get("applications", [])
    if not isinstance(entries, list):
        raise SettingsError("applications must be an array of tables: [[applications]]")
    applications = tuple(
        _convert(entry, ApplicationEntry, f"applications[{index}]") for index, entry in enumerate(entries)
    )
    if len({entry.sdkappid for entry in applications}) != len(applications):
        raise SettingsError("applications: one sdkappid stands twice")
    settings = _convert(server, ServerSettings, "server")
    try:
        schedule.parse(settings.callback_schedule)
    except ValueError as error:
        raise SettingsError(f"server.callback_schedule: {error}") from error
    for name in ("trusted_proxies", "metrics_networks"):
        _check_networks(f"server.{name}", getattr(settings, name))
    if isinstance(settings.tls, str):
        settings = msgspec.structs.replace(settings, tls=parse_tls(settings.tls))
    return Settings(settings, applications, tuple(frozenset(entry) - {"sdkappid", "key"} for entry in entries))


def _check_networks(path: str, networks: tuple[str, ...]) -> None:
    try:
        for network in networks:
            ipaddress.ip_network(network, strict=False)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error


def parse_tls(text: str) -> str | CertificateFiles:
    """Return ``auto``, ``off`` or the files of ``CERT:KEY``; raises ``SettingsError`` for anything else."""
    if text in ("auto", "off"):
        return text
    certificate, colon, key = text.partition(":")
    if not (certificate and colon and key):
        raise SettingsError(f"server.tls must be auto, off or CERT:KEY, not {text!r}")
    return CertificateFiles(certificate, key)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{name} must be a table: [{name}]")
    return value


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``[server]`` fields that the environment sets: ``CONCLAVE_PORT=9000`` and the like."""
    return {
        name: parse_text(f"{ENVIRONMENT}{name.upper()}", hint, text)
        for name, hint in get_type_hints(ServerSettings).items()
        if (text := environment.get(f"{ENVIRONMENT}{name.upper()}")) is not None
    }


def parse_text(name: str, hint: Any, text: str) -> Any:
    """Return the value that ``text`` means for a field of type ``hint``, as the settings file would hold it.

    Texts stand for themselves, lists are separated by commas, everything else is JSON. Raises ``SettingsError``.
    """
    if hint == tuple[str, ...]:
        return [part.strip() for part in text.split(",") if part.strip()]
    if hint in (str, str | CertificateFiles):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        kind = "true or false" if hint is bool else "a number" if hint in (int, float) else "JSON"
        raise SettingsError(f"{name} must be {kind}, not {text!r}") from None


def _applications(environment: Mapping[str, str]) -> Any:
    """Return the applications of ``CONCLAVE_APPLICATIONS``, a JSON array of the same tables."""
    text = environment.get(f"{ENVIRONMENT}APPLICATIONS")
    if not text:
        return []
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{ENVIRONMENT}APPLICATIONS is not JSON: {error}") from error


def _convert(content: Any, into: Any, path: str) -> Any:
    try:
        return msgspec.convert(content, into)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise SettingsError(f"{path}{where.rstrip('`')}: {message.replace('`', '')}") from error
