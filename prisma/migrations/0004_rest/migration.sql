-- What REST callers need: orders that a page can begin in the middle of, and requests that are answered once.
CREATE INDEX "node_name_id_idx" ON "node"("name", "id");
CREATE INDEX "node_created_at_id_idx" ON "node"("created_at", "id");
CREATE INDEX "audit_at_id_idx" ON "audit"("at", "id");
CREATE INDEX "run_node_id_created_at_id_idx" ON "run"("node_id", "created_at" DESC, "id" DESC);

-- Replies kept for a day under the caller's Idempotency-Key. Neither the key nor the request stands here, only hashes.
CREATE TABLE "idempotency" (
    "hash" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER,
    "reply" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("hash")
);
CREATE INDEX "idempotency_created_at_idx" ON "idempotency"("created_at");
