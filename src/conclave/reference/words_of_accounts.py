"""Words of ``im_open_login_svc``."""

from typing import Final

ACCOUNTS: Final = {
    "UserID": "The account [G15].",
    "Identifier": "The older name of UserID, which wins.",
    "Nick": "The name that people see; at most 500 bytes, else 40601.",
    "FaceUrl": "Where the picture lies; at most 500 bytes, else 40601.",
    "Accounts": "The accounts; the older form of AccountList.",
    "AccountList": "The accounts with their profiles; with Accounts 1 to 100 in all.",
    "FailAccounts": "What was not imported, because its id or its profile breaks a rule.",
    "DeleteItem": "The accounts to delete.",
    "CheckItem": "The accounts to look up.",
    "ResultItem": "What became of each, in the order of the request.",
    "ResultCode": "0, or the code that this one got.",
    "ResultInfo": "A sentence, empty on success.",
    "AccountStatus": "`Imported` or `NotImported`.",
}
