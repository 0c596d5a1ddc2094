"""``docs/reference/settings.md``: every setting with its default, its variable and its effect."""

import inspect
from typing import Any

import msgspec

from conclave.config import ENVIRONMENT, OF_TESTS
from conclave.reference import shapes
from conclave.reference.markdown import cite, page, prose, table
from conclave.settings import ApplicationEntry, ServerSettings

INTRODUCTION = f"""
Settings are read from the file given with `--config`, then from `{ENVIRONMENT}…` variables, then from the command
line; the later wins. A setting that is unknown or out of its limits stops the start with a sentence that names it.

```toml
[server]
port = 8443

[[applications]]
sdkappid = 1400000001
key = "the secret that signs UserSigs"
administrators = ["administrator"]
rates = {{default = 200}}
```
"""

SERVER = f"""
Variables hold the value as it stands in TOML, without quotes; lists are separated by commas. The settings file may
be named by `{ENVIRONMENT}CONFIG`. A variable that begins with `{ENVIRONMENT}` and is none of those on this page stops
the start with a sentence that names it and the nearest that is one; only what begins with `{OF_TESTS}` belongs to the
tests, and is passed over. In Kubernetes, a service named `conclave` gives its neighbours such variables:
`enableServiceLinks: false` keeps them away.
"""

APPLICATIONS = f"""
One table for each application. The file creates an application that does not exist yet and owns the fields that it
names; `conclave app` refuses to change those, and changes the others while the server runs [G22]. All tables together
may come from `{ENVIRONMENT}APPLICATIONS`, as a JSON array.
"""


def write() -> str:
    """Return the page."""
    server = _rows(ServerSettings, variables=True)
    applications = _rows(ApplicationEntry, variables=False)
    return cite(
        page(
            "Settings",
            INTRODUCTION,
            "## `[server]`",
            SERVER,
            table(["name", "type", "default", "limits", "variable", "effect"], server),
            "## `[[applications]]`",
            APPLICATIONS,
            table(["name", "type", "default", "limits", "effect"], applications),
        ),
        1,
    )


def _rows(struct: type[msgspec.Struct], *, variables: bool) -> list[list[str]]:
    return [
        [
            f"`{field.path}`",
            field.kind,
            "required" if field.required else f"`{_toml(field.default)}`",
            field.limits or shapes.ABSENT,
            *([f"`{ENVIRONMENT}{field.name.upper()}`"] if variables else []),
            field.description or prose(inspect.getdoc(field.owner)),
        ]
        for field in shapes.fields(struct)
        if field.owner is struct
    ]


def undescribed() -> list[str]:
    """Return the settings whose declaration does not say what they do."""
    return [
        f"{struct.__name__}.{field.name}"
        for struct in (ServerSettings, ApplicationEntry)
        for field in shapes.fields(struct)
        if field.owner is struct and not field.description
    ]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
    return msgspec.json.encode(value).decode()
