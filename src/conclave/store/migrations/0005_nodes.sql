-- Several processes on one database: who they are, what only one of them does, and which of them answers for whom.

-- Those that serve. Times are the database's own, in milliseconds: the clocks of machines differ.
CREATE TABLE nodes (
    node        TEXT   NOT NULL PRIMARY KEY,
    alive_until BIGINT NOT NULL
);

-- Who did last what one of them does; a write of an earlier term is refused.
CREATE TABLE duties (
    name TEXT   NOT NULL PRIMARY KEY,
    term BIGINT NOT NULL,
    node TEXT   NOT NULL
);

-- Which node answers for a person's presence; '' for robots, and in groups that are no rooms.
-- Whoever was inside before this migration is as if his node had died.
ALTER TABLE members ADD COLUMN node TEXT NOT NULL DEFAULT 'before';
CREATE INDEX members_by_node ON members (node, sdkappid, group_key, account) WHERE node <> '';
