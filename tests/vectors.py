"""The UserSig test vectors of docs/contract/usersig.md, read from that page."""

import re
from pathlib import Path

import msgspec

PAGE = Path(__file__).parents[1] / "docs" / "contract" / "usersig.md"
SDKAPPID = 1_400_000_001
KEY = "5f1a9c0de4b7238861f0a2c4d6e8b09375ac1e3f5b7d9f204c6e8a0b2d4f6181"
SIGNED_AT = 1_700_000_000


class Vector(msgspec.Struct, frozen=True):
    """A token that an official library made."""

    name: str
    library: str
    identifier: str
    expire: int
    userbuf: str | None
    signature: str
    token: str

    def __str__(self) -> str:
        return f"{self.name} {self.library}"


class Verdict(msgspec.Struct, frozen=True):
    """What a verifier answers to a vector; what is absent is as the vector has it."""

    vector: str
    library: str
    code: int
    why: str
    now: int = SIGNED_AT
    identifier: str | None = None
    sdkappid: int = SDKAPPID
    key: str | None = None
    token: str | None = None

    def __str__(self) -> str:
        return f"{self.vector} {self.library} {self.why}"

    @property
    def of(self) -> Vector:
        """The vector that it is about."""
        return next(each for each in VECTORS if (each.name, each.library) == (self.vector, self.library))

    @property
    def sent_token(self) -> str:
        """The token that is sent: ``first 40 characters`` cuts it off."""
        return self.of.token[: int(self.token.split()[1])] if self.token else self.of.token

    @property
    def secret(self) -> str:
        """The key that the verifier has."""
        return f"{KEY}0" if self.key else KEY


_BLOCKS = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
VECTORS = msgspec.json.decode(_BLOCKS[0], type=list[Vector])
VERDICTS = msgspec.json.decode(_BLOCKS[1], type=list[Verdict])
