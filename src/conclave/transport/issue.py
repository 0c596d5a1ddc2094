"""Making certificates and judging keys: the only module that loads ``cryptography``, and only when it has to.

Elliptic curve P-256 throughout, which every client of TLS 1.2 and 1.3 knows.
"""

import datetime as dt
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conclave.clock import SystemClock

BACKDATE_S = 86_400  # for clients whose clock is behind
_NO_USAGE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


def authority(machine: str, now_s: int, seconds: int) -> tuple[bytes, bytes]:
    """Return key and certificate (PEM) of a new local authority that may sign servers, and nothing below them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Conclave on {machine}"[:64])
    builder = (
        _builder(name, name, key.public_key(), now_s, seconds)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**_NO_USAGE, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _pem(key), builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def certificate(
    authority_key: bytes, authority_pem: bytes, names: tuple[str, ...], now_s: int, seconds: int
) -> tuple[bytes, bytes]:
    """Return key and certificate (PEM) of a server with these names and addresses, signed by the authority."""
    signer = load_pem_private_key(authority_key, password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(authority_pem)
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(_name("Conclave"), issuer.subject, key.public_key(), now_s, seconds)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**_NO_USAGE, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return _pem(key), builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def is_servable(key_pem: bytes) -> bool:
    """Tell whether the HTTP server's TLS library can use a key that OpenSSL could read."""
    key = load_pem_private_key(key_pem, password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1)
    return isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now_s: int, seconds: int
) -> x509.CertificateBuilder:
    now = dt.datetime.fromtimestamp(now_s, dt.UTC)
    # A test clock may be far ahead; the clients that judge the certificate live now.
    real = dt.datetime.fromtimestamp(SystemClock().now_ms() // 1000, dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, real) - dt.timedelta(seconds=BACKDATE_S))
        .not_valid_after(now + dt.timedelta(seconds=seconds))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
