"""Chat groups over REST: the commands, and the steps that many tests begin with."""

from typing import Any

from tests.house import Caller

GROUPS = "group_open_http_svc"
CREATE = f"{GROUPS}/create_group"
DESTROY = f"{GROUPS}/destroy_group"
LIST = f"{GROUPS}/get_appid_group_list"
INFO = f"{GROUPS}/get_group_info"
MEMBERS = f"{GROUPS}/get_group_member_info"
JOINED = f"{GROUPS}/get_joined_group_list"

TYPES = ("Private", "Public", "ChatRoom", "AVChatRoom", "Community")
OLD_NAMES = {"Work": "Private", "Meeting": "ChatRoom", **{name: name for name in TYPES}}
IMPOSSIBLE_IDS = ("", "a" * 49, "用", "tab\t", "del\x7f")


def create(caller: Caller, group_id: str | None = None, **body: Any) -> str:
    """Create a group, Public if nothing else is said; return its id."""
    answer = caller.ok(CREATE, {"Type": "Public", "Name": "circle", "GroupId": group_id, **body})
    created: str = answer["GroupId"]
    assert group_id in (None, created)
    return created


def info(caller: Caller, group_id: str) -> dict[str, Any]:
    (found,) = caller.ok(INFO, {"GroupIdList": [group_id]})["GroupInfo"]
    assert (found["ErrorCode"], found["ErrorInfo"]) == (0, "")
    group: dict[str, Any] = found
    return group


def listed(caller: Caller, **body: Any) -> list[str]:
    return [group["GroupId"] for group in caller.ok(LIST, body)["GroupIdList"]]


def people(*accounts: str) -> list[dict[str, str]]:
    return [{"Member_Account": account} for account in accounts]


def joined(caller: Caller, account: str, **body: Any) -> list[str]:
    """The ids of the groups that an account is in."""
    answer = caller.ok(JOINED, {"Member_Account": account, **body})
    return [group["GroupId"] for group in answer["GroupIdList"]]
