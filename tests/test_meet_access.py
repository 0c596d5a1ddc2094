"""``/meet/`` for everybody: by keyboard, by ear, on a narrow screen, and whatever people are called."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import DESK, PHONE, People, say
from tests.house import ROOMS, Caller
from tests.test_meet_page import has, shows

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMELESS = """() => [...document.querySelectorAll("button, input, select, a, [role], dialog")]
  .filter((element) => element.checkVisibility() && !["list", "status", "alert"].includes(element.role))
  .filter((element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
    const by = element.getAttribute("aria-labelledby");
    const named = by && document.getElementById(by)?.textContent;
    const shown = ["BUTTON", "A"].includes(element.tagName) ? element.textContent : "";
    return !(element.getAttribute("aria-label") || named || labels || shown).trim();
  }).map((element) => element.outerHTML)"""
SMALL = """() => [...document.querySelectorAll("button, input, select")].filter((each) => each.checkVisibility())
  .filter((each) => each.getBoundingClientRect().height < 36 || each.getBoundingClientRect().width < 36)
  .map((each) => each.outerHTML)"""
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility())
  .filter((each) => !each.closest(".visually-hidden, .label, svg, .skip"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
  .map((each) => each.outerHTML.slice(0, 200))"""
FOCUSED = """() => {
  const here = document.activeElement;
  const name = here.getAttribute("aria-label") ?? here.labels?.[0]?.textContent ?? here.textContent;
  return [name, getComputedStyle(here).outlineStyle];
}"""
HOSTILE = '<img src=x onerror="document.title=1">'
LONG = "Donaudampfschifffahrtsgesellscha"  # 32 bytes


LIGHT_AND_DARK = re.findall(r":root \{(.*?)\}", Path("src/conclave/meet/meet.css").read_text(), re.DOTALL)
READABLE = 4.5
VISIBLE = 3.0
PAIRS = {
    ("text", "ground"): READABLE,
    ("text", "surface"): READABLE,
    ("text", "raised"): READABLE,
    ("text", "danger-soft"): READABLE,
    ("muted", "ground"): READABLE,
    ("muted", "surface"): READABLE,
    ("muted", "raised"): READABLE,
    ("on-accent", "accent"): READABLE,
    ("on-accent", "accent-hover"): READABLE,
    ("accent-text", "accent-soft"): READABLE,
    ("accent-text", "surface"): READABLE,
    ("danger", "danger-soft"): READABLE,
    ("danger", "surface"): READABLE,
    ("warm", "warm-soft"): READABLE,
    ("warm", "surface"): READABLE,
    ("line-strong", "surface"): VISIBLE,
    ("accent", "surface"): VISIBLE,
    ("focus", "ground"): VISIBLE,
    ("focus", "surface"): VISIBLE,
}


def luminance(colour: str) -> float:
    """How bright a colour is, as WCAG 2 counts it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("tokens", LIGHT_AND_DARK, ids=["light", "dark"])
def test_colours_can_be_told_apart(tokens: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", tokens))
    for (front, back), least in PAIRS.items():
        bright, dim = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= least, (front, back)


def check(page: "Page", *, narrow: bool = False) -> None:
    """What every view must keep to."""
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    if narrow:
        assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_view_keeps_to_the_rules(caller: Caller, visitors: People, size: dict[str, int]) -> None:
    narrow = size is PHONE
    caller.import_accounts("ann", LONG)
    caller.create_room(Owner_Account="ann", RoomName="x" * 100, IsSeatEnabled=True, MaxSeatCount=4)
    check(visitors.visit(f"{caller.url}/meet/", viewport=size), narrow=narrow)
    check(visitors.sign_in("eve", viewport=size), narrow=narrow)
    ann, guest = (visitors.sign_in(user, "room-1", viewport=size) for user in ("ann", LONG))
    guest.get_by_role("button", name="Sit down on seat 2").click()
    say_long(guest)
    info = {"Member_Account": LONG, "NameCard": "W" * 32}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    has(ann, "W" * 32, "Microphone closed")
    for part in ("Seats", "People", "Chat"):
        for page in (ann, guest):
            if narrow:
                page.get_by_role("navigation").get_by_role("button", name=part).click()
            check(page, narrow=narrow)
    for opener in ("Manage", "Invite"):
        ann.get_by_role("button", name=opener).first.click()
        check(ann, narrow=narrow)
        ann.keyboard.press("Escape")


def say_long(page: "Page") -> None:
    if page.viewport_size == PHONE:
        page.get_by_role("navigation").get_by_role("button", name="Chat").click()
    say(page, "y" * 500)


def test_everything_by_keyboard(caller: Caller, visitors: People) -> None:
    from playwright.sync_api import expect

    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann")
    bob = visitors.sign_in("bob", "room-1")
    page = visitors.sign_in("ann")
    keys = page.keyboard
    expect(page.get_by_label("Room id").first).to_be_focused()
    keys.type("room-1")
    keys.press("Enter")
    expect(page.locator("#room-name")).to_be_focused()
    reach(page, "Actions for bob")
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Ask to open the microphone")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    shows(bob, "ann asks you to open your camera.")
    expect(page.get_by_role("button", name="Actions for bob")).to_be_focused()
    reach(page, "Microphone")
    keys.press("Space")
    has(bob, "ann", "Microphone open")
    expect(page.get_by_role("button", name="Microphone", pressed=True)).to_be_focused()
    reach(page, "Manage", backwards=True)
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Name of the room")).to_be_focused()
    for _ in range(2):
        keys.press("Tab")
    keys.press("Space")
    shows(bob, "Microphones are off for everyone (by ann).")
    keys.press("Escape")
    expect(page.get_by_role("button", name="Manage")).to_be_focused()
    reach(page, "Message")
    keys.type("hello")
    keys.press("Enter")
    shows(bob, "hello")
    reach(page, "Leave")
    keys.press("Enter")
    keys.press("Enter")
    shows(page, "Hello, ann")


def reach(page: "Page", name: str, *, backwards: bool = False) -> None:
    """Press Tab until a control has the focus, and see where the focus is meanwhile."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        here = page.evaluate(FOCUSED)
        if here[0].strip().endswith(name):
            assert here[1] == "solid", f"nobody sees where the focus is: {here}"
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_what_happens_is_said_to_whoever_listens(caller: Caller, visitors: People) -> None:
    from playwright.sync_api import expect

    caller.create_room()
    ann, bob = (visitors.sign_in(user, "room-1") for user in ("ann", "bob"))
    heard = ann.get_by_role("status")
    expect(heard.get_by_text("bob came in.")).to_have_count(1)
    say(bob, "good morning")
    expect(heard.get_by_text("bob: good morning")).to_have_count(1)
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "IsAudioDisabled": True}})
    expect(heard.get_by_text("Microphones are off for everyone")).to_have_count(1)
    ann.get_by_role("button", name="Microphone").click()
    expect(ann.get_by_role("alert").get_by_text("Microphones are off for everyone.")).to_have_count(1)


def test_what_is_refused_within_a_dialog_is_said_there(caller: Caller, visitors: People) -> None:
    from playwright.sync_api import expect

    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann")
    page = visitors.sign_in("ann", "room-1")
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("textbox", name="Name of the room").fill(" ")
    page.keyboard.press("Enter")
    refusal = page.get_by_role("dialog").get_by_role("alert")
    expect(refusal).to_have_text("A room needs a name.")
    refusal.get_by_role("button", name="Dismiss").click()
    expect(refusal).to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("group", name="Your controls").get_by_role("button", name="Leave").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_hostile_names_and_messages_are_only_text(caller: Caller, visitors: People) -> None:
    from playwright.sync_api import expect

    hostile, account = HOSTILE, "<b onclick=alert(1)>\u202eeve</b>"
    room = '"><script>1</script>'
    caller.import_accounts("ann")
    caller.create_room(room, RoomName=HOSTILE, Owner_Account="ann", IsSeatEnabled=True, MaxSeatCount=2)
    ann, eve = (visitors.sign_in(user, room) for user in ("ann", account))
    eve.get_by_role("button", name="Sit down on seat 1").click()
    say(eve, hostile)
    expect(ann.locator("#messages .text")).to_have_text(hostile)
    expect(ann.locator("#room-name")).to_have_text(hostile)
    info = {"Member_Account": account, "NameCard": "<i>x</i><script>"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": room, "MemberInfo": info})
    has(ann, "<i>x</i><script>", "Microphone closed")
    ann.get_by_role("button", name="Actions for <i>x</i><script>").click()
    expect(ann.locator("#sheet-title")).to_have_text("<i>x</i><script>")
    assert ann.locator("#messages strong").text_content() == "<b onclick=alert(1)>eve</b>", (
        "nothing turns letters round"
    )
    for page in (ann, eve):
        assert page.locator("img, b, i, main script").count() == 0
        assert page.title() == f"{HOSTILE} · Conclave"
