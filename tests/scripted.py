"""``conclave.js`` in a page that scripts steer: one member, whose events and states are kept to be looked at."""

from typing import TYPE_CHECKING, Any, Final

from tests.browser import People
from tests.house import Caller

if TYPE_CHECKING:
    from playwright.sync_api import Page

CONNECT: Final = """async ([sdkAppId, userId, userSig, deviceId]) => {
  const module = await import("/meet/conclave.js");
  Object.assign(window, module, { told: [], states: [] });
  window.me = await module.Conclave.connect({ sdkAppId, userId, userSig, deviceId });
  me.on("*", (event) => told.push(event));
  me.on("onConnectionStateChanged", ({ data }) => states.push(data.state));
}"""
OUTCOME: Final = """async ([method, params]) => {
  try { return await me[method](params); }
  catch (error) { return [error.constructor.name, error.code ?? null, error.message]; }
}"""


def connected(visitors: People, caller: Caller, url: str, user: str) -> "Page":
    """Return a page from that address, on which a user is logged in."""
    page = visitors.visit(f"{url}/meet/settings.json", bypass_csp=True)  # Playwright waits by eval
    page.evaluate(CONNECT, [caller.sdkappid, user, caller.token(user), "tab-1"])
    return page


def call(page: "Page", method: str, **params: Any) -> Any:
    """Call a method, and return its result, or of what it throws the kind, the code and the sentence."""
    return page.evaluate(OUTCOME, [method, params])


def told(page: "Page", *, room_only: bool = True) -> list[list[Any]]:
    """Return the events up to now, as ``[seq, name]``."""
    events: list[dict[str, Any]] = page.evaluate("told")
    return [[each.get("seq"), each["event"]] for each in events if "roomId" in each or not room_only]
