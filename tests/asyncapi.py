"""Holds every frame that the server sends against docs/asyncapi.json, as it is generated from the declarations."""

import functools
from typing import Any

import jsonschema_rs

from conclave.reference import asyncapi

Frame = dict[str, Any]


@functools.cache
def _document() -> dict[str, Any]:
    return asyncapi.document()


@functools.cache
def _validator(message: str) -> Any:
    components = _document()["components"]
    # The references within the document stay valid: they point to the same place from here.
    return jsonschema_rs.validator_for(
        {**components["messages"][message]["payload"], "components": {"schemas": components["schemas"]}}
    )


def check_event(frame: Frame) -> None:
    """Fail unless the event is declared, and looks as declared."""
    _validator(frame["event"]).validate(frame)


def check_answer(method: str, frame: Frame) -> None:
    """Fail unless a request of that method may be answered like this."""
    _validator("refusal" if "error" in frame else f"{method}.answer").validate(frame)
