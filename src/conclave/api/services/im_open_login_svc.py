"""``im_open_login_svc``: accounts (docs 34953-34957)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.api.field_names import NAMES
from conclave.api.registry import Example, command, service
from conclave.domain import accounts, deletion
from conclave.domain.operation import Operation
from conclave.errors import Refusal

SERVICE = service(
    "im_open_login_svc",
    "Accounts: import, look up, delete, log out.",
    parameter=errors.ACCOUNT_PARAMETER,
    failed=errors.ACCOUNT_FAILED,
    payload_under_response=False,
)
BATCH_RATE = 100
MAX_BATCH = 100


class ByUserId(msgspec.Struct, kw_only=True):
    """A request that names one account; ``Identifier`` is the older name of ``UserID``, which wins."""

    UserID: fields.Account | None = None
    Identifier: fields.Account | None = None

    @property
    def account(self) -> str:
        """The account; refuses with 70402 when neither name is given."""
        account = self.UserID or self.Identifier
        if account is None:
            raise Refusal(errors.ACCOUNT_PARAMETER, "UserID is required")
        return account


class AccountImport(ByUserId, kw_only=True):
    """Request of account_import; ``Nick`` and ``FaceUrl`` are at most 500 bytes, above it 40601."""

    Nick: str | None = None
    FaceUrl: str | None = None


@command(
    SERVICE,
    document="34953",
    access="write",
    codes=(errors.PROFILE_TOO_LONG,),
    example=Example({"UserID": "user1", "Nick": "Ann", "FaceUrl": "https://example.com/ann.png"}),
)
async def account_import(op: Operation, request: AccountImport) -> None:
    """Import one account; one that exists takes over the Nick and FaceUrl that are given."""
    await accounts.import_account(op, request.account, request.Nick, request.FaceUrl)


class NewAccount(msgspec.Struct):
    """One of ``AccountList``."""

    UserID: str
    Nick: str | None = None
    FaceUrl: str | None = None


class MultiaccountImport(msgspec.Struct):
    """Request of multiaccount_import: ``Accounts`` is the older form, ``AccountList`` the newer; 1 to 100 in all."""

    Accounts: Annotated[list[str], Meta(max_length=MAX_BATCH)] | None = None
    AccountList: Annotated[list[NewAccount], Meta(max_length=MAX_BATCH)] | None = None


class MultiaccountImportReply(msgspec.Struct):
    """Reply of multiaccount_import: what was not imported because its id or profile breaks a rule."""

    FailAccounts: list[str]


@command(
    SERVICE,
    document="34954",
    access="write",
    rate=BATCH_RATE,
    example=Example({"Accounts": ["user1", "user2", "user3"]}),
)
async def multiaccount_import(op: Operation, request: MultiaccountImport) -> MultiaccountImportReply:
    """Import up to 100 accounts; the call succeeds and names those that it could not import."""
    given = [*(request.AccountList or []), *(NewAccount(account) for account in request.Accounts or [])]
    if not 1 <= len(given) <= MAX_BATCH:
        raise Refusal(errors.ACCOUNT_PARAMETER, f"Accounts or AccountList must name 1 to {MAX_BATCH} accounts")
    wanted = {entry.UserID: entry for entry in reversed(given)}  # of several entries for one account the first counts
    failed = {
        entry.UserID
        for entry in wanted.values()
        if accounts.import_fault(entry.UserID, entry.Nick, entry.FaceUrl) is not None
    }
    right = [entry for entry in wanted.values() if entry.UserID not in failed]
    bare = [entry.UserID for entry in right if (entry.Nick, entry.FaceUrl) == (None, None)]
    await accounts.import_many(op, bare)
    for entry in right:
        if entry.UserID not in bare:
            await accounts.import_account(op, entry.UserID, entry.Nick, entry.FaceUrl)
    return MultiaccountImportReply([account for account in dict.fromkeys(e.UserID for e in given) if account in failed])


class Item(msgspec.Struct):
    """One account of a batch."""

    UserID: fields.Account


Items = Annotated[list[Item], Meta(min_length=1, max_length=MAX_BATCH)]


class AccountDelete(msgspec.Struct):
    """Request of account_delete."""

    DeleteItem: Items


class DeletedItem(msgspec.Struct):
    """What became of one account: ``ResultCode`` 0, 70107 (not imported) or 70402 (an administrator)."""

    ResultCode: int
    ResultInfo: str
    UserID: str


class AccountDeleteReply(msgspec.Struct):
    """Reply of account_delete, in the order of the request."""

    ResultItem: list[DeletedItem]


@command(
    SERVICE,
    document="34955",
    access="write",
    rate=BATCH_RATE,
    codes=(errors.DELETION_NOT_ALLOWED, errors.ACCOUNT_NOT_IMPORTED),
    example=Example({"DeleteItem": [{"UserID": "user1"}, {"UserID": "user2"}]}),
)
async def account_delete(op: Operation, request: AccountDelete) -> AccountDeleteReply:
    """Delete accounts: they leave every room and group, and their Chat groups become ownerless."""
    outcome = await deletion.delete(op, [item.UserID for item in request.DeleteItem])
    return AccountDeleteReply(
        [
            DeletedItem(0, "", item.UserID)
            if refusal is None
            else DeletedItem(refusal.code.number, refusal.told(NAMES), item.UserID)
            for item in request.DeleteItem
            for refusal in (outcome[item.UserID],)
        ]
    )


class AccountCheck(msgspec.Struct):
    """Request of account_check."""

    CheckItem: Items


class CheckedItem(msgspec.Struct):
    """Whether one account is imported; one that is not is no error."""

    UserID: str
    ResultCode: int
    ResultInfo: str
    AccountStatus: Literal["Imported", "NotImported"]


class AccountCheckReply(msgspec.Struct):
    """Reply of account_check, in the order of the request."""

    ResultItem: list[CheckedItem]


@command(
    SERVICE,
    document="34956",
    access="point",
    rate=BATCH_RATE,
    example=Example({"CheckItem": [{"UserID": "user1"}, {"UserID": "user2"}]}),
)
async def account_check(op: Operation, request: AccountCheck) -> AccountCheckReply:
    """Tell which accounts are imported; the application's administrators always are."""
    imported = set(await accounts.imported(op, [item.UserID for item in request.CheckItem]))
    return AccountCheckReply(
        [
            CheckedItem(item.UserID, 0, "", "Imported" if item.UserID in imported else "NotImported")
            for item in request.CheckItem
        ]
    )


class Kick(ByUserId, kw_only=True):
    """Request of kick."""


@command(
    SERVICE,
    document="34957",
    access="write",
    codes=(errors.ACCOUNT_NOT_IMPORTED,),
    example=Example({"UserID": "user1"}),
)
async def kick(op: Operation, request: Kick) -> None:
    """Log an account out: its connections end, and its UserSigs made up to now do not log in any more."""
    await accounts.kick(op, request.account)
