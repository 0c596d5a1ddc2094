-- Every key begins with sdkappid. Times are milliseconds unless the column says _s (the wire's seconds).

CREATE TABLE applications (
    sdkappid   BIGINT NOT NULL PRIMARY KEY,
    settings   TEXT   NOT NULL,             -- JSON: the fields that differ from the defaults
    owned      TEXT   NOT NULL DEFAULT '[]', -- JSON: names of the fields that the settings file owns [G22]
    created_at BIGINT NOT NULL
);

CREATE TABLE application_keys (
    sdkappid    BIGINT NOT NULL,
    secret      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL DEFAULT 0,  -- 0: the key in force; else the end of the overlap
    PRIMARY KEY (sdkappid, secret)
) {clustered};

-- One row that changes with every change to applications or keys: what a running server polls.
CREATE TABLE application_changes (
    id      BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO application_changes (id, version) VALUES (1, 0);

-- Maintained counters; 'keys' numbers the groups of an application and never goes back [R0].
CREATE TABLE counters (
    sdkappid BIGINT NOT NULL,
    name     TEXT   NOT NULL,
    value    BIGINT NOT NULL,
    PRIMARY KEY (sdkappid, name)
) {clustered};

CREATE TABLE accounts (
    sdkappid    BIGINT NOT NULL,
    account     TEXT   NOT NULL,
    nick        TEXT   NOT NULL DEFAULT '',
    face_url    TEXT   NOT NULL DEFAULT '',
    imported_at BIGINT NOT NULL,
    kicked_at_s BIGINT NOT NULL DEFAULT 0,  -- UserSigs made up to this second are refused at login [G14b]
    PRIMARY KEY (sdkappid, account)
) {clustered};

-- Every Chat group, those of rooms included: one id space per application [R1].
CREATE TABLE groups (
    sdkappid         BIGINT NOT NULL,
    group_key        BIGINT NOT NULL,
    group_id         TEXT   NOT NULL,
    type             TEXT   NOT NULL,
    is_room          BIGINT NOT NULL DEFAULT 0,
    name             TEXT   NOT NULL,
    owner            TEXT   NOT NULL,       -- '' when ownerless
    created_at       BIGINT NOT NULL,
    member_count     BIGINT NOT NULL DEFAULT 0,
    max_member_count BIGINT NOT NULL,
    entries          BIGINT NOT NULL DEFAULT 0,  -- numbers the members in the order of their entry
    introduction     TEXT   NOT NULL DEFAULT '',
    notification     TEXT   NOT NULL DEFAULT '',
    face_url         TEXT   NOT NULL DEFAULT '',
    apply_option     TEXT   NOT NULL DEFAULT 'FreeAccess',
    invite_option    TEXT   NOT NULL DEFAULT 'DisableInvite',
    custom           TEXT   NOT NULL DEFAULT '[]',  -- JSON: AppDefinedData
    support_topic    BIGINT NOT NULL DEFAULT 0,
    enable_permission  BIGINT NOT NULL DEFAULT 0,
    default_permission BIGINT NOT NULL DEFAULT 0,
    is_active        BIGINT NOT NULL DEFAULT 1,  -- 0: a Private group before its first message
    info_seq         BIGINT NOT NULL DEFAULT 1,
    info_at          BIGINT NOT NULL,
    PRIMARY KEY (sdkappid, group_key)
) {clustered};
CREATE UNIQUE INDEX groups_by_id ON groups (sdkappid, group_id);
-- Rooms are found by type through their own table: an index more would be paid for by every create_room.
CREATE INDEX groups_by_type ON groups (sdkappid, type, group_key) WHERE is_room = 0;
CREATE INDEX groups_by_owner ON groups (sdkappid, owner, group_key);

-- What a conference adds to its group; room_key is the group_key.
CREATE TABLE rooms (
    sdkappid                 BIGINT NOT NULL,
    room_key                 BIGINT NOT NULL,
    schedule_start_s         BIGINT NOT NULL,
    schedule_end_s           BIGINT NOT NULL,
    started_at               BIGINT NOT NULL DEFAULT 0,  -- 0: not started yet [R9]
    closes_at                BIGINT NOT NULL DEFAULT 0,  -- when an empty room ends; 0 while people are inside [R10]
    is_video_disabled        BIGINT NOT NULL,
    is_audio_disabled        BIGINT NOT NULL,
    is_message_disabled      BIGINT NOT NULL,
    is_screen_sharing_disabled  BIGINT NOT NULL,
    is_cloud_recording_disabled BIGINT NOT NULL,
    custom_info              TEXT   NOT NULL,
    is_seat_enabled          BIGINT NOT NULL,
    max_seat_count           BIGINT NOT NULL,
    take_seat_mode           TEXT   NOT NULL,
    is_password_enabled      BIGINT NOT NULL,
    password                 TEXT   NOT NULL,
    robot_count              BIGINT NOT NULL DEFAULT 0,
    administrator_count      BIGINT NOT NULL DEFAULT 0,
    bans_made                BIGINT NOT NULL DEFAULT 0,  -- numbers the bans in the order of their time
    seq                      BIGINT NOT NULL DEFAULT 0,  -- the number of the room's last event, gap-free
    event_at                 BIGINT NOT NULL,            -- the time of that event; never decreases [R29]
    PRIMARY KEY (sdkappid, room_key)
) {clustered};
CREATE INDEX rooms_due_to_start ON rooms (schedule_start_s) WHERE started_at = 0;
CREATE INDEX rooms_due_to_close ON rooms (closes_at) WHERE closes_at > 0;

CREATE TABLE members (
    sdkappid    BIGINT NOT NULL,
    group_key   BIGINT NOT NULL,
    account     TEXT   NOT NULL,
    entry       BIGINT NOT NULL,            -- place in the order of entry
    entered_at  BIGINT NOT NULL,
    is_robot    BIGINT NOT NULL DEFAULT 0,
    role        TEXT   NOT NULL,            -- Admin or Member; ownership is the group's
    name_card   TEXT   NOT NULL DEFAULT '',
    custom_info TEXT   NOT NULL DEFAULT '',
    marks       TEXT   NOT NULL DEFAULT '[]',  -- JSON: numbers, ascending
    custom      TEXT   NOT NULL DEFAULT '[]',  -- JSON: AppMemberDefinedData
    PRIMARY KEY (sdkappid, group_key, account)
) {clustered};
CREATE UNIQUE INDEX members_by_entry ON members (sdkappid, group_key, entry);
CREATE INDEX members_by_account ON members (sdkappid, account, group_key);

-- How many members of a room carry a mark: distinct marks are bounded [R17].
CREATE TABLE marks (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    mark     BIGINT NOT NULL,
    holders  BIGINT NOT NULL,
    PRIMARY KEY (sdkappid, room_key, mark)
) {clustered};

-- Only seats that differ from an empty, unlocked one.
CREATE TABLE seats (
    sdkappid          BIGINT NOT NULL,
    room_key          BIGINT NOT NULL,
    seat_index        BIGINT NOT NULL,
    account           TEXT   NOT NULL,      -- '' on an empty seat
    is_locked         BIGINT NOT NULL,
    is_video_disabled BIGINT NOT NULL,
    is_audio_disabled BIGINT NOT NULL,
    PRIMARY KEY (sdkappid, room_key, seat_index)
) {clustered};
CREATE UNIQUE INDEX seats_by_account ON seats (sdkappid, room_key, account) WHERE account <> '';

CREATE TABLE bans (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    account  TEXT   NOT NULL,
    place    BIGINT NOT NULL,               -- place in the order of the time of the ban [R19]
    until    BIGINT NOT NULL,
    reason   TEXT   NOT NULL,
    PRIMARY KEY (sdkappid, room_key, account)
) {clustered};
CREATE UNIQUE INDEX bans_by_place ON bans (sdkappid, room_key, place);
CREATE INDEX bans_due ON bans (until);

CREATE TABLE invitees (
    sdkappid BIGINT NOT NULL,
    room_key BIGINT NOT NULL,
    account  TEXT   NOT NULL,
    place    BIGINT NOT NULL,
    PRIMARY KEY (sdkappid, room_key, account)
) {clustered};
CREATE INDEX invitees_by_account ON invitees (sdkappid, account, room_key);

-- The event log: what happened, in the order in which it happened, written with the change itself.
CREATE TABLE events (
    position  {identity},
    sdkappid  BIGINT NOT NULL,
    room_key  BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    room_id   TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    operator  TEXT   NOT NULL,
    platform  TEXT   NOT NULL,
    client_ip TEXT   NOT NULL,
    data      TEXT   NOT NULL,              -- JSON: all that a consumer needs, so that nobody reads the present
    is_history BIGINT NOT NULL              -- 1: tells who was inside, and when
);
-- The log is read by its position, and nothing reads a room's part of it: an index more would slow down every change.
CREATE INDEX events_of_history ON events (sdkappid, room_id, at) WHERE is_history = 1;
