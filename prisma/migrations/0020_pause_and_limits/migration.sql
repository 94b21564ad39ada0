-- A run may have a time limit as a whole, and stand still until a person lets it go on.
ALTER TABLE "run" ADD COLUMN "timeout" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "due_at" TIMESTAMPTZ(3),
  ADD COLUMN "paused_at" TIMESTAMPTZ(3),
  ADD COLUMN "pause" JSONB,
  ADD CONSTRAINT "run_pause_check" CHECK ((paused_at IS NULL) = (pause IS NULL));

-- A retry counts attempts afresh; it was told by the clock which those are.
ALTER TABLE "action" ADD COLUMN "earlier" INTEGER NOT NULL DEFAULT 0;
UPDATE "action" a
   SET earlier = (SELECT count(*) FROM attempt t
                   WHERE t.run_id = a.run_id AND t.action_id = a.id AND (r.started_at IS NULL OR t.started_at < r.started_at))
  FROM run r
 WHERE r.id = a.run_id AND r.state IN ('PENDING', 'RUNNING');
