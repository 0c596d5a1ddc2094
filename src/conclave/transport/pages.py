"""Pages: what answers with HTTP's own status codes, beside the commands [G6]."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import msgspec

TEXT: Final = "text/plain; charset=utf-8"
READING: Final = ("GET", "HEAD")


class Visit(msgspec.Struct, frozen=True):
    """What a page may know of a request; ``known`` is the ETag that the client has, ``body`` is empty but for POST."""

    client: str
    known: str = ""
    body: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """What a page answers."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Page(msgspec.Struct, frozen=True):
    """A page and the methods that it takes."""

    answer: Callable[[Visit], Awaitable[Answer]]
    methods: tuple[str, ...] = READING


class Pages:
    """All pages by path; a path below one of ``folders`` that is no page is not found."""

    def __init__(self, pages: Mapping[str, Page], folders: Iterable[str] = ()) -> None:
        self._pages = dict(pages)
        self._folders = tuple(folders)

    def find(self, path: str) -> Page | None:
        """Return the page of a path, or ``None`` where commands answer."""
        page = self._pages.get(path)
        if page is None and path.startswith(self._folders):
            return NOT_FOUND
        return page


async def _not_found(_visit: Visit) -> Answer:
    return Answer(404, TEXT, b"there is no such page\n", (("x-content-type-options", "nosniff"),))


NOT_FOUND: Final = Page(_not_found, (*READING, "POST"))
