"""Text that came from strangers, as a terminal may be given it: whatever is printed of it goes through here."""


def plain(text: str, most: int = 200) -> str:
    """Return a text that a terminal prints as letters, whatever is in it, and not without end."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[:most])
    return shown if len(text) <= most else f"{shown}…"


def plain_line(text: str) -> str:
    """Return a line of a longer text, as whole as a screen can bear."""
    return plain(text, 10_000)
