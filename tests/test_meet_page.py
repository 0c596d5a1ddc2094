"""``/meet/``: what people at two browsers do, and see of each other."""

from typing import TYPE_CHECKING

import pytest

from tests.browser import PHONE, People, act, say, switch
from tests.house import Caller
from tests.member import Join

if TYPE_CHECKING:
    from playwright.sync_api import Page

OFF = "Microphones are off for everyone. Raise your hand to ask for yours."


def shows(page: "Page", text: str) -> None:
    """Wait until a text is seen on the page."""
    from playwright.sync_api import expect

    expect(page.get_by_text(text).locator("visible=true").first).to_be_visible()


def person(page: "Page", name: str) -> "Page":
    """The row of somebody in the list of people."""
    return page.locator("#people li").filter(has_text=name)  # type: ignore[return-value]  # a locator does as well


def has(page: "Page", name: str, state: str) -> None:
    from playwright.sync_api import expect

    expect(person(page, name).get_by_text(state)).to_have_count(1)


def control(page: "Page", name: str) -> None:
    page.get_by_role("group", name="Your controls").get_by_role("button", name=name).click()


@pytest.fixture
def ann(caller: Caller, visitors: People) -> "Page":
    """Owns the room, at a desk."""
    caller.import_accounts("ann", "bob")
    caller.create_room(Owner_Account="ann", RoomName="Weekly")
    return visitors.sign_in("ann", "room-1")


@pytest.fixture
def bob(ann: "Page", visitors: People) -> "Page":
    """Is there too, with a phone: the list of people is what he looks at."""
    page = visitors.sign_in("bob", "room-1", viewport=PHONE)
    page.get_by_role("button", name="People").click()
    return page


def test_they_see_who_comes_and_goes(ann: "Page", bob: "Page") -> None:
    has(ann, "ann", "Owner")
    shows(ann, "bob came in.")
    has(bob, "bob", "you")
    shows(bob, "2 people · you are a general user")
    control(bob, "Leave")
    shows(bob, "Hello, bob")
    shows(ann, "bob left.")
    shows(ann, "1 person · you are the owner")


def test_they_chat_and_whoever_comes_later_reads_it(ann: "Page", bob: "Page", visitors: People) -> None:
    from playwright.sync_api import expect

    say(ann, "good morning")
    expect(bob.locator("#unread-badge")).to_have_text("1")
    bob.get_by_role("button", name="Chat").click()
    expect(bob.locator("#unread-badge")).to_be_hidden()
    shows(bob, "good morning")
    say(bob, "and to you")
    shows(ann, "and to you")
    late = visitors.sign_in("late", "room-1")
    texts = late.locator("#messages .text")
    expect(texts).to_have_text(["good morning", "and to you"])
    act(ann, "bob", "Bar from the chat")
    shows(bob, "You may not write in this chat.")
    expect(bob.get_by_label("Message", exact=True)).to_be_disabled()
    act(ann, "bob", "Allow to write again")
    say(bob, "thanks")
    shows(late, "thanks")


def test_what_was_said_long_ago_is_fetched_when_wanted(ann: "Page", member: Join, visitors: People) -> None:
    from playwright.sync_api import expect

    for n in range(60):
        if n % 10 == 0:  # so many may one person send at once
            talker = member(f"talker{n}")
            talker.enter()
        talker.call("sendTextMessage", textContent=f"number {n}")
    late = visitors.sign_in("late", "room-1")
    texts = late.locator("#messages .text")
    expect(texts).to_have_count(50)
    late.get_by_role("button", name="Older messages").click()
    expect(texts).to_have_text([f"number {n}" for n in range(60)])
    expect(late.get_by_role("button", name="Older messages")).to_be_hidden()
    expect(ann.locator("#messages .text")).to_have_count(60)


def test_mute_all_a_raised_hand_and_consent(ann: "Page", bob: "Page") -> None:
    control(bob, "Microphone")
    has(ann, "bob", "Microphone open")
    switch(ann, "Microphones off for everyone")
    has(ann, "bob", "Microphone closed")
    shows(ann, "Microphones are off for everyone (by ann).")
    control(bob, "Microphone")
    shows(bob, OFF)
    bob.get_by_role("alert").get_by_role("button", name="Raise hand").click()
    shows(bob, "Your hand is up: you asked to open your microphone.")
    has(ann, "bob", "Hand raised")
    shows(ann, "bob would like to open the microphone.")
    ann.get_by_role("button", name="Decline: bob").click()
    shows(bob, "Your request was declined.")
    control(bob, "Raise hand")
    control(bob, "Lower hand")
    control(bob, "Raise hand")
    ann.get_by_role("button", name="Accept: bob").click()
    shows(bob, "You may open your microphone now.")
    control(bob, "Microphone")
    has(ann, "bob", "Microphone open")
    act(ann, "bob", "Close the microphone")
    has(bob, "bob", "Microphone closed")


def test_an_administrator_asks_to_open_a_device(ann: "Page", bob: "Page") -> None:
    act(ann, "bob", "Ask to open the camera")
    shows(ann, "You asked bob to open the camera.")
    shows(bob, "ann asks you to open your camera.")
    bob.get_by_role("button", name="Accept: ann").click()
    has(ann, "bob", "Camera open")
    shows(ann, "bob agreed.")
    control(bob, "Screen")
    has(ann, "bob", "Shares a screen")
    control(ann, "Screen")
    shows(ann, "Somebody else is sharing a screen. Only one person can at a time.")
    act(ann, "bob", "Stop the shared screen")
    control(ann, "Screen")
    has(bob, "ann", "Shares a screen")


def test_roles_names_and_the_end(ann: "Page", bob: "Page") -> None:
    from playwright.sync_api import expect

    expect(bob.get_by_role("button", name="Manage")).to_be_hidden()
    act(ann, "bob", "Make an administrator")
    has(ann, "bob", "Administrator")
    bob.get_by_role("button", name="Manage").click()
    bob.get_by_role("textbox", name="Name of the room").fill("Retro")
    bob.get_by_role("button", name="Save: Name of the room").click()
    bob.keyboard.press("Escape")
    expect(ann.get_by_role("heading", level=1, name="Retro")).to_be_visible()
    shows(ann, "The room is called “Retro” now (by bob).")
    act(bob, "bob", "Change the name in this room")
    bob.get_by_role("textbox", name="Name in this room").fill("Robert")
    bob.get_by_role("button", name="Save").click()
    has(ann, "Robert", "Administrator")
    act(ann, "Robert", "Hand over the room")
    ann.get_by_role("button", name="Hand over", exact=True).click()
    shows(bob, "you are the owner")
    shows(ann, "you are a general user")
    act(bob, "ann", "Put out of the room")
    bob.get_by_role("button", name="Put out", exact=True).click()
    shows(ann, "You were put out of the room.")
    ann.get_by_label("Room id").first.fill("room-1")
    ann.get_by_role("button", name="Enter", exact=True).click()
    has(bob, "ann", "Microphone closed")
    bob.get_by_role("button", name="Manage").click()
    bob.get_by_role("button", name="End the meeting for everyone").click()
    bob.get_by_role("button", name="End the meeting", exact=True).click()
    for page in (ann, bob):
        shows(page, "The owner ended the meeting.")


def test_invitations_reach_whoever_is_signed_in(ann: "Page", visitors: People) -> None:
    eve, dan = visitors.sign_in("eve"), visitors.sign_in("dan")
    ann.get_by_role("button", name="Invite").click()
    ann.get_by_label("User ids").fill("eve, dan ann nobody")
    ann.get_by_role("dialog").get_by_role("button", name="Invite", exact=True).click()
    shows(ann, "eve, dan: invited. ann: here already. nobody: not known to this application.")
    shows(ann, "invited by ann")
    shows(dan, "ann invites you into “Weekly”.")
    dan.get_by_role("button", name="Decline the invitation of ann").click()
    shows(ann, "dan declined the invitation.")
    eve.get_by_role("button", name="Accept the invitation of ann, and enter").click()
    shows(ann, "eve came in.")
    shows(eve, "2 people")
    shows(ann, "eve accepted the invitation.")


def test_a_room_with_a_password(caller: Caller, visitors: People) -> None:
    caller.create_room(IsPasswordEnabled=True, Password="secret-1")
    ann = visitors.sign_in("ann")
    ann.get_by_label("Room id").first.fill("room-1")
    ann.get_by_role("button", name="Enter", exact=True).click()
    shows(ann, "This room needs a password.")
    ann.get_by_label("Password of the room").fill("guess")
    ann.keyboard.press("Enter")
    shows(ann, "This is not the room’s password.")
    ann.get_by_label("Password of the room").fill("secret-1")
    ann.keyboard.press("Enter")
    shows(ann, "1 person")


def test_refusals_are_said_in_words(caller: Caller, visitors: People) -> None:
    ann = visitors.sign_in("ann")
    ann.get_by_label("Room id").first.fill("nowhere")
    ann.get_by_role("button", name="Enter", exact=True).click()
    shows(ann, "There is no such room, or it has ended.")
    page = visitors.visit(f"{caller.url}/meet/#sdkappid={caller.sdkappid}&user=bob&usersig={caller.token('eve')}")
    shows(page, "This UserSig belongs to another user id.")
    assert "usersig" not in page.url
