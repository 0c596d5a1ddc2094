"""What must be true of a database at any moment: read straight from the SQLite file, or a copy of
the tables in one, whoever wrote them last.

``violations`` returns sentences, ``check`` raises them. Nothing here uses the house's own code: the checker must not
share its mistakes. ``tests.replay`` adds that the event log explains the present.
"""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from tests.database import Database
from tests.replay import complete, replay

# Each query returns the rows that break a rule; an empty answer keeps it.
RULES: Final[dict[str, str]] = {
    "a room has no group": """
        SELECT r.sdkappid, r.room_key FROM rooms r LEFT JOIN groups g
        ON g.sdkappid = r.sdkappid AND g.group_key = r.room_key AND g.is_room = 1 WHERE g.group_key IS NULL""",
    "a room's group has no room": """
        SELECT g.sdkappid, g.group_key FROM groups g LEFT JOIN rooms r
        ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key WHERE g.is_room = 1 AND r.room_key IS NULL""",
    "the counter of rooms is not their number": """
        SELECT c.sdkappid, c.value, (SELECT COUNT(*) FROM groups g WHERE g.sdkappid = c.sdkappid AND g.is_room = 1) n
        FROM counters c WHERE c.name = 'rooms' AND c.value <> n""",
    "rooms are not counted": """
        SELECT g.sdkappid, COUNT(*) FROM groups g WHERE g.is_room = 1 AND NOT EXISTS
        (SELECT 1 FROM counters c WHERE c.sdkappid = g.sdkappid AND c.name = 'rooms') GROUP BY 1""",
    "the counter of members is not the number of members of rooms": """
        SELECT c.sdkappid, c.value, (SELECT COUNT(*) FROM members m JOIN groups g ON g.sdkappid = m.sdkappid
        AND g.group_key = m.group_key WHERE m.sdkappid = c.sdkappid AND g.is_room = 1) n
        FROM counters c WHERE c.name = 'members' AND c.value <> n""",
    "a counter of Chat groups is not their number": """
        SELECT c.sdkappid, c.name, c.value, (SELECT COUNT(*) FROM groups g WHERE g.sdkappid = c.sdkappid
        AND g.is_room = 0 AND 'groups:' || g.type = c.name) n FROM counters c
        WHERE c.name LIKE 'groups:%' AND c.value <> n""",
    "the counter of facts outside rooms is not the last one's number": """
        SELECT c.sdkappid, c.value, (SELECT MAX(seq) FROM events e WHERE e.sdkappid = c.sdkappid
        AND e.room_key = 0) n FROM counters c WHERE c.name = 'facts_outside' AND c.value <> n""",
    "a group key is beyond the counter of keys": """
        SELECT g.sdkappid, g.group_key FROM groups g JOIN counters c ON c.sdkappid = g.sdkappid AND c.name = 'keys'
        WHERE g.group_key > c.value""",
    "an event's room key is beyond the counter of keys": """
        SELECT e.sdkappid, MAX(e.room_key) k, c.value FROM events e JOIN counters c
        ON c.sdkappid = e.sdkappid AND c.name = 'keys' GROUP BY e.sdkappid HAVING k > c.value""",
    "member_count is not the number of members": """
        SELECT g.sdkappid, g.group_key, g.member_count, (SELECT COUNT(*) FROM members m
        WHERE m.sdkappid = g.sdkappid AND m.group_key = g.group_key) n FROM groups g WHERE g.member_count <> n""",
    "entries is below a member's place": """
        SELECT g.sdkappid, g.group_key, g.entries, m.entry FROM groups g JOIN members m
        ON m.sdkappid = g.sdkappid AND m.group_key = g.group_key WHERE m.entry > g.entries""",
    "robot_count is not the number of robots": """
        SELECT r.sdkappid, r.room_key, r.robot_count, (SELECT COUNT(*) FROM members m WHERE m.sdkappid = r.sdkappid
        AND m.group_key = r.room_key AND m.is_robot = 1) n FROM rooms r WHERE r.robot_count <> n""",
    "administrator_count is not the number of administrators": """
        SELECT r.sdkappid, r.room_key, r.administrator_count, (SELECT COUNT(*) FROM members m
        WHERE m.sdkappid = r.sdkappid AND m.group_key = r.room_key AND m.role = 'Admin') n
        FROM rooms r WHERE r.administrator_count <> n OR n > 5""",
    "the owner is stored as an administrator": """
        SELECT g.sdkappid, g.group_id FROM groups g JOIN members m ON m.sdkappid = g.sdkappid
        AND m.group_key = g.group_key AND m.account = g.owner WHERE g.is_room = 1 AND m.role = 'Admin'""",
    "holders of a mark are not those who carry it": """
        SELECT s.sdkappid, s.room_key, s.mark, s.holders, (SELECT COUNT(*) FROM members m, json_each(m.marks) j
        WHERE m.sdkappid = s.sdkappid AND m.group_key = s.room_key AND j.value = s.mark) n
        FROM marks s WHERE s.holders <> n OR n = 0""",
    "a carried mark is not counted": """
        SELECT m.sdkappid, m.group_key, j.value FROM members m, json_each(m.marks) j WHERE NOT EXISTS
        (SELECT 1 FROM marks s WHERE s.sdkappid = m.sdkappid AND s.room_key = m.group_key AND s.mark = j.value)""",
    "more than 10 distinct marks": "SELECT sdkappid, room_key FROM marks GROUP BY 1, 2 HAVING COUNT(*) > 10",
    "somebody on a seat is no member": """
        SELECT s.sdkappid, s.room_key, s.account FROM seats s WHERE s.account <> '' AND NOT EXISTS
        (SELECT 1 FROM members m WHERE m.sdkappid = s.sdkappid AND m.group_key = s.room_key
        AND m.account = s.account)""",
    "a seat contradicts itself or its room": """
        SELECT s.sdkappid, s.room_key, s.seat_index FROM seats s LEFT JOIN rooms r
        ON r.sdkappid = s.sdkappid AND r.room_key = s.room_key
        WHERE r.room_key IS NULL OR r.is_seat_enabled = 0 OR s.seat_index NOT BETWEEN 0 AND r.max_seat_count - 1
        OR (s.account <> '' AND s.is_locked = 1) OR (s.account = '' AND s.is_locked = 0)
        OR (s.account = '' AND s.is_video_disabled + s.is_audio_disabled > 0)""",
    "an account sits twice": """
        SELECT sdkappid, room_key, account FROM seats WHERE account <> '' GROUP BY 1, 2, 3 HAVING COUNT(*) > 1""",
    "rows are left of a group that is gone": """
        SELECT m.sdkappid, m.group_key, m.account FROM members m WHERE NOT EXISTS
        (SELECT 1 FROM groups g WHERE g.sdkappid = m.sdkappid AND g.group_key = m.group_key)
        UNION ALL SELECT b.sdkappid, b.room_key, b.account FROM bans b WHERE NOT EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = b.sdkappid AND r.room_key = b.room_key)
        UNION ALL SELECT u.sdkappid, u.room_key, u.account FROM mutes u WHERE NOT EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = u.sdkappid AND r.room_key = u.room_key)
        UNION ALL SELECT s.sdkappid, s.room_key, s.mark FROM marks s WHERE NOT EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = s.sdkappid AND r.room_key = s.room_key)
        UNION ALL SELECT d.sdkappid, d.room_key, d.name FROM metadata d WHERE NOT EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = d.sdkappid AND r.room_key = d.room_key)
        UNION ALL SELECT i.sdkappid, i.room_key, i.account FROM invitees i WHERE NOT EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = i.sdkappid AND r.room_key = i.room_key)""",
    "a mute and its member contradict each other, or the owner is muted": """
        SELECT m.sdkappid, m.group_key, m.account, m.is_muted FROM members m WHERE m.is_muted <> EXISTS
        (SELECT 1 FROM mutes u WHERE u.sdkappid = m.sdkappid AND u.room_key = m.group_key AND u.account = m.account)
        UNION ALL SELECT u.sdkappid, u.room_key, u.account, 1 FROM mutes u JOIN groups g ON g.sdkappid = u.sdkappid
        AND g.group_key = u.room_key AND g.owner = u.account""",
    "messages are left of a room that is gone, have a gap, or are not the room's latest": """
        SELECT * FROM (SELECT m.sdkappid, m.room_key, r.messages s, MAX(m.number) a, MIN(m.number) b, COUNT(*) n
        FROM messages m LEFT JOIN rooms r ON r.sdkappid = m.sdkappid AND r.room_key = m.room_key GROUP BY 1, 2)
        WHERE s IS NOT a OR a - b + 1 <> n""",
    "there are messages, metadata, attendees or mutes, and nobody looks for them": """
        SELECT r.sdkappid, r.room_key, r.holds FROM rooms r WHERE (r.holds & 1 = 0 AND EXISTS
        (SELECT 1 FROM messages m WHERE m.sdkappid = r.sdkappid AND m.room_key = r.room_key))
        OR (r.holds & 2 = 0 AND EXISTS
        (SELECT 1 FROM metadata m WHERE m.sdkappid = r.sdkappid AND m.room_key = r.room_key))
        OR (r.holds & 32 = 0 AND EXISTS
        (SELECT 1 FROM invitees m WHERE m.sdkappid = r.sdkappid AND m.room_key = r.room_key))
        OR (r.holds & 4 = 0 AND EXISTS
        (SELECT 1 FROM mutes u WHERE u.sdkappid = r.sdkappid AND u.room_key = r.room_key))""",
    "somebody publishes who cannot, or two share a screen": """
        SELECT m.sdkappid, m.group_key, m.account, m.devices FROM members m LEFT JOIN rooms r ON r.sdkappid = m.sdkappid
        AND r.room_key = m.group_key WHERE (m.devices | m.grants > 0 AND (m.is_robot = 1 OR r.room_key IS NULL))
        OR m.devices NOT BETWEEN 0 AND 7 OR m.grants NOT BETWEEN 0 AND 7 UNION ALL SELECT sdkappid, group_key, '',
        COUNT(*) n FROM members WHERE devices & 4 > 0 GROUP BY 1, 2 HAVING n > 1""",
    "invitations are left of a room that is gone, or empty, or of somebody inside, or are looked for in vain": """
        SELECT i.sdkappid, i.room_key, i.invitee FROM invitations i LEFT JOIN groups g ON g.sdkappid = i.sdkappid
        AND g.group_key = i.room_key LEFT JOIN rooms r ON r.sdkappid = i.sdkappid AND r.room_key = i.room_key
        WHERE g.group_key IS NULL OR r.holds & 8 = 0 OR (i.status = 1 AND g.member_count = r.robot_count)
        OR (i.status = 1 AND i.expires_at = 0 AND EXISTS (SELECT 1 FROM members m WHERE m.sdkappid = i.sdkappid
        AND m.group_key = i.room_key AND m.account = i.invitee)) OR (i.status <> 1 AND i.expires_at > 0)""",
    "a request is left of a room or a member that is gone, is moot, or is looked for in vain": """
        SELECT q.sdkappid, q.room_key, q.number, q.action FROM requests q LEFT JOIN groups g ON g.sdkappid = q.sdkappid
        AND g.group_key = q.room_key LEFT JOIN rooms r ON r.sdkappid = q.sdkappid AND r.room_key = q.room_key
        LEFT JOIN members s ON s.sdkappid = q.sdkappid AND s.group_key = q.room_key AND s.account = q.sender
        LEFT JOIN members t ON t.sdkappid = q.sdkappid AND t.group_key = q.room_key AND t.account = q.target
        WHERE g.group_key IS NULL OR r.holds & 16 = 0 OR s.account IS NULL OR q.number NOT BETWEEN 1 AND r.seq
        OR q.action NOT IN (1, 2, 4, 5, 6, 7, 8) OR (q.action IN (1, 2, 5)) <> (t.account IS NOT NULL)
        OR (q.target <> '') <> (t.account IS NOT NULL)
        OR (q.action IN (1, 2, 5)) <> (s.role = 'Admin' OR g.owner = s.account)
        OR (q.action = 4 AND r.take_seat_mode <> 'ApplyToTake') OR (q.action IN (4, 5) AND EXISTS
        (SELECT 1 FROM seats a WHERE a.sdkappid = q.sdkappid AND a.room_key = q.room_key
        AND a.account = CASE q.action WHEN 4 THEN q.sender ELSE q.target END))""",
    "a ban's place is beyond the room's count of bans": """
        SELECT b.sdkappid, b.room_key, b.place FROM bans b JOIN rooms r ON r.sdkappid = b.sdkappid
        AND r.room_key = b.room_key WHERE b.place > r.bans_made""",
    "the clock would close a room with people, or never an empty one": """
        SELECT r.sdkappid, r.room_key, r.closes_at FROM rooms r JOIN groups g ON g.sdkappid = r.sdkappid
        AND g.group_key = r.room_key WHERE (r.closes_at = 0) <> (g.member_count > r.robot_count)""",
    "people are inside a room that has not started": """
        SELECT r.sdkappid, r.room_key FROM rooms r JOIN groups g ON g.sdkappid = r.sdkappid
        AND g.group_key = r.room_key WHERE r.started_at = 0 AND g.member_count > r.robot_count""",
    "a room started without an event that says so, or twice": """
        SELECT r.sdkappid, r.room_key, r.started_at, json_extract(c.data, '$.room.has_started') b, (SELECT COUNT(*)
        FROM events s WHERE s.sdkappid = r.sdkappid AND s.room_key = r.room_key AND s.kind = 'RoomStarted') n
        FROM rooms r JOIN events c ON c.sdkappid = r.sdkappid AND c.room_key = r.room_key AND c.seq = 1
        WHERE b + n <> (r.started_at > 0)""",
    "a room's seq is not that of its last event": """
        SELECT r.sdkappid, r.room_key, r.seq, (SELECT MAX(e.seq) FROM events e
        WHERE e.sdkappid = r.sdkappid AND e.room_key = r.room_key) n FROM rooms r WHERE r.seq IS NOT n""",
    "a room's event_at is not the time of its last event": """
        SELECT r.sdkappid, r.room_key FROM rooms r JOIN events e ON e.sdkappid = r.sdkappid
        AND e.room_key = r.room_key AND e.seq = r.seq WHERE e.at <> r.event_at""",
    "sequence numbers have a gap": """
        SELECT sdkappid, room_key, MIN(seq), MAX(seq), COUNT(*) FROM events GROUP BY 1, 2
        HAVING MAX(seq) - MIN(seq) + 1 <> COUNT(*)""",
    "events of a room are out of order, or its time went back": """
        SELECT * FROM (SELECT sdkappid, room_key, seq, position - LAG(position) OVER w AS step,
        at - LAG(at) OVER w AS passed FROM events WINDOW w AS (PARTITION BY sdkappid, room_key ORDER BY seq))
        WHERE step <= 0 OR passed < 0""",
    "an event carries another room's id": """
        SELECT e.sdkappid, e.room_key, e.room_id FROM events e JOIN groups g ON g.sdkappid = e.sdkappid
        AND g.group_key = e.room_key WHERE e.room_id <> g.group_id""",
    "a room's first event is not its creation": """
        SELECT sdkappid, room_key, kind FROM events
        WHERE room_key > 0 AND (seq = 1) <> (kind = 'RoomCreated')""",
    "a room that is gone has not ended, or one that ended is not gone": """
        SELECT e.sdkappid, e.room_key, e.kind FROM events e WHERE e.room_key > 0 AND NOT EXISTS
        (SELECT 1 FROM events l WHERE l.sdkappid = e.sdkappid AND l.room_key = e.room_key AND l.seq > e.seq)
        AND (e.kind = 'RoomDestroyed') = EXISTS
        (SELECT 1 FROM rooms r WHERE r.sdkappid = e.sdkappid AND r.room_key = e.room_key)""",
    "something happened after the end": """
        SELECT d.sdkappid, d.room_key, d.seq FROM events d JOIN events e ON e.sdkappid = d.sdkappid
        AND e.room_key = d.room_key AND e.seq > d.seq WHERE d.kind = 'RoomDestroyed'""",
    "a count of callbacks is not their number": """
        SELECT * FROM (SELECT e.sdkappid, e.waiting w, e.delivered d, e.dead x, COALESCE(SUM(c.state = 'waiting'), 0) a,
        COALESCE(SUM(c.state = 'delivered'), 0) b, COALESCE(SUM(c.state = 'dead'), 0) f FROM callback_endpoints e
        LEFT JOIN callbacks c ON c.sdkappid = e.sdkappid GROUP BY e.sdkappid) WHERE w <> a OR d <> b OR x <> f""",
    "a callback has no endpoint, no room or no such number": """
        SELECT c.sdkappid, c.room_id, c.number FROM callbacks c LEFT JOIN callback_rooms r
        ON r.sdkappid = c.sdkappid AND r.room_id = c.room_id LEFT JOIN callback_endpoints e ON e.sdkappid = c.sdkappid
        WHERE r.numbered IS NULL OR e.sdkappid IS NULL OR c.number NOT BETWEEN 1 AND r.numbered""",
    "the next callback of a room is not its first that waits": """
        SELECT r.sdkappid, r.room_id, r.next, r.since, MIN(c.number) n, c.at FROM callback_rooms r
        LEFT JOIN callbacks c ON c.sdkappid = r.sdkappid AND c.room_id = r.room_id AND c.state = 'waiting'
        GROUP BY r.sdkappid, r.room_id HAVING r.next <> COALESCE(n, 0) OR (r.next > 0 AND r.since < c.at)""",
    "the callbacks of a room are not numbered in the order of the log": """
        SELECT * FROM (SELECT sdkappid, room_id, number, position - LAG(position) OVER w AS step, at - LAG(at) OVER w
        AS passed FROM callbacks WINDOW w AS (PARTITION BY sdkappid, room_id ORDER BY number))
        WHERE step < 0 OR passed < 0""",
    "callbacks are queued of what the reader has not read": """
        SELECT c.sdkappid, MAX(c.position) m, r.position FROM callbacks c, consumers r WHERE r.name = 'callbacks'
        GROUP BY c.sdkappid HAVING m > r.position""",
    "the reader of the log is ahead of it": """
        SELECT name, position FROM consumers WHERE position > (SELECT COALESCE(MAX(position), 0) FROM events)""",
}


def violations(database: Path | Database, now_ms: int | None = None) -> list[str]:
    """Return what is wrong with a Conclave database, as sentences; an empty list means nothing is.

    ``now_ms`` is the time of the server's clock, the system's by default: bans that ended may be gone without a word.
    """
    path = database if isinstance(database, Path) else database.as_sqlite()
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        found = [f"integrity_check: {row[0]}" for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)]
        if found:
            return found
        connection.execute("BEGIN")  # one snapshot, so that a server may go on writing
        for rule, query in RULES.items():
            rows = connection.execute(query).fetchmany(3)
            if rows:
                found.append(f"{rule}: {rows}")
        return found + _unexplained(connection, time.time_ns() // 1_000_000 if now_ms is None else now_ms)
    finally:
        connection.close()


def check(database: Path | Database, now_ms: int | None = None) -> None:
    """Raise ``AssertionError`` with every rule that the database breaks."""
    assert not (found := violations(database, now_ms)), "\n".join(found)


def _unexplained(connection: sqlite3.Connection, now_ms: int) -> list[str]:
    """Compare every living room with what its events alone say it must be."""
    found = []
    query = """SELECT g.sdkappid, g.group_key FROM groups g JOIN events e ON e.sdkappid = g.sdkappid
        AND e.room_key = g.group_key AND e.seq = 1 WHERE g.is_room = 1"""
    for sdkappid, key in connection.execute(query).fetchall():
        log = connection.execute(
            "SELECT kind, data FROM events WHERE sdkappid = ? AND room_key = ? ORDER BY seq", (sdkappid, key)
        )
        told = replay((kind, complete(json.loads(data))) for kind, data in log)
        present = _present(connection, (sdkappid, key))
        for bans in (told["bans"], present["bans"]):
            for account in [account for account, until in bans.items() if until <= now_ms]:
                del bans[account]
        found += [
            f"the log of room {sdkappid}/{key} says {name} {told[name]!r}, the tables {present[name]!r}"
            for name in present
            if told[name] != present[name]
        ]
    return found[:5]


def _present(connection: sqlite3.Connection, key: tuple[int, int]) -> dict[str, Any]:
    of = connection.execute
    info = of(
        "SELECT g.name, g.owner, g.max_member_count, g.member_count, r.custom_info, r.take_seat_mode, "
        "r.is_video_disabled, r.is_audio_disabled, r.is_message_disabled, r.is_password_enabled, "
        "r.max_seat_count, r.schedule_start_s, r.schedule_end_s, r.reminder_s "
        "FROM groups g JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key "
        "WHERE g.sdkappid = ? AND g.group_key = ?",
        key,
    ).fetchone()
    members = of(
        "SELECT account, role, name_card, custom_info, marks, attributes, is_robot, devices FROM members "
        "WHERE sdkappid = ? AND group_key = ? ORDER BY entry",
        key,
    ).fetchall()
    seats = of(
        "SELECT seat_index, account, is_locked, is_video_disabled, is_audio_disabled FROM seats "
        "WHERE sdkappid = ? AND room_key = ?",
        key,
    ).fetchall()
    bans = of("SELECT account, until FROM bans WHERE sdkappid = ? AND room_key = ?", key).fetchall()
    invited = of(
        "SELECT invitee, inviter FROM invitations WHERE sdkappid = ? AND room_key = ? AND status = 1", key
    ).fetchall()
    mutes = of("SELECT account FROM mutes WHERE sdkappid = ? AND room_key = ?", key).fetchall()
    metadata = of("SELECT name, value FROM metadata WHERE sdkappid = ? AND room_key = ?", key).fetchall()
    to_attend = "SELECT account FROM invitees WHERE sdkappid = ? AND room_key = ? ORDER BY place"
    attendees = of(to_attend, key).fetchall()
    return {
        "info": info,
        "members": [(*row[:4], json.loads(row[4]), json.loads(row[5]), *row[6:]) for row in members],
        "seats": {row[0]: tuple(row[1:]) for row in seats},
        "bans": dict(bans),
        "invited": dict(invited),
        "mutes": {account for (account,) in mutes},
        "metadata": dict(metadata),
        "attendees": [account for (account,) in attendees],
    }
