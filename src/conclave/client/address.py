"""Where a server is: its origin, and what is built on it."""

from typing import Final
from urllib.parse import urlsplit

SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
MEMBERS_PATH: Final = "/v1/members"


def origin(url: str) -> str:
    """Return ``https://host:port`` of a server's address; raises ``ValueError`` for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise ValueError(f"{url!r} is no address of a server; it begins with https://, http://, wss:// or ws://")
    return f"{SCHEMES[parts.scheme]}://{parts.netloc}"


def members(url: str) -> str:
    """Return the address of the member protocol of a server."""
    return origin(url).replace("http", "ws", 1) + MEMBERS_PATH
