"""Chromium without a window, for tests of ``/meet/`` and ``conclave.js``: each person has a profile of his own."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests import requirements
from tests.house import Caller

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
# What Chromium itself says of a server that is not there, and of an answer that is no success.
EXPECTED = re.compile(r"WebSocket connection to|Failed to load resource")


def launch() -> Iterator["Browser"]:
    """Run a browser; skips or fails where there is none."""
    program = requirements.program("chromium")
    requirements.module("playwright")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


class People:
    """Whoever sits at a browser; what the pages complain of is a failure of the test."""

    def __init__(self, browser: "Browser", caller: Caller) -> None:
        self.browser = browser
        self.caller = caller
        self.complaints: list[str] = []

    def visit(self, url: str, **options: Any) -> "Page":
        """Open a page, in a profile that nobody else uses."""
        options.setdefault("viewport", DESK)
        page = self.browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(f"{error}"))
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.goto(url)
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not EXPECTED.search(text):
            self.complaints.append(text)

    def sign_in(self, user: str, room: str = "", *, url: str = "", **options: Any) -> "Page":
        """Come with a UserSig in the address, into the lobby or a room."""
        from playwright.sync_api import expect

        said = f"sdkappid={self.caller.sdkappid}&user={quote(user)}&usersig={quote(self.caller.token(user))}"
        if room:
            said += f"&room={quote(room)}"
        page = self.visit(f"{url or self.caller.url}/meet/#{said}", **options)
        expect(page.locator("#meeting" if room else "#lobby")).to_be_visible()
        return page

    def close(self) -> None:
        for context in self.browser.contexts:
            context.close()


def act(page: "Page", who: str, what: str) -> None:
    """Do something to somebody by the dialog of actions."""
    page.get_by_role("button", name=f"Actions for {who}", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=what, exact=True).click()


def say(page: "Page", text: str) -> None:
    """Write into the chat."""
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def switch(page: "Page", label: str) -> None:
    """Flip a switch of the dialog about the room, and close it."""
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("switch", name=label).click()
    page.keyboard.press("Escape")
