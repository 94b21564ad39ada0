-- What machines and time may make the registry keep: bounds of a site, what each attempt has said so far, and what was
-- dropped of it.
ALTER TABLE "site"
    ADD COLUMN "retention" JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN "unregistered_limit" INTEGER NOT NULL DEFAULT 5000,
    ADD CONSTRAINT "site_unregistered_limit_check" CHECK ("unregistered_limit" > 0);

ALTER TABLE "attempt"
    ADD COLUMN "log_bytes" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "log_tail" INTEGER NOT NULL DEFAULT 0;

-- One row of an attempt stands for the lines that were dropped between its first and its last ones.
ALTER TABLE "log" ADD COLUMN "dropped" INTEGER;
CREATE UNIQUE INDEX "log_dropped_once" ON "log"("run_id", "action_id", "attempt") WHERE "dropped" IS NOT NULL;
-- The last lines of a machine that never stops talking are replaced all the time.
ALTER TABLE "log" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE "sweep" (
    "id" TEXT NOT NULL,
    "swept_at" TIMESTAMPTZ(3),
    "dropped" JSONB NOT NULL DEFAULT '{}',
    "events_dropped_to" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "sweep_pkey" PRIMARY KEY ("id")
);

-- Machines that nobody registered, the longest unseen first.
CREATE INDEX "node_unregistered" ON "node"(coalesce("last_seen_at", "created_at")) WHERE NOT "registered";
