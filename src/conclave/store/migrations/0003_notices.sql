-- When a room's callback is due that its scheduled end is near, in milliseconds; 0: never, or raised already.
ALTER TABLE rooms ADD COLUMN notice_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX rooms_due_to_notice ON rooms (notice_at) WHERE notice_at > 0;
