-- What is owed to the applications' backends, and how it went. Times are milliseconds.

-- How far the reader of the log has come that fills the queue.
CREATE TABLE consumers (
    name     TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO consumers (name, position) SELECT 'callbacks', COALESCE(MAX(position), 0) FROM events;

-- One row for each application that ever had callbacks: what the reader listens for, and how the endpoint is.
CREATE TABLE callback_endpoints (
    sdkappid   BIGINT NOT NULL PRIMARY KEY,
    version    BIGINT NOT NULL DEFAULT 0,    -- of the configuration in force
    watched    TEXT   NOT NULL DEFAULT '{}', -- JSON: the configuration in force where the reader stands [C10]
    watched_version BIGINT NOT NULL DEFAULT 0,
    waiting    BIGINT NOT NULL DEFAULT 0,    -- callbacks in each state, maintained
    delivered  BIGINT NOT NULL DEFAULT 0,
    dead       BIGINT NOT NULL DEFAULT 0,
    failures   BIGINT NOT NULL DEFAULT 0,    -- of the endpoint, in a row [C12]
    paused     TEXT   NOT NULL DEFAULT '',   -- '', failures or operator
    paused_at  BIGINT NOT NULL DEFAULT 0,
    probes     BIGINT NOT NULL DEFAULT 0,    -- that failed since then
    probe_at   BIGINT NOT NULL DEFAULT 0,    -- when the next one is due
    suspect    TEXT   NOT NULL DEFAULT '',   -- the room id, where all failures in a row are of the same one
    reason     TEXT   NOT NULL DEFAULT '',   -- what the endpoint failed with last
    not_before BIGINT NOT NULL DEFAULT 0     -- what Retry-After asked for
);
CREATE INDEX callback_endpoints_busy ON callback_endpoints (sdkappid) WHERE waiting > 0;

-- One row for each room id: it numbers the callbacks, and holds the next one back until its moment [C11].
CREATE TABLE callback_rooms (
    sdkappid BIGINT NOT NULL,
    room_id  TEXT   NOT NULL,
    numbered BIGINT NOT NULL,                -- the number of the last callback
    next     BIGINT NOT NULL DEFAULT 0,      -- the number of the first that waits; 0: none does
    since    BIGINT NOT NULL DEFAULT 0,      -- when that one began to wait
    due_at   BIGINT NOT NULL DEFAULT 0,      -- when it is to be sent
    PRIMARY KEY (sdkappid, room_id)
) {clustered};
CREATE INDEX callback_rooms_due ON callback_rooms (sdkappid, due_at) WHERE next > 0;
CREATE INDEX callback_rooms_oldest ON callback_rooms (sdkappid, since) WHERE next > 0;

CREATE TABLE callbacks (
    sdkappid  BIGINT NOT NULL,
    position  BIGINT NOT NULL,               -- of the event in the log
    number    BIGINT NOT NULL,               -- within the room id, without a gap
    room_id   TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    command   TEXT   NOT NULL,
    platform  TEXT   NOT NULL,
    client_ip TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    state     TEXT   NOT NULL DEFAULT 'waiting',  -- waiting, delivered, dead
    refusals  BIGINT NOT NULL DEFAULT 0,     -- attempts that count against the event [C12]
    attempts  TEXT   NOT NULL DEFAULT '[]',  -- JSON: the latest attempts, and what came of them
    PRIMARY KEY (sdkappid, position, number)
) {clustered};
CREATE UNIQUE INDEX callbacks_by_room ON callbacks (sdkappid, room_id, number);
CREATE INDEX callbacks_waiting ON callbacks (sdkappid, room_id, number) WHERE state = 'waiting';
CREATE INDEX callbacks_delivered ON callbacks (sdkappid, position, number) WHERE state = 'delivered';
