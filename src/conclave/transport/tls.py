"""Certificates: a local authority (CA) that makes and renews this server's own, or files of the operator's.

The authority lives for ten years, a certificate for 90 days; one is renewed when less than 30 are left, when the
names changed, or when it no longer fits its key or its authority. What a certificate holds stands in clear above it in
the same file, so that a start that needs no new one does not load a library to read it.
"""

import hashlib
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Final

import msgspec

from conclave.folder import replace

DAY_S: Final = 86_400
RENEW_S: Final = 30 * DAY_S
CERTIFICATE_S: Final = 90 * DAY_S
AUTHORITY_S: Final = 3650 * DAY_S
ALWAYS: Final = ("localhost", "127.0.0.1", "::1")


class CertificateError(Exception):
    """A certificate cannot be used; the message names the file and the reason."""


class Certificate(msgspec.Struct, frozen=True):
    """A certificate with its key, both PEM files; ``digest`` changes with the contents."""

    certificate: Path
    key: Path
    digest: str


def authority_file(folder: Path) -> Path:
    """Return where the local authority's certificate lies: what clients have to trust."""
    return folder / "ca.pem"


def names_for(host: str, more: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names and addresses of an automatic certificate, sorted.

    Raises ``CertificateError`` for a name that no certificate can hold.
    """
    machine = socket.gethostname()
    names = {*ALWAYS, *more} | ({machine} if _is_name(machine) else set())
    if host and not _is_wildcard(host):
        names.add(host)
    for name in names:
        if not _is_name(name):
            raise CertificateError(f"a certificate cannot be made for the name {name!r}: see tls_names")
    return tuple(sorted(names))


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 253 and name.isascii() and name.isprintable() and not set(name) & set(" ,/@")


def own(certificate: Path, key: Path) -> Certificate:
    """Return the operator's certificate; raises ``CertificateError`` when it cannot be read or does not fit its key."""
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise CertificateError(f"{file} cannot be read: {error.strerror}") from error
    try:
        server_context(certificate, key)
    except ssl.SSLError as error:
        raise CertificateError(
            f"{certificate} and {key} are no certificate with its key, both PEM and without a password: {error.reason}"
        ) from error
    from conclave.transport import issue

    if not issue.is_servable(key.read_bytes()):
        raise CertificateError(f"{key} must be an RSA, Ed25519, or ECDSA key, the latter on P-256 or P-384")
    return Certificate(certificate, key, _digest(certificate.read_bytes() + key.read_bytes()))


def automatic(folder: Path, names: tuple[str, ...], now_s: int) -> Certificate:
    """Return the certificate of ``folder`` for ``names``, made anew where it is missing or near its end.

    Raises ``OSError`` when the folder cannot be written; what lies in it stays as it was then.
    """
    certificate, key = folder / "server.pem", folder / "server.key"
    if not _is_good(folder, certificate, key, names, now_s):
        from conclave.transport import issue

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made: list[tuple[Path, bytes, int]] = []
        if _is_authority_good(folder, now_s):
            authority_key, authority = (folder / "ca.key").read_bytes(), authority_file(folder).read_bytes()
        else:
            authority_key, authority = issue.authority(socket.gethostname(), now_s, AUTHORITY_S)
            made += (folder / "ca.key", authority_key, 0o600), (authority_file(folder), authority, 0o644)
        new_key, new = issue.certificate(authority_key, authority, names, now_s, CERTIFICATE_S)
        header = _header(names, now_s + CERTIFICATE_S, authority)
        replace(*made, (key, new_key, 0o600), (certificate, header + new, 0o644))
    return Certificate(certificate, key, _digest(certificate.read_bytes()))


def _header(names: tuple[str, ...], until_s: int, authority: bytes) -> bytes:
    return (
        f"Made by Conclave, which renews it by itself.\nnames: {' '.join(names)}\nuntil: {until_s}\n"
        f"authority: {_digest(authority)}\n"
    ).encode()


def _is_good(folder: Path, certificate: Path, key: Path, names: tuple[str, ...], now_s: int) -> bool:
    try:
        head = certificate.read_text(encoding="ascii").partition("-----BEGIN")[0]
        said = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        server_context(certificate, key)
        authority = authority_file(folder).read_bytes()
        until_s = int(said["until"])
    except (OSError, ValueError, KeyError, ssl.SSLError):
        return False
    in_time = now_s + RENEW_S <= until_s <= now_s + CERTIFICATE_S
    return in_time and said.get("names") == " ".join(names) and said.get("authority") == _digest(authority)


def _is_authority_good(folder: Path, now_s: int) -> bool:
    """Tell whether the authority is there, and outlives any certificate that it makes now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(authority_file(folder))
        server_context(authority_file(folder), folder / "ca.key")
        found = context.get_ca_certs()[0]
        until_s = ssl.cert_time_to_seconds(str(found["notAfter"]))
        since_s = ssl.cert_time_to_seconds(str(found["notBefore"]))
    except (OSError, ValueError, IndexError):
        return False
    return since_s <= now_s and now_s + CERTIFICATE_S <= until_s


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what a server shows this certificate with: TLS 1.2 and 1.3, HTTP/1.1 inside.

    Raises ``OSError`` or ``ssl.SSLError`` when the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    # An empty password: without one OpenSSL would ask the terminal for it.
    context.load_cert_chain(certificate, key, password="")
    return context


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
