"""Settings are read from the settings file, the environment and the command line, in rising order.

They are declared in ``conclave.settings``.
"""

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from conclave import connection_url
from conclave.domain import callback_schedule as schedule
from conclave.folder import DataFolder, is_postgres
from conclave.settings import ApplicationEntry, CertificateFiles, ServerSettings
from conclave.shared import address

ENVIRONMENT: Final = "CONCLAVE_"
OF_TESTS: Final = f"{ENVIRONMENT}TEST"
"""How variables begin that say something to the tests, and nothing to the server."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and the rule that it broke."""


class Settings(msgspec.Struct, frozen=True):
    """Everything that was set, and for each application which fields were named [G22]."""

    server: ServerSettings
    applications: tuple[ApplicationEntry, ...]
    named: tuple[frozenset[str], ...]

    @property
    def folder(self) -> DataFolder:
        """The data folder, and the database that belongs to it."""
        return DataFolder(Path(self.server.data), self.server.database)


def load(file: Path | None, overrides: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a TOML file, overridden by ``CONCLAVE_…`` variables, overridden by the command line.

    ``file`` is by default what ``CONCLAVE_CONFIG`` names, if anything. ``overrides`` holds fields of ``[server]``;
    ``None`` means not given. Raises ``SettingsError``.
    """
    environment = os.environ if environment is None else environment
    _refuse_unknown(environment)
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
    if settings.member_port and settings.member_port == settings.port:
        raise SettingsError("server.member_port must be another port than server.port")
    try:
        schedule.parse(settings.callback_schedule)
    except ValueError as error:
        raise SettingsError(f"server.callback_schedule: {error}") from error
    if settings.database:
        check_database("server.database", settings.database)
    if settings.redis:
        _check_redis(settings)
    for name in ("trusted_proxies", "metrics_networks"):
        _check_networks(f"server.{name}", getattr(settings, name))
    if isinstance(settings.tls, str):
        settings = msgspec.structs.replace(settings, tls=parse_tls(settings.tls))
    return Settings(settings, applications, tuple(frozenset(entry) - {"sdkappid", "key"} for entry in entries))


def check_database(name: str, url: str) -> None:
    """Raise ``SettingsError`` unless what ``name`` says can be the address of a PostgreSQL database."""
    if not is_postgres(url):
        raise SettingsError(f"{name} must begin with postgresql://; the embedded database has no address")
    try:
        connection_url.parse(url)
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from None


def _check_redis(settings: ServerSettings) -> None:
    if not settings.database:
        raise SettingsError("server.redis is for the nodes of one PostgreSQL database; set server.database, too")
    try:
        address.check(settings.redis)
    except ValueError as error:
        raise SettingsError(f"server.redis {error}") from None


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


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise ``SettingsError`` for a variable that would be a setting and is none; its value is not repeated."""
    known = [f"{ENVIRONMENT}{name.upper()}" for name in ("config", "applications", *get_type_hints(ServerSettings))]
    for name in sorted(environment.keys() - set(known)):
        if name.startswith(ENVIRONMENT) and not name.startswith(OF_TESTS):
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise SettingsError(f"the variable {name} is no setting; the nearest is {nearest}")


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
