"""Which devices are about to be logged in: they stand in the books only once their login is durable."""

from collections import Counter

AccountKey = tuple[int, str]
"""``(sdkappid, account)``."""


class LoggingIn:
    """The logins of one node that are under way."""

    def __init__(self) -> None:
        self._under_way: dict[AccountKey, Counter[str]] = {}

    def devices(self, account: AccountKey) -> set[str]:
        """Return the account's devices that are about to be logged in."""
        return set(self._under_way.get(account, ()))

    def add(self, account: AccountKey, device: str) -> None:
        """Note that a login has begun."""
        self._under_way.setdefault(account, Counter())[device] += 1

    def remove(self, account: AccountKey, device: str) -> None:
        """Note that a login was answered, whatever came of it."""
        devices = self._under_way[account]
        devices[device] -= 1
        if not devices[device]:
            del devices[device]
        if not devices:
            del self._under_way[account]
