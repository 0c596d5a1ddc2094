"""``/meet/``: seats, and what a killed server leaves of them."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser import PHONE, People, act, say, switch
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.test_meet_page import control, has, shows

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def seated(page: "Page", *names: str) -> None:
    """Wait until the seats show exactly these, by index."""
    from playwright.sync_api import expect

    taken = [re.compile(name or f"^Seat {n}") for n, name in enumerate(names, 1)]  # a taken one begins with initials
    expect(page.locator("#tiles li")).to_have_text(taken)


def test_seats_by_application_and_free(caller: Caller, visitors: People) -> None:
    caller.import_accounts("ann")
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=3, TakeSeatMode="ApplyToTake", Owner_Account="ann")
    ann, bob = visitors.sign_in("ann", "room-1"), visitors.sign_in("bob", "room-1", viewport=PHONE)
    ann.get_by_role("button", name="Sit down on seat 1").click()
    seated(bob, "ann", "", "")
    control(bob, "Microphone")
    shows(bob, "You need a seat for this.")
    bob.get_by_role("button", name="Ask for seat 3").click()
    shows(bob, "Your hand is up: you asked for a seat.")
    shows(ann, "bob would like seat 3.")
    ann.get_by_role("button", name="Accept: bob").click()
    seated(ann, "ann", "", "bob")
    shows(bob, "You have a seat now.")
    control(bob, "Microphone")
    has(ann, "bob", "Microphone open")
    ann.get_by_role("button", name="Actions for seat 3").click()
    ann.get_by_role("button", name="Bar the microphone on it").click()
    has(ann, "bob", "Microphone closed")
    control(bob, "Microphone")
    shows(bob, "Microphones are barred on your seat.")
    bob.get_by_role("button", name="Move to seat 2").click()
    seated(ann, "ann", "bob", "")
    act(ann, "bob", "Take off the seat")
    seated(bob, "ann", "", "")
    shows(bob, "You were taken off your seat.")
    ann.get_by_role("button", name="Actions for seat 2").click()
    ann.get_by_role("button", name="Lock the seat", exact=True).click()
    shows(bob, "Seat 2 is locked")
    switch(ann, "Seats by application only")
    shows(ann, "Seats are free to take now (by ann).")
    control(bob, "Take a seat")
    seated(ann, "ann", "", "bob")
    control(bob, "Leave seat")
    seated(ann, "ann", "", "")
    act(ann, "bob", "Invite to a seat")
    shows(bob, "ann invites you to take a seat.")
    bob.get_by_role("button", name="Accept: ann").click()
    seated(ann, "ann", "", "bob")


def test_after_kill_9_the_page_comes_back_with_seat_and_role(
    new_server: Callable[..., Server], browser: "Browser"
) -> None:
    from playwright.sync_api import expect

    server = new_server(insecure_sign_in=True).start()
    people = People(browser, Caller(server.url, FIRST_SDKAPPID))
    ann, bob = (people.visit(f"{server.url}/meet/") for _ in range(2))
    for page, user in ((ann, "ann"), (bob, "bob")):
        shows(page, "Development mode: any name will do.")
        page.get_by_label("User id").fill(user)
        page.get_by_role("button", name="Sign in").click()
    create = ann.locator("#create-form")
    create.get_by_label("Room id").fill("room-1")
    create.get_by_label(re.compile("^Name")).fill("Weekly")
    create.get_by_label("Seats", exact=True).select_option("Free to take")
    create.get_by_label("How many seats").fill("2")
    create.get_by_role("button").click()
    bob.get_by_label("Room id").first.fill("room-1")
    bob.get_by_role("button", name="Enter", exact=True).click()
    control(bob, "Take a seat")
    act(ann, "bob", "Make an administrator")
    say(ann, "before")
    seated(ann, "bob", "")
    server.kill()
    for page in (ann, bob):
        shows(page, "The connection was lost. Reconnecting…")
    say(ann, "while nobody answers")
    server.start()
    for page in (ann, bob):
        expect(page.locator("#banner")).to_be_hidden()
        seated(page, "bob", "")
        expect(page.locator("#messages .text")).to_have_text(["before", "while nobody answers"])
    shows(ann, "you are the owner")
    shows(bob, "you are an administrator")
    control(bob, "Microphone")
    has(ann, "bob", "Microphone open")
    bob.reload()
    seated(bob, "bob", "")
    shows(bob, "you are an administrator")
    people.close()
    assert people.complaints == []
