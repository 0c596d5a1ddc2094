-- What people in a meeting do: devices, requests, messages, metadata, invitations. Times are milliseconds unless _s.

-- Open: 1 microphone, 2 camera, 4 screen.
ALTER TABLE members ADD COLUMN devices BIGINT NOT NULL DEFAULT 0;
-- May be opened in spite of a ban, same bits.
ALTER TABLE members ADD COLUMN grants BIGINT NOT NULL DEFAULT 0;
-- May not send messages; see mutes.
ALTER TABLE members ADD COLUMN is_muted BIGINT NOT NULL DEFAULT 0;
-- JSON: what setCustomInfoForUser keeps.
ALTER TABLE members ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
-- Holds all that is asked of it: else SQLite would read through the whole room.
CREATE INDEX members_by_devices ON members (sdkappid, group_key, account, devices, grants)
    WHERE devices > 0 OR grants > 0;
-- One shares the screen, whoever else wants to.
CREATE UNIQUE INDEX members_sharing ON members (sdkappid, group_key) WHERE devices >= 4;
-- Whoever is told of requests.
CREATE INDEX members_administrators ON members (sdkappid, group_key, entry) WHERE role = 'Admin';

ALTER TABLE rooms ADD COLUMN keep_owner_on_seat BIGINT NOT NULL DEFAULT 0;
-- Seconds before the start; 0: none.
ALTER TABLE rooms ADD COLUMN reminder_s BIGINT NOT NULL DEFAULT 0;
-- 0: nobody is to be reminded any more.
ALTER TABLE rooms ADD COLUMN remind_at BIGINT NOT NULL DEFAULT 0;
-- Which of the tables below, and of invitees, may have rows of the room: what is not there is not looked for.
-- Rooms of before this migration may have invitees (32).
ALTER TABLE rooms ADD COLUMN holds BIGINT NOT NULL DEFAULT 32;
CREATE INDEX rooms_due_to_remind ON rooms (remind_at) WHERE remind_at > 0;
-- Those who are to attend, in the order in which they were named.
CREATE UNIQUE INDEX invitees_by_place ON invitees (sdkappid, room_key, place);

-- Who may not send messages, member or not; it lasts until the room ends [R23].
CREATE TABLE mutes (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    account  TEXT   NOT NULL,
    place    BIGINT NOT NULL,                -- the number of the event, for the order of the list
    PRIMARY KEY (sdkappid, room_key, account)
) {clustered};
CREATE UNIQUE INDEX mutes_by_place ON mutes (sdkappid, room_key, place);

CREATE TABLE metadata (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    name     TEXT   NOT NULL,
    value    TEXT   NOT NULL,
    PRIMARY KEY (sdkappid, room_key, name)
) {clustered};

-- How many messages were ever sent.
ALTER TABLE rooms ADD COLUMN messages BIGINT NOT NULL DEFAULT 0;

-- The latest messages of a room, for those who come later; numbered without a gap.
CREATE TABLE messages (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    data     TEXT   NOT NULL,                -- JSON: the message as its event tells it
    PRIMARY KEY (sdkappid, room_key, number)
) {clustered};

-- What waits for somebody's consent. The first answer deletes the row.
CREATE TABLE requests (
    sdkappid   BIGINT NOT NULL,
    room_key   BIGINT NOT NULL,
    number     BIGINT NOT NULL,              -- of the event that sent it
    action     BIGINT NOT NULL,              -- TUIRequestAction
    sender     TEXT   NOT NULL,
    target     TEXT   NOT NULL,              -- '': the owner and the administrators
    seat_index BIGINT NOT NULL,
    extension  TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,              -- 0: never
    PRIMARY KEY (sdkappid, room_key, number)
) {clustered};
CREATE UNIQUE INDEX requests_once ON requests (sdkappid, room_key, sender, action, target);
CREATE INDEX requests_by_target ON requests (sdkappid, room_key, target, number);
CREATE INDEX requests_due ON requests (expires_at) WHERE expires_at > 0;

-- Who was asked to come into a meeting, and what became of it.
CREATE TABLE invitations (
    sdkappid   BIGINT NOT NULL,
    room_key   BIGINT NOT NULL,
    invitee    TEXT   NOT NULL,
    inviter    TEXT   NOT NULL,
    place      BIGINT NOT NULL,              -- in the order of the latest invitation of each
    status     BIGINT NOT NULL,              -- TUIInvitationStatus: 1 is pending
    extension  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,              -- 0: never, or not pending any more
    PRIMARY KEY (sdkappid, room_key, invitee)
) {clustered};
CREATE UNIQUE INDEX invitations_by_place ON invitations (sdkappid, room_key, place);
CREATE INDEX invitations_pending ON invitations (sdkappid, room_key, place) WHERE status = 1;
-- For whoever is deleted.
CREATE INDEX invitations_by_invitee ON invitations (sdkappid, invitee, room_key) WHERE status = 1;
-- For him, too, and for what a general user is shown.
CREATE INDEX invitations_by_inviter ON invitations (sdkappid, inviter, room_key, place) WHERE status = 1;
CREATE INDEX invitations_due ON invitations (expires_at) WHERE expires_at > 0;
