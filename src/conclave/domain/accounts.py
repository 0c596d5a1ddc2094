"""Accounts: the user ids that an application imported."""

import re
from collections.abc import Sequence
from typing import Final

from conclave import errors
from conclave.domain import events, facts, profiles
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store import accounts

RESERVED = ("@TIM#", "@TLS#")
MAX_BYTES = 32
MAX_PROFILE_BYTES = 500
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def fault(user_id: str) -> str | None:
    """Return the rule that ``user_id`` breaks, or ``None``: 1-32 bytes of UTF-8, no control characters [G15]."""
    if not user_id or len(user_id.encode()) > MAX_BYTES:
        return "must be 1 to 32 bytes long"
    if _CONTROL.search(user_id):
        return "must not contain control characters"
    return None


async def hold(op: Operation, *wanted: str) -> None:
    """Keep accounts from being deleted or changed until the transaction ends; before any room is locked."""
    await accounts.hold(op.tx, op.sdkappid, *wanted)


async def lock(op: Operation, account: str) -> None:
    """Let the transaction be the only one that does something for an account; before any room is locked."""
    await accounts.lock(op.tx, op.sdkappid, account)


async def is_imported(op: Operation, account: str) -> bool:
    """Tell whether the account is known; the application's administrators always are [R4]."""
    return op.application.is_administrator(account) or await accounts.exists(op.tx, op.sdkappid, account)


async def imported(op: Operation, wanted: Sequence[str]) -> list[str]:
    """Return the accounts that are known, each once, in their order [R4]."""
    once = list(dict.fromkeys(wanted))
    known = await accounts.among(op.tx, op.sdkappid, once)
    return [account for account in once if account in known or op.application.is_administrator(account)]


async def require(op: Operation, account: str, field: str, code: errors.ErrorCode = errors.PARAMETER) -> None:
    """Refuse with ``code``, naming ``field``, unless the account is imported [R4]."""
    if not await is_imported(op, account):
        raise Refusal(code, field, f" {account!r} is not an imported account")


def import_fault(account: str, nick: str | None, face_url: str | None) -> Refusal | None:
    """Return why such an account cannot be imported, or ``None``.

    70402: the id breaks a rule or is reserved [G15]; 40601: ``nick`` or ``face_url`` is longer than 500 bytes.
    """
    broken = fault(account)
    if broken is not None:
        return Refusal(errors.ACCOUNT_PARAMETER, Field.ACCOUNT, f" {broken}")
    if account.startswith(RESERVED):
        return Refusal(errors.ACCOUNT_PARAMETER, Field.ACCOUNT, f" {account!r} begins with a reserved prefix")
    for field, value in ((Field.NICK, nick), (Field.FACE_URL, face_url)):
        if value is not None and len(value.encode()) > MAX_PROFILE_BYTES:
            return Refusal(errors.PROFILE_TOO_LONG, field, f" must be at most {MAX_PROFILE_BYTES} bytes long")
    return None


async def import_account(
    op: Operation, account: str, nick: str | None = None, face_url: str | None = None, *, everywhere: bool = True
) -> None:
    """Import an account; one that exists keeps what is not given, and the rooms that it is in are told what is new.

    Where that is not to be told ``everywhere``, only the newest of them are. Refuses with 70402 or 40601, as
    ``import_fault`` says.
    """
    broken = import_fault(account, nick, face_url)
    if broken is not None:
        raise broken
    is_administrator = op.application.is_administrator(account)  # he may be in rooms already [R4]: they are told below
    given = (nick, face_url)
    while True:
        at_first = ("", "") if is_administrator else (nick or "", face_url or "")
        is_new = await accounts.insert(op.tx, op.sdkappid, account, *at_first)
        if (is_new and not is_administrator) or given == (None, None):
            return
        if await profiles.change(op, account, nick, face_url, everywhere=everywhere):
            return  # otherwise it was deleted just now, and is new after all


async def import_many(op: Operation, wanted: Sequence[str]) -> None:
    """Import accounts of which no more is given; those that exist stay as they are."""
    await accounts.insert_many(op.tx, op.sdkappid, wanted)


async def profile(op: Operation, account: str) -> tuple[str, str]:
    """Return nickname and picture of an account, both ``""`` where nothing is known."""
    known = await accounts.find(op.tx, op.sdkappid, account)
    return (known.nick, known.face_url) if known else ("", "")


async def kick(op: Operation, account: str) -> None:
    """Make the account's UserSigs of up to this second useless at member login [G14b].

    Refuses an account that is not imported with 70107.
    """
    await require(op, account, Field.ACCOUNT, errors.ACCOUNT_NOT_IMPORTED)
    await accounts.insert(op.tx, op.sdkappid, account)  # an administrator who was never imported
    await accounts.kick(op.tx, op.sdkappid, account, op.now // 1000)
    await events.append_outside(op, facts.AccountKicked(account, op.now // 1000))


async def hold_unless_revoked(op: Operation, account: str, signed_at: int) -> bool:
    """Refuse a UserSig that was made before the account was kicked with 70052 [G14b]; else hold the account.

    Nobody kicks or deletes it then until the transaction ends. Returns whether there is such an account.
    """
    known = (await accounts.hold(op.tx, op.sdkappid, account)).get(account)
    if known is not None and known.kicked_at_s and signed_at <= known.kicked_at_s:
        raise Refusal(errors.USERSIG_REVOKED, "the UserSig has been invalidated, generate a new one")
    return known is not None
