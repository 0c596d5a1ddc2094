"""Where Redis is: ``redis://user:password@host:port/number``, or ``rediss://`` with TLS."""

from typing import Final
from urllib.parse import urlsplit

from conclave import connection_url

DEFAULT_PORT: Final = 6379
OPTIONS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
MOST_NUMBERS: Final = 65_536


def check(url: str) -> None:
    """Raise ``ValueError`` with the rule that an address breaks; it never repeats the address, which has a password."""
    parts = connection_url.parse(url)
    if parts.scheme not in ("redis", "rediss") or not urlsplit(url).hostname or "," in parts.hosts:
        raise ValueError("must be redis://HOST:PORT, or rediss://HOST:PORT with TLS")
    if number_of(url) is None:
        raise ValueError("may end with /NUMBER, the database's, and nothing else")
    unknown = sorted(set(parts.options) - OPTIONS)
    if unknown or (parts.options and parts.scheme == "redis"):
        raise ValueError(f"takes only {', '.join(sorted(OPTIONS))} after the question mark, and with rediss://")


def number_of(url: str) -> int | None:
    """Return the number of the database, or ``None`` where the path is something else."""
    path = urlsplit(url).path.removeprefix("/")
    if not path:
        return 0
    number = int(path) if path.isascii() and path.isdigit() and len(path) < 6 else MOST_NUMBERS
    return number if number < MOST_NUMBERS else None


def shown(url: str) -> str:
    """Return an address for people: without the password."""
    parts = urlsplit(url)
    return f"Redis {parts.hostname}:{parts.port or DEFAULT_PORT}/{number_of(url)}"
