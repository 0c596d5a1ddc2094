"""What ``conclave serve`` says when it listens: everything at the first start, the address at later ones."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from conclave.settings import ApplicationEntry

SAMPLE_LIFE_S: Final = 86_400
SAMPLE_BODY: Final = '{"RoomInfo": {"RoomId": "r1", "RoomType": "Conference"}}'


def text(
    url: str, data: Path, authority: Path | None, first: "ApplicationEntry | None", now_s: int, member_url: str = ""
) -> str:
    """Return the greeting.

    ``first`` is the application made at a first start, ``authority`` the local CA's file, ``member_url`` where members
    have a port of their own.
    """
    if first is None:
        return f"Conclave serves {url} from {data}" + (f", and members at {member_url} too" if member_url else "")
    administrator = first.administrators[0]
    rows = {
        "SDKAppID": str(first.sdkappid),
        "key": first.key,
        "administrator": administrator,
        "data folder": str(data),
        "CA certificate": str(authority) if authority else "none: see the setting tls",
        **({"members, too": member_url} if member_url else {}),
    }
    lines = [f"Conclave serves {url}", "", *(f"  {name:<16}{value}" for name, value in rows.items()), ""]
    lines += ["Create a room (the UserSig in this line is valid for a day):", ""]
    lines += [_curl(url, authority, first, administrator, now_s), ""]
    return "\n".join(lines)


def _curl(url: str, authority: Path | None, first: "ApplicationEntry", administrator: str, now_s: int) -> str:
    from conclave.api import usersig

    token = usersig.make(first.sdkappid, first.key, administrator, now=now_s, expire=SAMPLE_LIFE_S)
    query = (
        f"sdkappid={first.sdkappid}&identifier={quote(administrator)}&usersig={token}&random=99999999&contenttype=json"
    )
    words = ["curl", *(["--cacert", str(authority)] if authority else []), "-d", SAMPLE_BODY]
    return shlex.join([*words, f"{url}/v4/room_engine_http_srv/create_room?{query}"])
