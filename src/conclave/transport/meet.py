"""The page for meetings, ``/meet/``: files from memory under a fixed table of names, and signing in by name.

Signing in by name exists only with the setting ``insecure_sign_in``: then whoever reaches the server may be anybody.
"""

import hashlib
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Final

import msgspec

from conclave.api import usersig
from conclave.clock import Clock
from conclave.domain import accounts
from conclave.domain.applications import Application
from conclave.realtime.field_names import NAMES
from conclave.transport.pages import TEXT, Answer, Page, Visit

FOLDER: Final = "/meet/"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
JSON: Final = "application/json"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = (
    ("cache-control", "no-cache"),
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), display-capture=(), geolocation=()"),
)
CLIENT: Final = "conclave.js"
ANYWHERE: Final = (("access-control-allow-origin", "*"),)  # pages of other servers may take the client from here
SIGNED_IN_S: Final = 86_400

Applications = Callable[[], Sequence[Application]]


class SignIn(msgspec.Struct):
    """What ``POST /meet/sign-in`` takes; without ``sdkAppId`` the only application is meant."""

    userId: str  # noqa: N815 - a name of the wire
    sdkAppId: int | None = None  # noqa: N815 - a name of the wire


def pages(applications: Applications, clock: Clock, is_insecure: bool) -> dict[str, Page]:
    """Return the pages by path; ``is_insecure`` allows to sign in by name."""
    found = {FOLDER + name: _file(name, content) for name, content in _files().items()}
    found[FOLDER] = found[f"{FOLDER}index.html"]
    found[FOLDER.rstrip("/")] = Page(_redirect)
    found[f"{FOLDER}settings.json"] = _settings(applications, is_insecure)
    if is_insecure:
        found[f"{FOLDER}sign-in"] = _sign_in(applications, clock)
    return found


def _files() -> dict[str, bytes]:
    folder = resources.files("conclave.meet")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(tuple(TYPES))}


def _file(name: str, content: bytes) -> Page:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    content_type = TYPES[name[name.rindex(".") :]]
    headers = (*HEADERS, *(ANYWHERE if name == CLIENT else ()), ("etag", tag))

    async def show(visit: Visit) -> Answer:
        if tag in visit.known:
            return Answer(304, content_type, b"", headers)
        return Answer(200, content_type, content, headers)

    return Page(show)


async def _redirect(_visit: Visit) -> Answer:
    return Answer(308, TEXT, b"", (*HEADERS, ("location", FOLDER)))


def _settings(applications: Applications, is_insecure: bool) -> Page:
    """Return the page that tells how one signs in; who may sign in by name is told the only application, too."""

    async def show(_visit: Visit) -> Answer:
        known = applications() if is_insecure else ()
        only = known[0].sdkappid if len(known) == 1 else None
        return Answer(200, JSON, msgspec.json.encode({"signInByName": is_insecure, "sdkAppId": only}), HEADERS)

    return Page(show)


def _sign_in(applications: Applications, clock: Clock) -> Page:
    decode = msgspec.json.Decoder(SignIn).decode

    async def answer(visit: Visit) -> Answer:
        try:
            asked = decode(visit.body)
        except msgspec.DecodeError:
            return _refused("the body must be a JSON object with userId, and sdkAppId where there are several")
        fitting = [each for each in applications() if asked.sdkAppId in (None, each.sdkappid)]
        if len(fitting) != 1:
            return _refused("there is no such application" if asked.sdkAppId else "say which application: sdkAppId")
        broken = accounts.import_fault(asked.userId, None, None)
        if broken is not None:
            return _refused(broken.told(NAMES))
        return _token(fitting[0], asked.userId, clock.now_ms() // 1000)

    return Page(answer, ("POST",))


def _token(application: Application, user: str, now_s: int) -> Answer:
    key = next((key for key in application.keys if not key.valid_until), None)
    if key is None:
        return _refused("the application has no key in force")
    token = usersig.make(application.sdkappid, key.secret, user, now=now_s, expire=SIGNED_IN_S)
    told = {"sdkAppId": application.sdkappid, "userId": user, "userSig": token}
    return Answer(200, JSON, msgspec.json.encode(told), (*HEADERS[1:], ("cache-control", "no-store")))


def _refused(sentence: str) -> Answer:
    return Answer(400, JSON, msgspec.json.encode({"message": sentence}), HEADERS)
