"""Who may speak, in the terms of older clients: it follows from seats and bans."""

from typing import Final

from conclave.store.rooms import Room

FREE, BY_APPLICATION, ON_SEAT = 1, 2, 3
"""The numbers of TUISpeechMode."""
UNCHANGED: Final = 0


def mode(room: Room) -> int:
    """Return the room's TUISpeechMode: barred from both microphone and camera, one speaks by application."""
    if room.is_seat_enabled:
        return ON_SEAT
    return BY_APPLICATION if room.is_audio_disabled and room.is_video_disabled else FREE


def mode_if_changed(before: Room, after: Room) -> int:
    """Return the mode of a room that has another one than before, else ``UNCHANGED``."""
    return UNCHANGED if mode(before) == mode(after) else mode(after)
