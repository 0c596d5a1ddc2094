"""Answers of requests that were sent without waiting, as codes."""

from tests.member import Member, Refused


def code_of(member: Member, request: int) -> int:
    """The code with which a request was answered, 0 for success."""
    try:
        member.answer(request)
    except Refused as refused:
        return refused.code
    return 0
