"""Where the accounts stand in a body, by the declaration of the command: each of them must be a string [G10]."""

import functools
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from conclave.api.checks import item_of, struct_of

ACCOUNT_NAMES: Final = ("UserID", "Identifier")
ACCOUNT_LISTS: Final = ("Accounts",)


class Place(msgspec.Struct, frozen=True, gc=False):
    """A field that holds an account, some, or structs that do; of a list ``most`` is the declared length, if any."""

    name: str
    holds: Literal["account", "accounts", "struct", "structs"]
    inner: type[msgspec.Struct] | None = None
    most: int | None = None


def accounts_in(struct: type[msgspec.Struct], content: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every account that a body holds, as it stands there, wherever it is nested, and its path.

    Of a list that is longer than it may be only so much is looked at: it is refused anyway, and may be very long.
    """
    for place in places(struct):
        value = content.get(place.name)
        here = f"{path}{place.name}"
        if place.holds == "account":
            if value is not None:
                yield here, value
        elif place.holds == "struct":
            if isinstance(value, dict):
                yield from accounts_in(_inner(place), value, f"{here}.")
        elif isinstance(value, list):
            for index, each in enumerate(value[: place.most]):
                if place.holds == "accounts":
                    yield f"{here}[{index}]", each
                elif isinstance(each, dict):
                    yield from accounts_in(_inner(place), each, f"{here}[{index}].")


def _inner(place: Place) -> type[msgspec.Struct]:
    assert place.inner is not None
    return place.inner


@functools.cache
def places(struct: type[msgspec.Struct]) -> tuple[Place, ...]:
    """Return the places of a struct at which there are accounts, in the order of its fields."""
    hints = get_type_hints(struct, include_extras=True)
    found = (_place(field.encode_name, hints[field.name]) for field in msgspec.structs.fields(struct))
    return tuple(place for place in found if place is not None)


def _place(name: str, annotation: Any) -> Place | None:
    if name.endswith("List_Account") or name in ACCOUNT_LISTS:
        return Place(name, "accounts", most=_longest(annotation))
    if name.endswith("_Account") or name in ACCOUNT_NAMES:
        return Place(name, "account")
    inner, item = struct_of(annotation), struct_of(item_of(annotation))
    if inner is not None and places(inner):
        return Place(name, "struct", inner)
    if item is not None and places(item):
        return Place(name, "structs", item, _longest(annotation))
    return None


def _longest(annotation: Any) -> int | None:
    """Return how many entries a list may have by its annotation, ``None`` where that is not declared."""
    if get_origin(annotation) is list:
        return None  # what follows is about its entries
    if get_origin(annotation) is Annotated:
        declared = [found for meta in annotation.__metadata__ if (found := getattr(meta, "max_length", None))]
        return declared[0] if declared else _longest(get_args(annotation)[0])
    return next((found for each in get_args(annotation) if (found := _longest(each)) is not None), None)
